package service

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/service"
	"frontdesk/views/ui"
)

// uniqueName is the schema's index on the names of offered services.
const uniqueName = "services_name"

// Handler answers /services.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show is a service's page.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var row db.ServiceGetRow
	var providers []db.ServiceProviderListRow
	var upcoming int64
	err = h.Store.Snapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		ahead := db.ServiceCountUpcomingParams{ServiceID: id, Now: locale.From(ctx).Now()}
		return tx.Last(
			func() (err error) { row, err = tx.ServiceGet(ctx, id); return err },
			func() (err error) { providers, err = tx.ServiceProviderList(ctx, id); return err },
			func() (err error) { upcoming, err = tx.ServiceCountUpcoming(ctx, ahead); return err },
		)
	})
	if err != nil {
		return err
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Services, row.Name, views.Show(profile(c.UserContext(), row, providers, upcoming)))
}

// New shows a form with what is usual.
func (h *Handler) New(c *fiber.Ctx) error {
	return h.showForm(c, fiber.StatusOK, web.NewEdit(map[string]string{"duration": usualDuration}))
}

// Create adds a service.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	details := Read(form)
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showForm, Saved: "service.saved",
		Save: func(ctx context.Context) (string, error) { return h.create(ctx, key, details) },
	})
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	stored, err := h.stored(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.showForm(c, fiber.StatusOK, stored)
}

// Update changes a service, unless somebody else has done so since the form was
// shown (hazard 72). Appointments keep the times that they were booked with.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	details := Read(form)
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showForm, Saved: "service.saved",
		Save: func(ctx context.Context) (string, error) {
			return address(id), h.update(ctx, details.update(id, form.Version()))
		},
		Known: func(ctx context.Context) (web.Known, error) {
			stored, err := h.stored(ctx, id)
			return web.Known{Stored: stored, Read: details.values(ctx)}, err
		},
	})
}

// Deactivate takes a service out of what can be booked, once the bookings under way
// are made. What is booked stays.
func (h *Handler) Deactivate(c *fiber.Ctx) error {
	return h.setActive(c, false, serviceDeactivate, "service.deactivated")
}

// Activate offers a service again.
func (h *Handler) Activate(c *fiber.Ctx) error {
	return h.setActive(c, true, serviceActivate, "service.activated")
}

func (h *Handler) setActive(c *fiber.Ctx, active bool, action audit.Action, message string) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	err = nameTaken(logged.Update(c.UserContext(), h.Store, action, id, func(ctx context.Context, tx *store.Tx) error {
		return tx.ServiceSetActive(ctx, db.ServiceSetActiveParams{ID: id, Active: active})
	}))
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, address(id))
}

func (h *Handler) create(ctx context.Context, key submission.Key, details Details) (location string, err error) {
	location, err = logged.CreateOnce(ctx, h.Store, shape.Path, key, serviceCreate, func(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
		return tx.ServiceCreate(ctx, details.create(id))
	})
	return location, nameTaken(err)
}

func (h *Handler) update(ctx context.Context, change db.ServiceUpdateParams) error {
	return nameTaken(logged.Update(ctx, h.Store, serviceUpdate, change.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ServiceUpdate(ctx, change)
		return store.MovedOn(err)
	}))
}

// stored is the form of a service as it is.
func (h *Handler) stored(ctx context.Context, id uuid.UUID) (ui.Edit, error) {
	row, err := h.Store.Statement(ctx).ServiceGet(ctx, id)
	return ui.Edit{ID: row.ID, Version: row.Version, Values: detailsOf(row).values(ctx)}, err
}

// nameTaken says that another service has the name.
func nameTaken(err error) error { return store.Taken(err, uniqueName, "name", "service.name_taken") }

func (h *Handler) showForm(c *fiber.Ctx, status int, edit ui.Edit) error {
	title := "service.edit"
	if edit.IsNew() {
		title = "service.new"
	}
	return h.page(c, status, title, views.Edit(edit, guard.Currency(c.UserContext())))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Services, locale.From(c.UserContext()).T(title), content)
}
