package provider

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/provider"
	"frontdesk/views/ui"
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
	used, err := h.Store.Statement(c.UserContext()).ProviderColorList(c.UserContext())
	if err != nil {
		return err
	}
	form := views.Form{Edit: web.NewEdit(map[string]string{"color": NextColor(used)}), AllServices: true, Days: days(UsualHours())}
	return h.showForm(c, fiber.StatusOK, form, nil)
}

// Create adds a provider.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	details := Read(form)
	return h.Web.Save(c, web.Saving{
		Form: form, Saved: "provider.saved",
		Save: func(ctx context.Context) (string, error) { return h.create(ctx, key, details) },
		Show: func(c *fiber.Ctx, status int, edit ui.Edit) error {
			return h.showForm(c, status, typed(form, edit, ""), form.Values("service_ids"))
		},
	})
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
	return h.page(c, fiber.StatusOK, "provider.edit", views.Edit(storedForm(locale.From(c.UserContext()), current)))
}

// Update changes a provider, unless somebody else has done so since the form was
// shown (hazard 72). Appointments stay as they were booked.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	details := Read(form)
	var current record
	return h.Web.Save(c, web.Saving{
		Form: form, Saved: "provider.saved",
		Save: func(ctx context.Context) (string, error) {
			return address(id), h.update(ctx, id, form.Version(), details)
		},
		Known: func(ctx context.Context) (web.Known, error) {
			if current, err = h.load(ctx, id); err != nil {
				return web.Known{}, err
			}
			l := locale.From(ctx)
			return web.Known{Stored: storedEdit(l, current), Read: values(l, details.over(current), current.services)}, nil
		},
		Show: func(c *fiber.Ctx, status int, edit ui.Edit) error {
			return h.showForm(c, status, typed(form, edit, current.row.Color), form.Values("service_ids"))
		},
	})
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
	err = logged.Update(c.UserContext(), h.Store, action, id, func(ctx context.Context, tx *store.Tx) error {
		return tx.ProviderSetActive(ctx, db.ProviderSetActiveParams{ID: id, Active: active})
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, address(id))
}

// showForm shows a form as it was typed, with the services of the clinic and the
// ticks that were sent.
func (h *Handler) showForm(c *fiber.Ctx, status int, form views.Form, ticked []string) error {
	choices, err := h.Store.Statement(c.UserContext()).ProviderServiceList(c.UserContext(), form.ID)
	if err != nil {
		return err
	}
	form.Services = services(choices, ticked)
	title := "provider.edit"
	if form.IsNew() {
		title = "provider.new"
	}
	return h.page(c, status, title, views.Edit(form))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Providers, locale.From(c.UserContext()).T(title), content)
}
