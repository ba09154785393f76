package dashboard_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// noon is a Tuesday's, in winter time.
var noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func TestANewClinicIsToldWhatToDoNext(t *testing.T) {
	t.Parallel()
	alfa := clinic.New(t).Clinic("alfa")
	owner := alfa.SignInOwner().Get("/")
	if owner.Status != http.StatusOK {
		t.Fatalf("status %d", owner.Status)
	}
	if items := owner.Find("#setup a[data-done=false]").Length(); items != 4 {
		t.Errorf("the owner has %d things to set up, not 4", items)
	}
	staff := alfa.SignInStaff().Get("/")
	if staff.Find(`#setup a[href="/settings/email/new"]`).Length() != 0 {
		t.Error("staff are sent to the owner's settings")
	}
}

func TestTheDayShowsAppointmentsAndUnreadMail(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.At(noon))
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	fill(alfa)
	page := alfa.SignInStaff().Get("/")
	for figure, want := range map[string]string{"appointments": "2", "remaining": "1", "unread": "1"} {
		if got := page.Text(`[data-figure="` + figure + `"] dd`); got != want {
			t.Errorf("%s: %q, not %q", figure, got, want)
		}
	}
	if rows := page.Find("#today li").Length(); rows != 2 {
		t.Errorf("%d appointments are listed", rows)
	}
	if text := page.Text("#unread .rows-title"); text != "<img src=x onerror=alert(1)>" {
		t.Errorf("the sender's name is not shown as text: %q", text)
	}
	if page.Find("#unread img").Length() != 0 {
		t.Error("the sender's name became an element")
	}
	if other := beta.SignInStaff().Get("/"); other.Find("#today li, #unread li").Length() != 0 {
		t.Error("the neighbour sees rows")
	}
}

// fill books two of today (one is past noon), one of tomorrow and one cancelled,
// and leaves one unread and one read conversation.
func fill(c *clinic.Clinic) {
	c.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with client as (insert into clients (id, first_name) values (gen_random_uuid(), 'Ana') returning id),
			provider as (insert into providers (id, name, color) values (gen_random_uuid(), 'Dr. Dobre', 'teal') returning id),
			service as (insert into services (id, name, duration) values (gen_random_uuid(), 'Control', 30) returning id),
			mailbox as (insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
				values (gen_random_uuid(), 'Desk', 'desk@alfa.example', 'h', 993, 'tls', 'h', 465, 'tls', 'u', '') returning id),
			booked as (insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until, status)
				select gen_random_uuid(), client.id, provider.id, service.id, at, at + interval '30 minutes', at, at + interval '30 minutes', status
				from client, provider, service, (values
					(timestamptz '2026-11-24 07:00Z', 'booked'), ('2026-11-24 14:00Z', 'booked'),
					('2026-11-24 15:00Z', 'cancelled'), ('2026-11-25 08:00Z', 'booked')) times (at, status))
			insert into conversations (id, mailbox_id, subject, contact_name, contact_address, last_message_at, unread)
			select gen_random_uuid(), mailbox.id, 'Hello', name, 'x@y.example', now(), unread
			from mailbox, (values ('<img src=x onerror=alert(1)>', true), ('Read', false)) contacts (name, unread)`)
		return err
	})
}

func TestASuperAdminGoesToTheConsole(t *testing.T) {
	t.Parallel()
	if answer := clinic.New(t).SuperAdmin().Get("/"); answer.Location() != "/admin" {
		t.Errorf("status %d, location %q", answer.Status, answer.Location())
	}
}
