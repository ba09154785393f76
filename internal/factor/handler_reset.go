package factor

import (
	"context"
	"log/slog"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
	"frontdesk/views/layout"
)

// NewReset asks why a person's second factors are to be taken away.
func (h *Handler) NewReset(c *fiber.Ctx) error {
	person, err := h.other(c)
	if err != nil {
		return err
	}
	return h.showReset(c, fiber.StatusOK, person, web.NewForm())
}

// Reset takes a person's second factors away, for who has lost all of them.
func (h *Handler) Reset(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	person, err := h.other(c)
	if err != nil {
		return err
	}
	reason := form.Lines("reason", lifecycle.MaxReason)
	if len([]rune(reason)) < lifecycle.MinReason {
		form.Reject("reason", "factor.reason_short")
	}
	if form.Err() != nil {
		return h.showReset(c, fiber.StatusUnprocessableEntity, person, form)
	}
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		person, err := hold(ctx, tx, person.ID)
		if err == nil && !has(person) { // somebody else was faster
			err = fault.New(fault.Conflict, "factor.none_to_reset")
		}
		if err != nil {
			return err
		}
		return reset(ctx, tx, person, reason)
	})
	if err != nil {
		return err
	}
	done := "factor.reset_done"
	if !h.tell(c.UserContext(), person) {
		done = "factor.reset_untold"
	}
	return h.Web.Done(c, done, "/admin/users/"+person.ID.String())
}

// other is the person whom the console's page is about. Nobody takes their own away:
// that asks for their password, on their own page.
func (h *Handler) other(c *fiber.Ctx) (person db.SecondFactorPersonRow, err error) {
	id, err := web.ID(c, "id")
	if err != nil {
		return person, err
	}
	if who, _ := actor.From(c.UserContext()); who.UserID == id {
		return person, fault.New(fault.Conflict, "factor.reset_self")
	}
	person, err = h.Store.PlatformStatement().SecondFactorPerson(c.UserContext(), id)
	if fault.Is(err, fault.NotFound) {
		return person, h.inactive(c.UserContext(), id)
	}
	if err == nil && !has(person) {
		err = fault.New(fault.Conflict, "factor.none_to_reset")
	}
	return person, err
}

// inactive is why somebody is not among those who can sign in: they are suspended or
// deleted, which the fault.Conflict says, or nobody.
func (h *Handler) inactive(ctx context.Context, id uuid.UUID) error {
	row, err := h.Store.PlatformStatement().UserGet(ctx, id)
	if err != nil {
		return err
	}
	return lifecycle.Illegal(lifecycle.State(row.Status))
}

func (h *Handler) showReset(c *fiber.Ctx, status int, person db.SecondFactorPersonRow, form *web.Form) error {
	return h.Web.Page(c, status, layout.Users, locale.From(c.UserContext()).T("factor.reset"), views.Reset(views.ResetForm{
		UserID: person.ID.String(), Name: person.Name, Reason: form.Value("reason"), Errors: form.Errors(),
	}))
}

// tell writes to the person, in their language: if they did not ask for this,
// somebody talked a super-admin into it. It reports whether the mail was sent; one
// that was not undoes nothing.
func (h *Handler) tell(ctx context.Context, person db.SecondFactorPersonRow) bool {
	l := locale.New(person.Language, locale.From(ctx).Zone(), "", h.Now)
	err := h.Delivery.Send(ctx, delivery.Letter{
		Name: person.Name, Email: person.Email, Subject: l.T("factor.reset_subject"), Text: l.T("factor.reset_mail", "name", person.Name),
	})
	if err != nil {
		h.Web.Log.WarnContext(ctx, "reset of a second factor was not mailed", slog.String("user_id", person.ID.String()), slog.String("error", err.Error()))
	}
	return err == nil
}
