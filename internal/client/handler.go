package client

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	views "frontdesk/views/client"
	"frontdesk/views/layout"
)

// Handler answers /clients.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show is a client's page.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var found record
	err = audit.Look(c.UserContext(), h.Store, func(ctx context.Context, tx *store.Tx) (audit.Entry, error) {
		ahead := db.ClientAppointmentListParams{ClientID: id, Now: locale.From(ctx).Now()}
		err := tx.Together(
			func() (err error) { found.client, err = tx.ClientGet(ctx, id); return err },
			func() (err error) { found.alike, err = tx.ClientListAlike(ctx, id); return err },
			func() (err error) { found.appointments, err = tx.ClientAppointmentList(ctx, ahead); return err },
			func() (err error) { found.conversations, err = tx.ClientConversationList(ctx, id); return err },
		)
		return reading(found.client), err
	})
	if err != nil {
		return err
	}
	shown := profile(locale.From(c.UserContext()), found)
	return h.Web.Page(c, fiber.StatusOK, layout.Clients, shown.Name, views.Show(shown))
}

// New shows an empty form.
func (h *Handler) New(c *fiber.Ctx) error {
	return h.showForm(c, fiber.StatusOK, views.Form{Key: web.NewKey()})
}

// Create adds a client. Somebody with the same address or number is no reason to
// refuse: families share them; the client's page says so.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	key, err := form.Key()
	if err != nil {
		return err
	}
	details := Read(form, locale.From(c.UserContext()))
	if form.Err() != nil {
		return h.showForm(c, fiber.StatusUnprocessableEntity, typed(form))
	}
	location, err := h.create(c.UserContext(), key, details)
	if form.RejectFault(err) {
		return h.showForm(c, form.Status(), typed(form))
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, "client.saved", location)
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var row db.ClientGetRow
	err = audit.Look(c.UserContext(), h.Store, func(ctx context.Context, tx *store.Tx) (_ audit.Entry, err error) {
		row, err = tx.ClientGet(ctx, id)
		return reading(row), err
	})
	if err != nil {
		return err
	}
	return h.showForm(c, fiber.StatusOK, stored(locale.From(c.UserContext()), row))
}

// Update changes a client, unless somebody else has done so since the form was
// shown (hazard 72).
func (h *Handler) Update(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ClientGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	details := Read(form, locale.From(c.UserContext()))
	if form.Err() != nil {
		return h.showForm(c, fiber.StatusUnprocessableEntity, changed(form, row))
	}
	err = h.update(c.UserContext(), details.update(id, form.Version()))
	if fault.Is(err, fault.Stale) {
		return h.conflict(c, form, id)
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, "client.saved", "/clients/"+id.String())
}

// reading is what the log says of who reads a client's record.
func reading(row db.ClientGetRow) audit.Entry {
	return audit.Entry{Action: clientRead, TargetKind: logged.Kind, TargetID: row.ID, TargetName: plainName(row.FirstName, row.LastName)}
}

func (h *Handler) create(ctx context.Context, key submission.Key, details Details) (location string, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		location, err = tx.Once(ctx, "/clients", key, func() (string, error) {
			id, err := uuid.NewV7()
			if err != nil {
				return "", err
			}
			if err := tx.ClientCreate(ctx, details.create(id)); err != nil {
				return "", err
			}
			return "/clients/" + id.String(), logged.Created(ctx, tx, clientCreate, id)
		})
		return err
	})
	return location, err
}

func (h *Handler) update(ctx context.Context, change db.ClientUpdateParams) error {
	return h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return logged.Changed(ctx, tx, clientUpdate, change.ID, func() error {
			_, err := tx.ClientUpdate(ctx, change)
			return store.MovedOn(err)
		})
	})
}

// conflict shows what was typed beside what is stored by now. Sent again, the
// form replaces that knowingly.
func (h *Handler) conflict(c *fiber.Ctx, form *web.Form, id uuid.UUID) error {
	row, err := h.Store.Statement(c.UserContext()).ClientGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	shown := changed(form, row)
	shown.Version = row.Version
	now := stored(locale.From(c.UserContext()), row)
	shown.Stored = &now
	return h.showForm(c, fiber.StatusConflict, shown)
}

func (h *Handler) showForm(c *fiber.Ctx, status int, form views.Form) error {
	title := "client.new"
	if form.ID != uuid.Nil {
		title = "client.edit"
	}
	return h.page(c, status, title, views.Edit(form))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Clients, locale.From(c.UserContext()).T(title), content)
}
