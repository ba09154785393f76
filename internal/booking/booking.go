// Package booking is what an appointment may be: who can be booked with whom, for
// how long, in which time, and what becomes of it. Every way in (a form, and later
// a series, an import, a visitor's page) writes appointments through it, on a
// transaction that it has open, and shows what comes back: a fault names the field
// at fault, a TakenError the time that cannot be had. It knows no HTTP.
package booking

import (
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
)

// The states of an appointment, in the order in which they usually come.
const (
	Booked    = "booked"
	Confirmed = "confirmed"
	Arrived   = "arrived"
	Completed = "completed"
	NoShow    = "no_show"
	Cancelled = "cancelled"
)

// Statuses are all states.
var Statuses = []string{Booked, Confirmed, Arrived, Completed, NoShow, Cancelled}

// FirstStatuses are those in which an appointment can begin.
var FirstStatuses = Statuses[:5]

// The bounds of an appointment, which the table has as well.
const (
	LeastDuration = 5 * time.Minute
	MostDuration  = 24 * time.Hour
	// MostNotes is in characters.
	MostNotes = 5000
)

// The days on which somebody can be booked: beyond them a year was mistyped.
var (
	firstDay = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// KnownDay reports whether a local day is one of the calendar's, which begins in
// 1970 and ends with 2199.
func KnownDay(date time.Time) bool { return !date.Before(firstDay) && !date.After(lastDay) }

// Request is an appointment as somebody asks for it.
type Request struct {
	ClientID, ProviderID, ServiceID uuid.UUID
	StartsAt                        time.Time
	// Duration is zero for as long as the service takes.
	Duration time.Duration
	// Status is empty for Booked.
	Status string
	Notes  string
}

// Plan is an appointment as it should stand.
type Plan struct {
	ClientID, ProviderID, ServiceID uuid.UUID
	StartsAt                        time.Time
	Duration                        time.Duration
	// The time that the provider needs before and after.
	BufferBefore, BufferAfter time.Duration
	Status                    string
	Notes                     string
}

// EndsAt is when the client leaves.
func (p Plan) EndsAt() time.Time { return p.StartsAt.Add(p.Duration) }

// OccupiedFrom is when the provider begins to be busy.
func (p Plan) OccupiedFrom() time.Time { return p.StartsAt.Add(-p.BufferBefore) }

// OccupiedUntil is when the provider is free again.
func (p Plan) OccupiedUntil() time.Time { return p.EndsAt().Add(p.BufferAfter) }

// overlaps reports whether the provider is busy with the plan at some time from
// one instant until before another. Times that touch do not overlap.
func (p Plan) overlaps(from, until time.Time) bool {
	return from.Before(p.OccupiedUntil()) && p.OccupiedFrom().Before(until)
}

func planOf(stored db.Appointment) Plan {
	return Plan{
		ClientID: stored.ClientID, ProviderID: stored.ProviderID, ServiceID: stored.ServiceID,
		StartsAt: stored.StartsAt, Duration: stored.EndsAt.Sub(stored.StartsAt),
		BufferBefore: stored.StartsAt.Sub(stored.OccupiedFrom), BufferAfter: stored.OccupiedUntil.Sub(stored.EndsAt),
		Status: stored.Status, Notes: stored.Notes,
	}
}

// planOf returns the plan that a request makes with what the service says.
func (r Request) planOf(facts db.BookingFactsRow) Plan {
	plan := Plan{
		ClientID: r.ClientID, ProviderID: r.ProviderID, ServiceID: r.ServiceID,
		StartsAt: r.StartsAt, Duration: r.Duration, Status: r.Status, Notes: r.Notes,
	}
	if plan.Duration == 0 {
		plan.Duration = time.Duration(facts.Duration) * time.Minute
	}
	if plan.Status == "" {
		plan.Status = Booked
	}
	plan.takeBuffers(facts)
	return plan
}

// takeBuffers gives the plan the buffers that its service has today.
func (p *Plan) takeBuffers(facts db.BookingFactsRow) {
	p.BufferBefore = time.Duration(facts.BufferBefore) * time.Minute
	p.BufferAfter = time.Duration(facts.BufferAfter) * time.Minute
}

// bounds says what no appointment may be, by field.
func (p Plan) bounds() error {
	rejected := map[string]string{}
	// A day of room: the instant of a local day lies up to 14 hours beside it.
	if p.StartsAt.Before(firstDay.AddDate(0, 0, -1)) || p.StartsAt.After(lastDay.AddDate(0, 0, 1)) {
		rejected["date"] = "appointment.date_range"
	}
	if p.Duration < LeastDuration || p.Duration > MostDuration || p.Duration%time.Minute != 0 {
		rejected["duration"] = "field.number_range"
	}
	if utf8.RuneCountInString(p.Notes) > MostNotes {
		rejected["notes"] = "field.too_long"
	}
	return invalid(rejected)
}

// invalid is a fault of the fields, or nil where nothing is wrong with any.
func invalid(rejected map[string]string) error {
	if len(rejected) == 0 {
		return nil
	}
	return fault.InvalidFields(rejected)
}
