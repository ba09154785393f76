package session

import (
	"context"
	"errors"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// authenticate returns the person whose password it is, or fault.Unauthenticated.
// Who is not known, has nowhere to go, or must wait because of failures before,
// takes as long as who has mistyped (hazards 5 and 6).
func (h *Handler) authenticate(c *fiber.Ctx, whose db.UserSignInParams, typed string) (db.UserSignInRow, error) {
	ctx := c.UserContext()
	attempt, err := h.Guard.Attempt(c, whose.Email)
	if err != nil {
		return db.UserSignInRow{}, err
	}
	person, err := h.Store.PlatformStatement().UserSignIn(ctx, whose)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return person, err
	}
	hash := hashOf(person)
	if !attempt.Admitted() {
		hash = ""
	}
	found, err := h.Passwords.Compare(ctx, typed, hash)
	if err != nil {
		return person, errors.Join(err, attempt.Abandoned(ctx))
	}
	if !found.Matches || !person.MayEnter {
		return person, h.refuse(ctx, attempt, person)
	}
	if err := attempt.Succeeded(ctx); err != nil {
		return person, err
	}
	if found.Outdated {
		h.rehash(ctx, person, typed)
	}
	return person, nil
}

func (h *Handler) refuse(ctx context.Context, attempt *guard.Attempt, person db.UserSignInRow) error {
	var failure *audit.Entry
	if person.Name != "" {
		failure = &audit.Entry{Action: guard.SessionFail, TargetKind: "user", TargetID: person.ID, TargetName: person.Name}
	}
	if err := attempt.Failed(ctx, failure); err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "")
}

// hashOf is empty for who has no password, and for nobody.
func hashOf(person db.UserSignInRow) string {
	if person.PasswordHash == nil {
		return ""
	}
	return *person.PasswordHash
}

// rehash keeps the password at today's cost and in today's form. A failure keeps nobody
// out: the next sign-in tries again.
func (h *Handler) rehash(ctx context.Context, person db.UserSignInRow, typed string) {
	hash, err := h.Passwords.Hash(ctx, typed)
	if err == nil {
		err = h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
			return storeRehash(ctx, tx, person, hash)
		})
	}
	if err != nil {
		h.Web.Log.WarnContext(ctx, "password was not hashed anew", slog.String("user_id", person.ID.String()), slog.String("error", err.Error()))
	}
}

func storeRehash(ctx context.Context, tx *store.Tx, person db.UserSignInRow, hash string) error {
	changed, err := tx.UserRehash(ctx, db.UserRehashParams{ID: person.ID, PasswordHash: &hash, Before: person.PasswordHash})
	if err != nil || changed == 0 {
		return err
	}
	return audit.RecordPlatform(actor.With(ctx, actor.Actor{UserID: person.ID, Name: person.Name}), tx, audit.Entry{
		Action: guard.PasswordRehash, TargetKind: "user", TargetID: person.ID, TargetName: person.Name,
	})
}
