package tenant

import (
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
	if form.Err() == nil {
		err := edit(c.UserContext(), h.Store, change, form.Version())
		if err == nil {
			return h.Web.Done(c, "tenant.saved", shape.Path+"/"+row.ID.String())
		}
		if !rejected(form, err) {
			return err
		}
		if row, err = h.row(c); err != nil {
			return err
		}
	}
	return h.showEdit(c, form.Status(), form.Edit(stored(row)))
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
	return ui.Edit{ID: row.ID, Version: row.Version, Values: map[string]string{
		"name": row.Name, "slug": row.Slug, "timezone": row.Timezone, "country": row.Country, "currency": row.Currency,
		"max_seats": strconv.Itoa(int(row.MaxSeats)),
	}}
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
