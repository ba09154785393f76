// Package passwordreset lets somebody who forgot their password choose a new one, by
// a link that is mailed to them, is good once and for a short while.
package passwordreset

import (
	"context"
	"errors"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/store"
	"frontdesk/internal/vouch"
	"frontdesk/internal/web"
	views "frontdesk/views/passwordreset"
)

// Handler answers /password-reset.
type Handler struct {
	Web       *web.Web
	Store     *store.Store
	Guard     *guard.Guard
	Queue     *job.Queue
	Passwords *password.Hasher
}

// New asks for the address, and says after the form what happens now: the same to
// everybody, whether anyone has the address and whether mail can be sent or not.
func (h *Handler) New(c *fiber.Ctx) error {
	if c.Query("sent") != "" {
		return h.show(c, fiber.StatusOK, views.Sent())
	}
	return h.show(c, fiber.StatusOK, views.Ask("", nil))
}

// Create has a link mailed, by a job: nothing of the answer, nor its time, tells
// whether there is anyone to mail it to.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	email := form.RequiredEmail("email")
	if form.Err() != nil {
		return h.show(c, fiber.StatusUnprocessableEntity, views.Ask(form.Value("email"), form.Errors()))
	}
	if err := h.Guard.LimitReset(c); err != nil {
		return err
	}
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		person, err := tx.UserByEmail(ctx, email)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return h.Queue.Enqueue(ctx, tx, MailArguments{UserID: person.ID})
	})
	if err != nil {
		return err
	}
	return web.Redirect(c, "/password-reset?sent=1")
}

// OutOfDate asks for the address again, with what was typed.
func (h *Handler) OutOfDate(c *fiber.Ctx) error {
	form, err := web.ReadOutOfDate(c)
	if err != nil {
		return err
	}
	return h.show(c, fiber.StatusForbidden, views.Ask(form.Value("email"), form.Errors()))
}

// Edit shows the form behind a link and uses nothing up.
func (h *Handler) Edit(c *fiber.Ctx) error {
	reset, _, err := h.find(c)
	if err != nil {
		return err
	}
	if !reset.Good {
		return h.show(c, fiber.StatusGone, views.Refused())
	}
	return h.show(c, fiber.StatusOK, views.Choose(c.Path(), nil))
}

// Update sets the new password, once. It ends every session and signs nobody in: a
// second factor is still to be asked for.
func (h *Handler) Update(c *fiber.Ctx) error {
	reset, hash, err := h.find(c)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	if !reset.Good {
		return h.show(c, fiber.StatusConflict, views.Refused())
	}
	typed := form.NewPassword(password.About{Name: reset.Name, Email: reset.Email})
	if form.Err() != nil {
		return h.show(c, fiber.StatusUnprocessableEntity, views.Choose(c.Path(), form.Errors()))
	}
	made, err := h.Passwords.Hash(c.UserContext(), typed)
	if err != nil {
		return err
	}
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error { return use(ctx, tx, hash, made) })
	if fault.Is(err, fault.Conflict) {
		return h.show(c, fiber.StatusConflict, views.Refused())
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, "password_reset.done", "/login")
}

// ChoiceOutOfDate shows the form behind a link again.
func (h *Handler) ChoiceOutOfDate(c *fiber.Ctx) error {
	reset, _, err := h.find(c)
	if err != nil {
		return err
	}
	form, err := web.ReadOutOfDate(c)
	if err != nil {
		return err
	}
	if !reset.Good {
		return h.show(c, fiber.StatusForbidden, views.Refused())
	}
	return h.show(c, fiber.StatusForbidden, views.Choose(c.Path(), form.Errors()))
}

// use takes the link's one use; of any number of racers one gets it.
func use(ctx context.Context, tx *store.Tx, token []byte, made string) error {
	used, err := tx.PasswordResetUse(ctx, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.Conflict, "")
	}
	if err != nil {
		return err
	}
	if err := tx.UserSetPassword(ctx, db.UserSetPasswordParams{ID: used.UserID, PasswordHash: &made}); err != nil {
		return err
	}
	if err := tx.PasswordResetRevoke(ctx, used.UserID); err != nil {
		return err
	}
	if _, err := tx.SessionEndOthers(ctx, db.SessionEndOthersParams{UserID: used.UserID, Spared: uuid.Nil}); err != nil {
		return err
	}
	if err := guard.Forgive(ctx, tx, used.Email); err != nil {
		return err
	}
	// A verification that waits was opened by the password of before.
	if err := tx.ChallengeDeleteOfUser(ctx, &used.UserID); err != nil {
		return err
	}
	return audit.RecordPlatform(asPerson(ctx, used), tx, audit.Entry{
		Action: passwordResetUse, TargetKind: "user", TargetID: used.UserID, TargetName: used.Name,
	})
}

// find looks the link up. What is no token is as unknown as one that nobody made.
func (h *Handler) find(c *fiber.Ctx) (db.PasswordResetByTokenRow, []byte, error) {
	// The address is a secret: no link on the page may pass it on.
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	hash, ok := guard.HashToken(c.Params("token"))
	if !ok {
		return db.PasswordResetByTokenRow{}, nil, fault.New(fault.NotFound, "")
	}
	reset, err := h.Store.PlatformStatement().PasswordResetByToken(c.UserContext(), hash)
	if err != nil || !reset.Good {
		return reset, hash, err // what is over opens nothing
	}
	return reset, hash, h.Store.Check(c.UserContext(), vouch.PasswordReset{
		ID: reset.ID, UserID: reset.UserID, TokenHash: hash, ExpiresAt: reset.ExpiresAt,
	}, reset.Mac)
}

func (h *Handler) show(c *fiber.Ctx, status int, content templ.Component) error {
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("password_reset.title"), content)
}
