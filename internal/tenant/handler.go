package tenant

import (
	"context"

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
	"frontdesk/views/ui"
)

// Handler answers /admin/tenants.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Delivery *delivery.Mailer
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
	return h.showNew(c, fiber.StatusOK, web.NewEdit(usual()))
}

// Create makes a clinic and invites its owner.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	clinic := readDraft(form)
	if form.Err() == nil {
		made, err := create(c.UserContext(), h.Store, h.Delivery, clinic, key)
		if err == nil {
			return h.Delivery.Answer(c, h.Web, made.invite, made.location)
		}
		if !form.RejectFault(slugTaken(err)) {
			return err
		}
	}
	return h.showNew(c, form.Status(), form.Edit(web.Known{}))
}

// usual is what most clinics here begin with.
func usual() map[string]string {
	return map[string]string{"timezone": "Europe/Bucharest", "country": countries[0], "currency": currencies[0], "max_seats": "5"}
}

func (h *Handler) showNew(c *fiber.Ctx, status int, edit ui.Edit) error {
	l := locale.From(c.UserContext())
	return h.Web.Page(c, status, layout.Tenants, l.T("tenant.new"), views.New(views.Form{
		Edit: edit, Zones: zones, Countries: countryChoices(l), Currencies: currencies,
	}))
}

func (h *Handler) page(c *fiber.Ctx, id uuid.UUID) (views.Page, error) {
	found, err := h.load(c.UserContext(), id)
	if err != nil {
		return views.Page{}, err
	}
	row := found.row
	return views.Page{
		Row: views.Row{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Status: row.Status,
			MaxSeats: row.MaxSeats, CreatedAt: row.CreatedAt,
		},
		Country: countryName(locale.From(c.UserContext()), row.Country), Currency: row.Currency, Support: found.support,
		Team:         views.Team{TenantID: id.String(), Status: row.Status, People: peopleOf(found.people), Invites: invitesOf(found.invites), RowKey: web.NewKey()},
		StatusReason: row.StatusReason, Latest: latestOf(found.latest),
	}, nil
}

// record is a clinic with everything that its page shows.
type record struct {
	row     db.Tenant
	people  []db.MembershipListOfTenantRow
	invites []db.InviteListOfTenantRow
	support *views.Support
	latest  []db.TenantAuditListRow
}

func (h *Handler) load(ctx context.Context, id uuid.UUID) (found record, err error) {
	people := db.MembershipListOfTenantParams{ID: id, PageSize: shownPeople}
	invites := db.InviteListOfTenantParams{ID: id, PageSize: shownInvites}
	latest := db.TenantAuditListParams{ID: id, PageSize: shownEvents}
	err = h.Store.PlatformSnapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { found.row, err = tx.TenantGet(ctx, id); return err },
			func() (err error) { found.people, err = tx.MembershipListOfTenant(ctx, people); return err },
			func() (err error) { found.invites, err = tx.InviteListOfTenant(ctx, invites); return err },
			func() (err error) { found.support, err = openSupport(ctx, tx.Queries, id); return err },
			func() (err error) { found.latest, err = tx.TenantAuditList(ctx, latest); return err },
		)
	})
	return found, err
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
