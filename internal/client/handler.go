package client

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	views "frontdesk/views/client"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
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
	err = audit.Read(c.UserContext(), h.Store, func(ctx context.Context, tx *store.Tx) (audit.Entry, error) {
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
	return h.showForm(c, fiber.StatusOK, web.NewEdit(nil))
}

// Create adds a client. Somebody with the same address or number is no reason to
// refuse: families share them; the client's page says so.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	details := Read(form, locale.From(c.UserContext()))
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showForm, Saved: "client.saved",
		Save: func(ctx context.Context) (string, error) { return h.create(ctx, key, details) },
	})
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.read(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.showForm(c, fiber.StatusOK, stored(locale.From(c.UserContext()), row))
}

// Update changes a client, unless somebody else has done so since the form was
// shown (hazard 72).
func (h *Handler) Update(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	l := locale.From(c.UserContext())
	details := Read(form, l)
	var row db.ClientGetRow
	return h.Web.Save(c, web.Saving{
		Form: form, Saved: "client.saved",
		Save: func(ctx context.Context) (string, error) {
			return address(id), h.update(ctx, details.update(id, form.Version()))
		},
		Known: func(ctx context.Context) (web.Known, error) {
			row, err = h.Store.Statement(ctx).ClientGet(ctx, id)
			return web.Known{Stored: stored(l, row), Read: details.values(l)}, err
		},
		Show: func(c *fiber.Ctx, status int, edit ui.Edit) error {
			if edit.Stored != nil { // it shows what is stored, which is a reading
				if err := audit.View(c.UserContext(), h.Store, reading(row)); err != nil {
					return err
				}
			}
			return h.showForm(c, status, edit)
		},
	})
}

// read returns a client's row; the log says who read it.
func (h *Handler) read(ctx context.Context, id uuid.UUID) (row db.ClientGetRow, err error) {
	err = audit.Read(ctx, h.Store, func(ctx context.Context, tx *store.Tx) (_ audit.Entry, err error) {
		row, err = tx.ClientGet(ctx, id)
		return reading(row), err
	})
	return row, err
}

// reading is what the log says of who reads a client's record.
func reading(row db.ClientGetRow) audit.Entry {
	return audit.Entry{Action: clientRead, TargetKind: logged.Kind, TargetID: row.ID, TargetName: plainName(row.FirstName, row.LastName)}
}

func (h *Handler) create(ctx context.Context, key submission.Key, details Details) (location string, err error) {
	return logged.CreateOnce(ctx, h.Store, shape.Path, key, clientCreate, func(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
		return tx.ClientCreate(ctx, details.create(id))
	})
}

func (h *Handler) update(ctx context.Context, change db.ClientUpdateParams) error {
	return logged.Update(ctx, h.Store, clientUpdate, change.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ClientUpdate(ctx, change)
		return store.MovedOn(err)
	})
}

func (h *Handler) showForm(c *fiber.Ctx, status int, edit ui.Edit) error {
	title := "client.edit"
	if edit.IsNew() {
		title = "client.new"
	}
	return h.page(c, status, title, views.Edit(edit))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Clients, locale.From(c.UserContext()).T(title), content)
}
