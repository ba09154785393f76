// Package appointment is a client's time with a provider: booking, moving,
// cancelling, and the calendar that shows it. Two appointments of one provider
// never overlap, buffers included: the database has the last word, and writers
// queue before it so that racers get a clear no instead of a deadlock.
package appointment

import (
	"slices"
	"time"

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

const (
	leastDuration = 5
	mostDuration  = 24 * 60
	mostNotes     = 5000
)

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

// Changes are what a form says about an appointment that exists; nil stays as it
// is.
type Changes struct {
	ProviderID, ServiceID *uuid.UUID
	// Date is the local day, Minute the minutes past its midnight.
	Date       *time.Time
	Minute     *int
	Occurrence Occurrence
	Duration   *time.Duration
	Status     *string
	Notes      *string
	// Version is the one that the person looked at; without it, the latest.
	Version *int32
}

// Apply returns what an appointment becomes. An instant is worked out anew only
// when the form's local time differs from the stored one, so that saving an
// appointment of the doubled hour does not move it.
func (c Changes) Apply(stored db.Appointment, zone *time.Location) (Plan, error) {
	plan := planOf(stored)
	plan.ProviderID = valueOr(c.ProviderID, plan.ProviderID)
	plan.ServiceID = valueOr(c.ServiceID, plan.ServiceID)
	plan.Duration = valueOr(c.Duration, plan.Duration)
	plan.Status = valueOr(c.Status, plan.Status)
	plan.Notes = valueOr(c.Notes, plan.Notes)
	local := stored.StartsAt.In(zone)
	date, minute := valueOr(c.Date, Day(local)), valueOr(c.Minute, MinuteOf(local))
	if !date.Equal(Day(local)) || minute != MinuteOf(local) || c.Occurrence != Unsaid {
		start, err := Instant(date, minute, zone, c.Occurrence)
		if err != nil {
			return plan, err
		}
		plan.StartsAt = start
	}
	return plan, allowed(stored, plan)
}

func planOf(stored db.Appointment) Plan {
	return Plan{
		ClientID: stored.ClientID, ProviderID: stored.ProviderID, ServiceID: stored.ServiceID,
		StartsAt: stored.StartsAt, Duration: stored.EndsAt.Sub(stored.StartsAt),
		BufferBefore: stored.StartsAt.Sub(stored.OccupiedFrom), BufferAfter: stored.OccupiedUntil.Sub(stored.EndsAt),
		Status: stored.Status, Notes: stored.Notes,
	}
}

func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// allowed refuses what the life of an appointment does not allow: a cancelled one
// has given its time away for good, and what has taken place cannot be cancelled.
func allowed(stored db.Appointment, plan Plan) error {
	switch {
	case stored.Status == Cancelled && (plan.Status != Cancelled || moved(stored, plan)):
		return fault.New(fault.Conflict, "appointment.is_cancelled")
	case stored.Status == Completed && plan.Status == Cancelled:
		return fault.New(fault.Conflict, "appointment.is_completed")
	}
	return nil
}

// moved reports whether the plan needs other time, of the same provider or another.
func moved(stored db.Appointment, plan Plan) bool {
	return !stored.StartsAt.Equal(plan.StartsAt) || stored.EndsAt.Sub(stored.StartsAt) != plan.Duration ||
		stored.ProviderID != plan.ProviderID || stored.ServiceID != plan.ServiceID
}

// nextStatuses returns what a receptionist most likely records next.
func nextStatuses(status string) []string {
	switch status {
	case Booked:
		return []string{Confirmed, Arrived, NoShow}
	case Confirmed:
		return []string{Arrived, NoShow}
	case Arrived:
		return []string{Completed}
	case NoShow:
		return []string{Arrived}
	}
	return nil
}

// Span is working time of a day, in minutes past its midnight.
type Span struct{ Starts, Ends int }

// Hours are the working spans of each weekday, ISO 8601 from 1 to 7.
type Hours [8][]Span

// Within reports whether a time lies inside working hours. One that ends on
// another day does not, unless it ends at midnight.
func (h *Hours) Within(from, until time.Time) bool {
	starts, ends := MinuteOf(from), MinuteOf(until)
	if !Day(from).Equal(Day(until)) {
		if ends != 0 || !Day(from).AddDate(0, 0, 1).Equal(Day(until)) {
			return false
		}
		ends = minutesOfDay
	}
	return slices.ContainsFunc(h[weekday(Day(from))], func(span Span) bool {
		return span.Starts <= starts && ends <= span.Ends
	})
}
