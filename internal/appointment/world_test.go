package appointment_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// practice is a clinic in which somebody can be booked.
type practice struct {
	*clinic.Clinic
	t       testing.TB
	world   *clinic.World
	browser *clinic.Browser
	// provider works Monday to Friday 09:00 to 17:00 and gives every service.
	provider, service, client uuid.UUID
}

// A Monday, with the clock early on it.
const day = "2026-11-23"

var morning = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func newPractice(t testing.TB, slug string) *practice {
	t.Helper()
	return practiceIn(t, clinic.New(t, clinic.At(morning)), slug)
}

func practiceIn(t testing.TB, world *clinic.World, slug string) *practice {
	t.Helper()
	p := &practice{Clinic: world.Clinic(slug), t: t, world: world}
	p.provider, p.service, p.client = p.addProvider("Dr. Ana Ionescu"), p.addService("Consultation", 30, 0, 0), p.addClient("Ion", "Pop")
	p.browser = p.SignInStaff()
	return p
}

func (p *practice) addProvider(name string) uuid.UUID {
	p.t.Helper()
	id := uuid.Must(uuid.NewV7())
	p.Execute("insert into providers (id, name, color) values ($1, $2, 'teal')", id, name)
	p.Execute(`insert into provider_hours (id, provider_id, weekday, starts, ends)
		select gen_random_uuid(), $1, day, 540, 1020 from generate_series(1, 5) as day`, id)
	return id
}

func (p *practice) addService(name string, duration, before, after int) uuid.UUID {
	p.t.Helper()
	id := uuid.Must(uuid.NewV7())
	p.Execute("insert into services (id, name, duration, buffer_before, buffer_after) values ($1, $2, $3, $4, $5)", id, name, duration, before, after)
	return id
}

func (p *practice) addClient(first, last string) uuid.UUID {
	p.t.Helper()
	id := uuid.Must(uuid.NewV7())
	p.Execute("insert into clients (id, first_name, last_name, search_text) values ($1, $2, $3, lower($4))", id, first, last, first+" "+last)
	return id
}

// fields are a booking at a time of the practice's day.
func (p *practice) fields(clock string) url.Values {
	return url.Values{
		"client_id": {p.client.String()}, "provider_id": {p.provider.String()}, "service_id": {p.service.String()},
		"date": {day}, "time": {clock},
	}
}

// book makes an appointment and returns its address.
func (p *practice) book(fields url.Values) string {
	p.t.Helper()
	answer := p.browser.Post("/appointments", fields)
	if answer.Status != http.StatusSeeOther {
		p.t.Fatalf("booking answered %d: %s", answer.Status, answer.Text(".notice, .field-error"))
	}
	return answer.Location()
}

func (p *practice) count() (count int) {
	p.t.Helper()
	p.Do(func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select count(*) from appointments").Scan(&count)
	})
	return count
}

// with returns the fields with some changed.
func with(fields url.Values, pairs ...string) url.Values {
	changed := url.Values{}
	for name, values := range fields {
		changed[name] = values
	}
	for i := 0; i < len(pairs); i += 2 {
		changed.Set(pairs[i], pairs[i+1])
	}
	return changed
}
