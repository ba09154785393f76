package tenant

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	inviteviews "frontdesk/views/invite"
	"frontdesk/views/layout"
	views "frontdesk/views/tenant"
)

// Handler answers /admin and /admin/tenants.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Delivery *delivery.Desk
}

const (
	pageSize = 50
	// newest is how many of the latest clinics the overview shows.
	newest = 8
)

// Overview shows the installation at a glance.
func (h *Handler) Overview(c *fiber.Ctx) error {
	ctx, queries := c.UserContext(), h.Store.PlatformStatement()
	counts, err := queries.TenantOverview(ctx)
	if err != nil {
		return err
	}
	rows, err := queries.TenantListNewest(ctx, newest)
	if err != nil {
		return err
	}
	latest := make([]views.Row, len(rows))
	for i, row := range rows {
		latest[i] = views.Row{ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Status: row.Status, CreatedAt: row.CreatedAt}
	}
	title := locale.From(ctx).T("nav.overview")
	return h.Web.Page(c, fiber.StatusOK, layout.Overview, title, views.Overview(views.Counts(counts), latest))
}

// Index lists clinics by name; ?q= searches name and slug, ?after= goes on.
func (h *Handler) Index(c *fiber.Ctx) error {
	after, err := web.ReadCursor(c)
	if err != nil {
		return err
	}
	ctx, search := c.UserContext(), web.QueryText(c, "q", 100)
	rows, err := h.Store.PlatformStatement().TenantList(ctx, db.TenantListParams{
		Search: strings.ToLower(search), AfterName: after.Key, AfterID: after.ID, PageSize: pageSize + 1,
	})
	if err != nil {
		return err
	}
	list := views.List{Search: search, First: after == web.Cursor{}}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		last := rows[pageSize-1]
		list.Next = listAddress(search, web.Cursor{Key: last.Name, ID: last.ID}.String())
	}
	if !list.First {
		list.Start = listAddress(search, "")
	}
	for _, row := range rows {
		list.Rows = append(list.Rows, views.Row{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Status: row.Status,
			Members: row.Members, MaxSeats: row.MaxSeats, CreatedAt: row.CreatedAt,
		})
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Tenants, locale.From(ctx).T("nav.tenants"), views.Index(list))
}

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
		return h.showForm(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return h.Delivery.Answer(c, h.Web, made.invite, made.location)
}

func listAddress(search, after string) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if after != "" {
		query.Set("after", after)
	}
	if len(query) == 0 {
		return "/admin/tenants"
	}
	return "/admin/tenants?" + query.Encode()
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
	return views.Page{
		Row: views.Row{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Status: row.Status,
			MaxSeats: row.MaxSeats, CreatedAt: row.CreatedAt,
		},
		Country: countryName(locale.From(ctx), row.Country), Currency: row.Currency, Team: team, Support: support,
	}, nil
}
