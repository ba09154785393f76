package transition

import (
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/internal/web"
	views "frontdesk/views/transition"
)

// New asks for the reason, on a page that a list shows in its dialog. A transition
// that is not possible now says so at once.
func (h *Handler) New(transition lifecycle.Transition) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, err := web.ID(c, "id")
		if err != nil {
			return err
		}
		subject, err := h.Find(c.UserContext(), id)
		if err != nil {
			return err
		}
		if _, err := lifecycle.Next(subject.State, transition); err != nil {
			return err
		}
		form := web.NewForm()
		form.Set("version", strconv.Itoa(int(subject.Version)))
		form.Set("in", c.Query("in"))
		return h.ask(c, fiber.StatusOK, id, transition, subject.Name, form)
	}
}

// Create makes the change that New asked the reason of.
func (h *Handler) Create(transition lifecycle.Transition) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, err := web.ID(c, "id")
		if err != nil {
			return err
		}
		form, err := web.ReadForm(c)
		if err != nil {
			return err
		}
		change := Change{Transition: transition, Reason: readReason(form), Version: form.Version()}
		if form.Err() != nil {
			subject, err := h.Find(c.UserContext(), id)
			if err != nil {
				return err
			}
			return h.ask(c, fiber.StatusUnprocessableEntity, id, transition, subject.Name, form)
		}
		if err := h.Do(c.UserContext(), id, change); err != nil {
			return err
		}
		return h.done(c, id, form.Value("in"), "transition."+string(transition)+"_done")
	}
}

// done goes back to where it was asked for: the list that stays open, or the page.
func (h *Handler) done(c *fiber.Ctx, id uuid.UUID, in, message string) error {
	if in == inList && web.IsHTMX(c) {
		return h.Web.DoneInPlace(c, message)
	}
	return h.Web.Done(c, message, h.Path+"/"+id.String())
}

// inList is what a list says of itself when it asks for the form.
const inList = "list"

func (h *Handler) ask(c *fiber.Ctx, status int, id uuid.UUID, transition lifecycle.Transition, name string, form *web.Form) error {
	l := locale.From(c.UserContext())
	shown := views.Form{
		Noun: h.Noun, Transition: string(transition), Name: name, Action: h.Address(id, transition), Back: h.Path + "/" + id.String(),
		Value: form.Value, Errors: form.Errors(), Harmful: transition == lifecycle.Suspend || transition == lifecycle.Delete,
	}
	return h.Web.Page(c, status, h.Section, l.T("transition."+string(transition)), views.Ask(shown))
}
