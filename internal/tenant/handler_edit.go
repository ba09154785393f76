package tenant

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/tenant"
)

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	row, err := h.row(c)
	if err != nil {
		return err
	}
	form := web.NewForm()
	for name, value := range storedValues(row) {
		form.Set(name, value)
	}
	return h.showEdit(c, fiber.StatusOK, row, form, false)
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
	if form.Err() != nil {
		return h.showEdit(c, fiber.StatusUnprocessableEntity, row, form, false)
	}
	err = edit(c.UserContext(), h.Store, change, form.Version())
	if fault.Is(err, fault.Stale) {
		return h.conflict(c, form)
	}
	if rejected(form, err) {
		return h.showEdit(c, fiber.StatusUnprocessableEntity, row, form, false)
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, "tenant.saved", shape.Path+"/"+row.ID.String())
}

// row is the clinic of the address.
func (h *Handler) row(c *fiber.Ctx) (db.Tenant, error) {
	id, err := web.ID(c, "id")
	if err != nil {
		return db.Tenant{}, err
	}
	return h.Store.PlatformStatement().TenantGet(c.UserContext(), id)
}

// conflict shows what was typed beside what is stored by now. Sent again, the form
// replaces that knowingly.
func (h *Handler) conflict(c *fiber.Ctx, form *web.Form) error {
	row, err := h.row(c)
	if err != nil {
		return err
	}
	form.Set("version", strconv.Itoa(int(row.Version)))
	return h.showEdit(c, fiber.StatusConflict, row, form, true)
}

// storedValues are the fields of the form as the row has them.
func storedValues(row db.Tenant) map[string]string {
	return map[string]string{
		"name": row.Name, "slug": row.Slug, "timezone": row.Timezone, "country": row.Country, "currency": row.Currency,
		"max_seats": strconv.Itoa(int(row.MaxSeats)), "version": strconv.Itoa(int(row.Version)),
	}
}

func (h *Handler) showEdit(c *fiber.Ctx, status int, row db.Tenant, form *web.Form, stale bool) error {
	ctx, l := c.UserContext(), locale.From(c.UserContext())
	joined, err := h.Store.PlatformStatement().TenantHasMembers(ctx, row.ID)
	if err != nil {
		return err
	}
	shown := views.Form{
		ID: row.ID.String(), SlugFixed: joined, Value: form.Value, Errors: form.Errors(),
		Zones: zones, Countries: countryChoices(l), Currencies: currencies,
	}
	if stale {
		shown.Stored = storedValues(row)
	}
	return h.Web.Page(c, status, layout.Tenants, l.T("tenant.edit"), views.Edit(shown))
}
