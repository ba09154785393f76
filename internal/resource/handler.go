// Package resource is the rooms and devices that a clinic works with. Each is of a kind,
// in the clinic's own word; nothing asks for one yet.
package resource

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/resource"
	"frontdesk/views/ui"
)

// The schema's bounds, in characters.
const maxName, maxKind = 200, 100

// uniqueName is the schema's index on the names of resources in use.
const uniqueName = "resources_name"

// logged is how the clinic's log knows a resource.
var logged = audit.Reader[db.ResourceLockRow]{
	Kind: Audit.Kind, Read: (*db.Queries).ResourceLock,
	Name: func(row db.ResourceLockRow) string { return row.Name },
}

// Handler answers /resources.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show is a resource's page.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ResourceGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Resources, row.Name, views.Show(views.Row{
		ID: row.ID, Name: row.Name, Kind: row.Kind, Active: row.Active, CreatedAt: row.CreatedAt,
	}))
}

// New shows an empty form.
func (h *Handler) New(c *fiber.Ctx) error {
	return h.showForm(c, fiber.StatusOK, web.NewEdit(nil))
}

// Create adds a resource.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	made := db.ResourceCreateParams{Name: form.RequiredText("name", maxName), Kind: form.RequiredText("kind", maxKind)}
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showForm, Saved: "resource.saved",
		Save: func(ctx context.Context) (string, error) {
			location, err := logged.CreateOnce(ctx, h.Store, shape.Path, key, resourceCreate, func(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
				made.ID = id
				return tx.ResourceCreate(ctx, made)
			})
			return location, nameTaken(err)
		},
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

// Update changes a resource, unless somebody else has done so since the form was shown
// (hazard 72).
func (h *Handler) Update(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	change := db.ResourceUpdateParams{ID: id, Version: form.Version(), Name: form.RequiredText("name", maxName), Kind: form.RequiredText("kind", maxKind)}
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showForm, Saved: "resource.saved",
		Save: func(ctx context.Context) (string, error) {
			return address(id), nameTaken(logged.Update(ctx, h.Store, resourceUpdate, id, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ResourceUpdate(ctx, change)
				return store.MovedOn(err)
			}))
		},
		Known: func(ctx context.Context) (web.Known, error) {
			stored, err := h.stored(ctx, id)
			return web.Known{Stored: stored, Read: values(change.Name, change.Kind)}, err
		},
	})
}

// Deactivate takes a resource out of use.
func (h *Handler) Deactivate(c *fiber.Ctx) error {
	return h.setActive(c, false, resourceDeactivate, "resource.deactivated")
}

// Activate takes it into use again.
func (h *Handler) Activate(c *fiber.Ctx) error {
	return h.setActive(c, true, resourceActivate, "resource.activated")
}

func (h *Handler) setActive(c *fiber.Ctx, active bool, action audit.Action, message string) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	err = nameTaken(logged.Update(c.UserContext(), h.Store, action, id, func(ctx context.Context, tx *store.Tx) error {
		return tx.ResourceSetActive(ctx, db.ResourceSetActiveParams{ID: id, Active: active})
	}))
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, address(id))
}

// stored is the form of a resource as it is.
func (h *Handler) stored(ctx context.Context, id uuid.UUID) (ui.Edit, error) {
	row, err := h.Store.Statement(ctx).ResourceGet(ctx, id)
	return ui.Edit{ID: row.ID, Version: row.Version, Values: values(row.Name, row.Kind)}, err
}

// values are what stands in the fields of a resource's form.
func values(name, kind string) map[string]string {
	return map[string]string{"name": name, "kind": kind}
}

// nameTaken says that another resource has the name.
func nameTaken(err error) error { return store.Taken(err, uniqueName, "name", "resource.name_taken") }

func (h *Handler) showForm(c *fiber.Ctx, status int, edit ui.Edit) error {
	kinds, err := h.Store.Statement(c.UserContext()).ResourceKindList(c.UserContext())
	if err != nil {
		return err
	}
	title := "resource.edit"
	if edit.IsNew() {
		title = "resource.new"
	}
	return h.page(c, status, title, views.Edit(edit, kinds))
}

func (h *Handler) page(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return h.Web.Page(c, status, layout.Resources, locale.From(c.UserContext()).T(title), content)
}
