package factor

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
)

// The questions that only the person's password answers: whoever finds a browser
// signed in must not be able to take a second factor away, or to make codes.
var (
	removalOfApp = views.Question{Title: "factor.remove_app", Text: "factor.remove_app_text", Action: page + "/deletion", Label: "factor.remove", Danger: true}
	renewal      = views.Question{Title: "factor.new_codes", Text: "factor.new_codes_text", Action: codePage, Label: "factor.new_codes"}
)

// Codes shows new recovery codes, once.
func (h *Handler) Codes(c *fiber.Ctx) error {
	var codes []string
	if !h.Web.TakeNote(c, codeNote, codePage, &codes) {
		return fault.New(fault.Gone, "factor.codes_gone")
	}
	return h.show(c, fiber.StatusOK, "factor.codes", views.Codes(codes))
}

// AskCodes asks for the password before new recovery codes are made.
func (h *Handler) AskCodes(c *fiber.Ctx) error {
	return h.ask(c, fiber.StatusOK, renewal, nil)
}

// RenewCodes makes new recovery codes; the old ones are good no more.
func (h *Handler) RenewCodes(c *fiber.Ctx) error {
	return h.withPassword(c, renewal, func(userID uuid.UUID) error {
		var codes []string
		err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
			person, err := hold(ctx, tx, userID)
			if err == nil && !has(person) {
				err = fault.New(fault.Conflict, "factor.none_yet")
			}
			if err != nil {
				return err
			}
			codes, err = replaceCodes(ctx, tx, person)
			return err
		})
		if err != nil {
			return err
		}
		return h.handOut(c, codes)
	})
}

// AskDestroy asks for the password before the app is no longer a second factor.
func (h *Handler) AskDestroy(c *fiber.Ctx) error {
	return h.ask(c, fiber.StatusOK, removalOfApp, nil)
}

// Destroy turns the app off.
func (h *Handler) Destroy(c *fiber.Ctx) error {
	return h.withPassword(c, removalOfApp, func(userID uuid.UUID) error {
		return h.lose(c, userID, func(ctx context.Context, tx *store.Tx, person db.SecondFactorPersonRow) (audit.Entry, error) {
			if person.ConfirmedAt == nil {
				return audit.Entry{}, fault.New(fault.Conflict, "factor.none_yet")
			}
			return audit.Entry{Action: secondFactorDelete, Before: audit.Fields{"kind": "app"}}, tx.SecondFactorDelete(ctx, person.ID)
		})
	})
}

// lose takes a second factor away. The last one takes the recovery codes along, and
// stays where one is required: what is left is looked at after the removal, which
// the refusal undoes.
func (h *Handler) lose(c *fiber.Ctx, userID uuid.UUID, remove func(context.Context, *store.Tx, db.SecondFactorPersonRow) (audit.Entry, error)) error {
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		before, err := hold(ctx, tx, userID)
		if err != nil {
			return err
		}
		entry, err := remove(ctx, tx, before)
		if err != nil {
			return err
		}
		left, err := tx.SecondFactorPerson(ctx, userID)
		if err != nil {
			return err
		}
		if err := h.leave(ctx, tx, left); err != nil {
			return err
		}
		return audit.RecordPlatform(ctx, tx, about(left, entry))
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, "factor.removed", page)
}

// leave looks at what a person has left.
func (h *Handler) leave(ctx context.Context, tx *store.Tx, left db.SecondFactorPersonRow) error {
	switch {
	case has(left):
		return nil
	case h.required(left):
		return fault.New(fault.Conflict, "factor.required")
	}
	return tx.RecoveryCodeDelete(ctx, left.ID)
}

// withPassword goes on when the person's current password was typed, and asks again
// when not. Guesses are counted as those of the sign-in page are.
func (h *Handler) withPassword(c *fiber.Ctx, question views.Question, goOn func(userID uuid.UUID) error) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	person, err := h.person(c)
	if err != nil {
		return err
	}
	if form.Value("password") == "" {
		form.Reject("password", "field.required")
		return h.ask(c, fiber.StatusUnprocessableEntity, question, form.Errors())
	}
	right, err := h.isPassword(c, person, form.Value("password"))
	if err != nil {
		return err
	}
	if !right {
		form.Reject("password", "factor.wrong_password")
		return h.ask(c, fiber.StatusUnprocessableEntity, question, form.Errors())
	}
	return goOn(person.ID)
}

func (h *Handler) isPassword(c *fiber.Ctx, person db.SecondFactorPersonRow, typed string) (bool, error) {
	ctx := c.UserContext()
	attempt, err := h.Guard.Attempt(c, person.Email)
	if err != nil {
		return false, err
	}
	hash := ""
	if person.PasswordHash != nil && attempt.Admitted() {
		hash = *person.PasswordHash
	}
	right, err := h.Passwords.Matches(ctx, typed, hash)
	if err != nil {
		return false, errors.Join(err, attempt.Abandoned(ctx))
	}
	if right {
		return true, attempt.Succeeded(ctx)
	}
	failure := about(person, audit.Entry{Action: guard.SessionFail})
	return false, attempt.Failed(ctx, &failure)
}

func (h *Handler) ask(c *fiber.Ctx, status int, question views.Question, wrong map[string]string) error {
	question.Errors = wrong
	return h.show(c, status, question.Title, views.Ask(question))
}

// replaceCodes gives the person new recovery codes in the place of all older ones.
func replaceCodes(ctx context.Context, tx *store.Tx, person db.SecondFactorPersonRow) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	if err := tx.RecoveryCodeDelete(ctx, person.ID); err != nil {
		return nil, err
	}
	if err := tx.RecoveryCodeCreate(ctx, db.RecoveryCodeCreateParams{UserID: person.ID, Hashes: hashes}); err != nil {
		return nil, err
	}
	return codes, audit.RecordPlatform(ctx, tx, about(person, audit.Entry{
		Action: recoveryCodeCreate, After: audit.Fields{"codes": len(codes)},
	}))
}

// handOut carries the codes to the page that shows them once; nothing keeps them.
func (h *Handler) handOut(c *fiber.Ctx, codes []string) error {
	if err := h.Web.LeaveNote(c, codeNote, codePage, codes); err != nil {
		return err
	}
	return web.Redirect(c, codePage)
}
