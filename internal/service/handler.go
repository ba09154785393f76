package service

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/service"
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
	return h.showForm(c, fiber.StatusOK, views.Form{Key: web.NewKey(), Duration: usualDuration})
}

// Create adds a service.
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
	if form.Err() != nil {
		return h.showForm(c, fiber.StatusUnprocessableEntity, typed(form))
	}
	location, err := h.create(c.UserContext(), key, details)
	if store.Constraint(err) == uniqueName {
		form.Reject("name", "service.name_taken")
	}
	switch {
	case form.RejectFault(err), form.Err() != nil:
		return h.showForm(c, form.Status(), typed(form))
	case err != nil:
		return err
	}
	return h.Web.Done(c, "service.saved", location)
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ServiceGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.showForm(c, fiber.StatusOK, stored(c.UserContext(), row))
}

// Update changes a service, unless somebody else has done so since the form was
// shown (hazard 72). Appointments keep the times that they were booked with.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ServiceGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	details := Read(form)
	if form.Err() != nil {
		return h.showForm(c, fiber.StatusUnprocessableEntity, changed(form, row))
	}
	err = h.update(c.UserContext(), details.update(id, form.Version()))
	switch {
	case fault.Is(err, fault.Stale):
		return h.conflict(c, form, id)
	case store.Constraint(err) == uniqueName:
		form.Reject("name", "service.name_taken")
		return h.showForm(c, fiber.StatusUnprocessableEntity, changed(form, row))
	case err != nil:
		return err
	}
	return h.Web.Done(c, "service.saved", "/services/"+id.String())
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
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		if err := booking.LockService(ctx, tx, id); err != nil {
			return err
		}
		return logged.Changed(ctx, tx, action, id, func() error {
			_, err := tx.ServiceSetActive(ctx, db.ServiceSetActiveParams{ID: id, Active: active})
			return err
		})
	})
	if store.Constraint(err) == uniqueName {
		return fault.Wrap(fault.Conflict, "service.name_taken", err)
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, "/services/"+id.String())
}

func (h *Handler) create(ctx context.Context, key submission.Key, details Details) (location string, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		location, err = tx.Once(ctx, "/services", key, func() (string, error) {
			id, err := uuid.NewV7()
			if err != nil {
				return "", err
			}
			if err := tx.ServiceCreate(ctx, details.create(id)); err != nil {
				return "", err
			}
			return "/services/" + id.String(), logged.Created(ctx, tx, serviceCreate, id)
		})
		return err
	})
	return location, err
}

func (h *Handler) update(ctx context.Context, change db.ServiceUpdateParams) error {
	return h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return logged.Changed(ctx, tx, serviceUpdate, change.ID, func() error {
			_, err := tx.ServiceUpdate(ctx, change)
			return store.MovedOn(err)
		})
	})
}

// conflict shows what was typed beside what is stored by now. Sent again, the
// form replaces that knowingly.
func (h *Handler) conflict(c *fiber.Ctx, form *web.Form, id uuid.UUID) error {
	row, err := h.Store.Statement(c.UserContext()).ServiceGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	shown := changed(form, row)
	shown.Version = row.Version
	now := stored(c.UserContext(), row)
	shown.Stored = &now
	return h.showForm(c, fiber.StatusConflict, shown)
}

func (h *Handler) showForm(c *fiber.Ctx, status int, form views.Form) error {
	form.Currency = guard.Currency(c.UserContext())
	title := "service.new"
	if form.ID != uuid.Nil {
		title = "service.edit"
	}
	return h.page(c, status, title, views.Edit(form))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Services, locale.From(c.UserContext()).T(title), content)
}
