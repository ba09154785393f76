// Package dashboard shows a receptionist the day.
package dashboard

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/dashboard"
	"frontdesk/views/layout"
)

// Handler answers /.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show is the start page: of the clinic's day, or for a super-admin the way to
// the console. Whoever has no clinic is told so among their clinics.
func (h *Handler) Show(c *fiber.Ctx) error {
	who, _ := actor.From(c.UserContext())
	if who.SuperAdmin {
		return web.Redirect(c, "/admin")
	}
	if who.TenantID == uuid.Nil {
		return web.Redirect(c, "/tenants")
	}
	page, err := h.ask(c, who)
	if err != nil {
		return err
	}
	l := locale.From(c.UserContext())
	return h.Web.Page(c, fiber.StatusOK, layout.Dashboard, l.T("nav.dashboard"), views.Dashboard(page))
}

func (h *Handler) ask(c *fiber.Ctx, who actor.Actor) (views.Page, error) {
	l := locale.From(c.UserContext())
	from, until := localtime.DaySpan(localtime.DayOf(l.Now(), l.Zone()), l.Zone())
	day := db.DashboardAppointmentsParams{EarliestStart: from.Add(-booking.LookBack), DayStart: from, DayEnd: until}
	var appointments []db.DashboardAppointmentsRow
	var unread []db.DashboardUnreadRow
	var setup db.DashboardSetupRow
	err := h.Store.Snapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { appointments, err = tx.DashboardAppointments(ctx, day); return err },
			func() (err error) { unread, err = tx.DashboardUnread(ctx); return err },
			func() (err error) { setup, err = tx.DashboardSetup(ctx); return err },
		)
	})
	if err != nil {
		return views.Page{}, err
	}
	return views.Page{
		Now: l.Now(), Appointments: appointmentsOf(l, appointments), Unread: conversationsOf(unread), UnreadCount: unreadCount(unread),
		Setup: setupOf(setup, who.Role == actor.Owner),
	}, nil
}

func appointmentsOf(l *locale.Locale, rows []db.DashboardAppointmentsRow) []views.Appointment {
	shown := make([]views.Appointment, len(rows))
	for i, row := range rows {
		shown[i] = views.Appointment{
			ID: row.ID.String(), Starts: row.StartsAt.In(l.Zone()), Ends: row.EndsAt.In(l.Zone()), Status: row.Status,
			Client: l.PersonName(row.FirstName, row.LastName), Provider: row.ProviderName, Color: row.ProviderColor, Service: row.ServiceName,
		}
	}
	return shown
}

func conversationsOf(rows []db.DashboardUnreadRow) []views.Conversation {
	shown := make([]views.Conversation, len(rows))
	for i, row := range rows {
		from := row.ContactName
		if from == "" {
			from = row.ContactAddress
		}
		shown[i] = views.Conversation{ID: row.ID.String(), Subject: row.Subject, From: from, At: row.LastMessageAt}
	}
	return shown
}

func unreadCount(rows []db.DashboardUnreadRow) int {
	if len(rows) == 0 {
		return 0
	}
	return int(rows[0].UnreadCount)
}

// setupOf lists what a new clinic sets up, until all are done.
// Mailboxes are the owner's business.
func setupOf(row db.DashboardSetupRow, owner bool) []views.SetupItem {
	items := []views.SetupItem{
		{Key: "provider", Href: "/providers/new", Done: row.HasProvider},
		{Key: "service", Href: "/services/new", Done: row.HasService},
		{Key: "client", Href: "/clients/new", Done: row.HasClient},
	}
	if owner {
		items = append(items, views.SetupItem{Key: "mailbox", Href: "/settings/email/new", Done: row.HasMailbox})
	}
	for _, item := range items {
		if !item.Done {
			return items
		}
	}
	return nil
}
