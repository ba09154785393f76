package tenant

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	auditviews "frontdesk/views/audit"
	inviteviews "frontdesk/views/invite"
	"frontdesk/views/layout"
	views "frontdesk/views/tenant"
)

// Handler answers /admin/tenants.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Delivery *delivery.Desk
}

// shownEvents is how many rows of the log a clinic's page shows.
const shownEvents = 10

// Show shows one clinic: what it is, its people and its invites.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	page, err := h.page(c, id)
	if err != nil {
		return err
	}
	var note inviteviews.Note
	if h.Web.TakeNote(c, delivery.NoteName, "/admin/tenants/"+id.String(), &note) {
		page.Team.Note = &note
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Tenants, page.Name, views.Show(page))
}

// Refused shows the clinic with the reason, a catalog key, why something about one of
// its invites was not done.
func (h *Handler) Refused(c *fiber.Ctx, id uuid.UUID, message string) error {
	page, err := h.page(c, id)
	if err != nil {
		return err
	}
	page.Problem = message
	return h.Web.Page(c, fiber.StatusConflict, layout.Tenants, page.Name, views.Show(page))
}

// New shows an empty form.
func (h *Handler) New(c *fiber.Ctx) error {
	return h.showForm(c, fiber.StatusOK, newForm())
}

// Create makes a clinic and invites its owner.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	clinic := readDraft(form)
	key, err := form.Key()
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return h.showForm(c, fiber.StatusUnprocessableEntity, form)
	}
	made, err := create(c.UserContext(), h.Store, h.Delivery, clinic, key)
	if rejected(form, err) {
		return h.showForm(c, form.Status(), form)
	}
	if err != nil {
		return err
	}
	return h.Delivery.Answer(c, h.Web, made.invite, made.location)
}

// newForm offers what most clinics here begin with.
func newForm() *web.Form {
	form := web.NewForm()
	form.Set("timezone", "Europe/Bucharest")
	form.Set("country", countries[0])
	form.Set("currency", currencies[0])
	form.Set("max_seats", "5")
	form.Set("_idempotency_key", web.NewKey())
	return form
}

func (h *Handler) showForm(c *fiber.Ctx, status int, form *web.Form) error {
	l := locale.From(c.UserContext())
	return h.Web.Page(c, status, layout.Tenants, l.T("tenant.new"), views.New(views.Form{
		Value: form.Value, Errors: form.Errors(), Zones: zones, Countries: countryChoices(l), Currencies: currencies,
	}))
}

func (h *Handler) page(c *fiber.Ctx, id uuid.UUID) (views.Page, error) {
	ctx, queries := c.UserContext(), h.Store.PlatformStatement()
	row, err := queries.TenantGet(ctx, id)
	if err != nil {
		return views.Page{}, err
	}
	team, err := h.team(ctx, id, row.Status)
	if err != nil {
		return views.Page{}, err
	}
	support, err := openSupport(ctx, queries, id)
	if err != nil {
		return views.Page{}, err
	}
	latest, err := queries.TenantAuditList(ctx, db.TenantAuditListParams{ID: id, PageSize: shownEvents})
	if err != nil {
		return views.Page{}, err
	}
	return views.Page{
		Row: views.Row{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Status: row.Status,
			MaxSeats: row.MaxSeats, CreatedAt: row.CreatedAt,
		},
		Country: countryName(locale.From(ctx), row.Country), Currency: row.Currency, Team: team, Support: support,
		StatusReason: row.StatusReason, Latest: latestOf(latest),
	}, nil
}

func latestOf(rows []db.TenantAuditListRow) []auditviews.Entry {
	entries := make([]auditviews.Entry, len(rows))
	for i, row := range rows {
		entries[i] = auditviews.Entry{
			At: row.OccurredAt, ActorKind: row.ActorKind, ActorName: row.ActorName, Action: row.Action, TargetName: row.TargetName, Reason: row.Reason,
		}
	}
	return entries
}
