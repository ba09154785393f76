package user

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/user"
)

// EditPassword shows the form that changes one's own password.
func (h *Handler) EditPassword(c *fiber.Ctx) error {
	return h.showPassword(c, fiber.StatusOK, web.NewForm())
}

// UpdatePassword changes a person's own password. The new one is judged first, as
// that costs little; the current one then as at sign-in, with the same waits, or a
// stolen session could guess it.
func (h *Handler) UpdatePassword(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	who, _ := actor.From(ctx)
	person, err := h.Store.PlatformStatement().UserPassword(ctx, who.UserID)
	if err != nil {
		return err
	}
	typed := form.NewPassword(password.About{Clinic: layout.From(ctx).TenantName, Name: person.Name, Email: person.Email})
	switch current := form.Value("current_password"); current {
	case "":
		form.Reject("current_password", "field.required")
	case typed:
		form.Reject("password", "password.same")
	}
	if form.Err() == nil {
		err = h.verify(c, person, form)
	}
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return h.showPassword(c, fiber.StatusUnprocessableEntity, form)
	}
	return h.changePassword(c, who, typed)
}

// verify rejects a current password that is not the person's.
func (h *Handler) verify(c *fiber.Ctx, person db.UserPasswordRow, form *web.Form) error {
	ctx := c.UserContext()
	who, _ := actor.From(ctx)
	attempt, err := h.Guard.Attempt(c, person.Email)
	if err != nil {
		return err
	}
	hash := ""
	if person.PasswordHash != nil && attempt.Admitted() {
		hash = *person.PasswordHash
	}
	matches, err := h.Passwords.Matches(ctx, form.Value("current_password"), hash)
	if err != nil {
		return errors.Join(err, attempt.Abandoned(ctx))
	}
	if matches {
		return attempt.Succeeded(ctx)
	}
	form.Reject("current_password", "password.current_wrong")
	return attempt.Failed(ctx, &audit.Entry{
		Action: guard.SessionFail, TargetKind: "user", TargetID: who.UserID, TargetName: person.Name,
	})
}

// changePassword ends every other session and every open reset: whoever knew the old
// password is out.
func (h *Handler) changePassword(c *fiber.Ctx, who actor.Actor, typed string) error {
	hash, err := h.Passwords.Hash(c.UserContext(), typed)
	if err != nil {
		return err
	}
	var renewed func()
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		if err := tx.UserSetPassword(ctx, db.UserSetPasswordParams{ID: who.UserID, PasswordHash: &hash}); err != nil {
			return err
		}
		if _, err := tx.SessionEndOthers(ctx, db.SessionEndOthersParams{UserID: who.UserID, Spared: who.SessionID}); err != nil {
			return err
		}
		if err := tx.PasswordResetRevoke(ctx, who.UserID); err != nil {
			return err
		}
		// A verification that waits was opened by the password of before.
		if err := tx.ChallengeDeleteOfUser(ctx, &who.UserID); err != nil {
			return err
		}
		if err := audit.RecordPlatform(ctx, tx, audit.Entry{
			Action: passwordUpdate, TargetKind: "user", TargetID: who.UserID, TargetName: who.Name,
		}); err != nil {
			return err
		}
		renewed, err = h.Guard.Renew(ctx, c, tx, nil)
		return err
	})
	if err != nil {
		return err
	}
	renewed()
	return h.Web.Done(c, "password.changed", "/password")
}

func (h *Handler) showPassword(c *fiber.Ctx, status int, form *web.Form) error {
	return h.Web.Page(c, status, layout.Account, locale.From(c.UserContext()).T("account.password"), views.Password(form.Errors()))
}
