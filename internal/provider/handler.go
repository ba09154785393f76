package provider

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/provider"
)

// Handler answers /providers.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show is a provider's page.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	stored, err := h.load(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Providers, stored.row.Name, views.Show(profile(locale.From(c.UserContext()), stored)))
}

// New shows a form with what is usual.
func (h *Handler) New(c *fiber.Ctx) error {
	ctx, queries := c.UserContext(), h.Store.Statement(c.UserContext())
	used, err := queries.ProviderColorList(ctx)
	if err != nil {
		return err
	}
	form := views.Form{Key: web.NewKey(), Color: NextColor(used), AllServices: true, Days: days(UsualHours())}
	return h.showForm(c, fiber.StatusOK, form, nil)
}

// Create adds a provider.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	key, err := form.Key()
	if err != nil {
		return err
	}
	details := Read(form)
	var location string
	if form.Err() == nil {
		location, err = h.create(c.UserContext(), key, details)
		if form.RejectFault(err) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return h.showForm(c, form.Status(), typed(form), form.Values("service_ids"))
	}
	return h.Web.Done(c, "provider.saved", location)
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	current, err := h.load(c.UserContext(), id)
	if err != nil {
		return err
	}
	form := storedForm(current)
	return h.page(c, fiber.StatusOK, "provider.edit", views.Edit(form))
}

// Update changes a provider, unless somebody else has done so since the form was
// shown (hazard 72). Appointments stay as they were booked.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ProviderGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	details := Read(form)
	if form.Err() == nil {
		err = h.update(c.UserContext(), id, form.Version(), details)
	}
	switch {
	case fault.Is(err, fault.Stale):
		return h.conflict(c, form, id)
	case err != nil && !form.RejectFault(err):
		return err
	case form.Err() != nil:
		return h.showForm(c, fiber.StatusUnprocessableEntity, changed(form, row), form.Values("service_ids"))
	}
	return h.Web.Done(c, "provider.saved", "/providers/"+id.String())
}

// Deactivate takes a provider out of what can be booked, once the bookings under
// way are made. What is booked stays.
func (h *Handler) Deactivate(c *fiber.Ctx) error {
	return h.setActive(c, false, providerDeactivate, "provider.deactivated")
}

// Activate brings a provider back.
func (h *Handler) Activate(c *fiber.Ctx) error {
	return h.setActive(c, true, providerActivate, "provider.activated")
}

func (h *Handler) setActive(c *fiber.Ctx, active bool, action audit.Action, message string) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		if err := booking.LockProvider(ctx, tx, id); err != nil {
			return err
		}
		return logged.Changed(ctx, tx, action, id, func() error {
			_, err := tx.ProviderSetActive(ctx, db.ProviderSetActiveParams{ID: id, Active: active})
			return err
		})
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, "/providers/"+id.String())
}

// conflict shows what was typed beside what is stored by now. Sent again, the
// form replaces that knowingly.
func (h *Handler) conflict(c *fiber.Ctx, form *web.Form, id uuid.UUID) error {
	current, err := h.load(c.UserContext(), id)
	if err != nil {
		return err
	}
	shown := changed(form, current.row)
	shown.Version = current.row.Version
	now := profile(locale.From(c.UserContext()), current)
	shown.Stored = &now
	return h.showForm(c, fiber.StatusConflict, shown, form.Values("service_ids"))
}

// showForm shows a form as it was typed, with the services of the clinic and the
// ticks that were sent.
func (h *Handler) showForm(c *fiber.Ctx, status int, form views.Form, ticked []string) error {
	choices, err := h.Store.Statement(c.UserContext()).ProviderServiceList(c.UserContext(), form.ID)
	if err != nil {
		return err
	}
	form.Services = services(choices, ticked)
	title := "provider.new"
	if form.ID != uuid.Nil {
		title = "provider.edit"
	}
	return h.page(c, status, title, views.Edit(form))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Providers, locale.From(c.UserContext()).T(title), content)
}
