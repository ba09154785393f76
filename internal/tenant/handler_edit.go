package tenant

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/tenant"
	"frontdesk/views/ui"
)

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	row, err := h.row(c)
	if err != nil {
		return err
	}
	return h.showEdit(c, fiber.StatusOK, stored(row))
}

// Update changes a clinic, unless somebody else has done so since the form was
// shown (hazard 72): then both values are shown.
func (h *Handler) Update(c *fiber.Ctx) error {
	row, err := h.row(c)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	change := readEdit(form, row)
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showEdit, Saved: "tenant.saved",
		Save: func(ctx context.Context) (string, error) {
			return shape.Path + "/" + row.ID.String(), slugTaken(edit(ctx, h.Store, change, form.Version()))
		},
		Known: func(ctx context.Context) (web.Known, error) {
			row, err := h.Store.PlatformStatement().TenantGet(ctx, row.ID)
			return web.Known{Stored: stored(row), Read: values(change)}, err
		},
	})
}

// row is the clinic of the address.
func (h *Handler) row(c *fiber.Ctx) (db.Tenant, error) {
	id, err := web.ID(c, "id")
	if err != nil {
		return db.Tenant{}, err
	}
	return h.Store.PlatformStatement().TenantGet(c.UserContext(), id)
}

// stored is the form of a clinic as it is.
func stored(row db.Tenant) ui.Edit {
	return ui.Edit{ID: row.ID, Version: row.Version, Values: values(unchanged(row))}
}

// values are what stands in the fields of a clinic's form.
func values(change db.TenantUpdateParams) map[string]string {
	return map[string]string{
		"name": change.Name, "slug": change.Slug, "timezone": change.Timezone, "country": change.Country, "currency": change.Currency,
		"max_seats": strconv.Itoa(int(change.MaxSeats)),
	}
}

func (h *Handler) showEdit(c *fiber.Ctx, status int, edit ui.Edit) error {
	ctx, l := c.UserContext(), locale.From(c.UserContext())
	joined, err := h.Store.PlatformStatement().TenantHasMembers(ctx, edit.ID)
	if err != nil {
		return err
	}
	shown := views.Form{Edit: edit, SlugFixed: joined, Zones: zones, Countries: countryChoices(l), Currencies: currencies}
	return h.Web.Page(c, status, layout.Tenants, l.T("tenant.edit"), views.Edit(shown))
}
