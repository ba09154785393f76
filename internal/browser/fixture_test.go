package browser_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// fixture is a clinic that is ready for work: it has a provider, a service and a
// client, Maria Popescu, and another one.
type fixture struct {
	*clinic.Clinic
	owner                              *clinic.Browser
	provider, service, client, mailbox string
}

func newFixture(t *testing.T, world *clinic.World, slug string) *fixture {
	t.Helper()
	f := &fixture{Clinic: world.Clinic(slug)}
	f.owner = f.SignInOwner()
	hours := url.Values{"name": {"Dr. Ana Ionescu"}, "color": {"teal"}, "all_services": {"true"}}
	for day := 1; day <= 7; day++ {
		hours.Set("starts_"+strconv.Itoa(day), "09:00")
		hours.Set("ends_"+strconv.Itoa(day), "17:00")
	}
	f.provider = f.create(t, "/providers", hours)
	f.service = f.create(t, "/services", url.Values{"name": {"Consultation"}, "duration": {"30"}})
	f.create(t, "/clients", url.Values{"first_name": {"Vlad"}, "last_name": {"Stan"}})
	f.client = f.create(t, "/clients", url.Values{"first_name": {"Maria"}, "last_name": {"Popescu"}, "email": {"maria@mail.example"}})
	return f
}

// create sends a noun's form and returns the address of what it made.
func (f *fixture) create(t *testing.T, address string, fields url.Values) string {
	t.Helper()
	fields.Set("_idempotency_key", f.owner.Get(address+"/new").Value(`[name="_idempotency_key"]`))
	answer := f.owner.Post(address, fields)
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("%s answered %d: %s", address, answer.Status, answer.Text("main"))
	}
	return answer.Location()
}

// addMailbox connects the clinic to mail servers of the test's own.
func (f *fixture) addMailbox(t *testing.T) mailServers {
	t.Helper()
	servers := newMailServers(t)
	f.mailbox = f.create(t, "/settings/email", url.Values{
		"name": {"Desk"}, "address": {"desk@" + f.Slug + ".example"},
		"imap_host": {servers.inbox.Host}, "imap_port": {strconv.Itoa(servers.inbox.TLSPort)}, "imap_security": {"tls"},
		"smtp_host": {servers.smtp.Host}, "smtp_port": {strconv.Itoa(servers.smtp.TLSPort)}, "smtp_security": {"tls"},
		"username": {servers.inbox.Username}, "password": {servers.inbox.Password},
	})
	return servers
}

// sync asks for the mail to be read now.
func (f *fixture) sync(t *testing.T) {
	t.Helper()
	if answer := f.owner.Post(f.mailbox+"/sync", nil); answer.Status != http.StatusSeeOther {
		t.Fatalf("sync answered %d", answer.Status)
	}
}

// fillDay books 40 appointments of Maria's on the day, five providers beside each
// other.
func (f *fixture) fillDay(day time.Time) {
	f.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with doctors as (insert into providers (id, name, color) select gen_random_uuid(), 'Dr. Number ' || n, 'blue' from generate_series(1, 5) n returning id),
			times as (select $1::timestamptz + n * interval '45 minutes' as at from generate_series(0, 7) n)
			insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
			select gen_random_uuid(), clients.id, doctors.id, services.id, at, at + interval '30 minutes', at, at + interval '30 minutes'
			from clients, doctors, services, times where clients.last_name = 'Popescu'`, time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, day.Location()))
		return err
	})
}

// bookAt books half an hour of Maria's at a full hour of the day.
func (f *fixture) bookAt(day time.Time, hour int) {
	f.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
			select gen_random_uuid(), clients.id, providers.id, services.id, $1, $1::timestamptz + interval '30 minutes', $1, $1::timestamptz + interval '30 minutes'
			from clients, providers, services where clients.last_name = 'Popescu' limit 1`, time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, day.Location()))
		return err
	})
}

// receiveMail makes a conversation that nobody has read, as if mail had come.
func (f *fixture) receiveMail() {
	f.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with mailbox as (
				insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
				values (gen_random_uuid(), 'Desk', 'desk@north.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00') returning id)
			insert into conversations (id, mailbox_id, subject, last_message_at) select gen_random_uuid(), id, 'A question', now() from mailbox`)
		return err
	})
}
