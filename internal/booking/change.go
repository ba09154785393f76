package booking

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/localtime"
)

// Changes are what somebody says about an appointment that exists; nil stays as
// it is.
type Changes struct {
	ProviderID, ServiceID *uuid.UUID
	When                  When
	Duration              *time.Duration
	Status                *string
	Notes                 *string
	// Version is the one that the person looked at; 0 is the latest.
	Version int32
}

// When is a local time of which some is said; nil stays as it is. The zone of an
// empty one counts for nothing.
type When struct {
	Date   *time.Time
	Minute *int
	// Offset tells apart the two instants of a repeated time, as localtime.Offset
	// writes it.
	Offset string
	Zone   *time.Location
}

// StartsAt maps a whole local time. What is wrong stands at its field: a time that
// clocks skip is refused, and one that they repeat is asked about.
func (w When) StartsAt() (time.Time, error) {
	start, err := localtime.Instant(*w.Date, *w.Minute, w.Zone, w.Offset)
	switch {
	case errors.Is(err, localtime.ErrSkipped):
		return start, fault.InvalidFields(map[string]string{"time": "appointment.time_absent"})
	case errors.Is(err, localtime.ErrRepeated):
		return start, fault.InvalidFields(map[string]string{"time_offset": "appointment.time_twice"})
	}
	return start, err
}

// from returns when an appointment begins that began at stored. The instant is
// worked out anew only where the local time is another than the stored one, so
// that saving an appointment of the repeated hour does not move it.
func (w When) from(stored time.Time) (time.Time, error) {
	if w.Date == nil && w.Minute == nil && w.Offset == "" {
		return stored, nil
	}
	day, minute := localtime.DayOf(stored, w.Zone), localtime.MinuteOf(stored, w.Zone)
	date, clock := valueOr(w.Date, day), valueOr(w.Minute, minute)
	if date.Equal(day) && clock == minute && w.Offset == "" {
		return stored, nil
	}
	w.Date, w.Minute = &date, &clock
	return w.StartsAt()
}

// isLate reports whether the person looked at an earlier version than the stored one.
func (c Changes) isLate(stored db.Appointment) bool {
	return c.Version > 0 && c.Version < stored.Version
}

// applied returns what an appointment becomes.
func (c Changes) applied(stored db.Appointment) (Plan, error) {
	plan := planOf(stored)
	plan.ProviderID = valueOr(c.ProviderID, plan.ProviderID)
	plan.ServiceID = valueOr(c.ServiceID, plan.ServiceID)
	plan.Duration = valueOr(c.Duration, plan.Duration)
	plan.Status = valueOr(c.Status, plan.Status)
	plan.Notes = valueOr(c.Notes, plan.Notes)
	start, err := c.When.from(stored.StartsAt)
	if err != nil {
		return plan, err
	}
	plan.StartsAt = start
	if err := plan.bounds(); err != nil {
		return plan, err
	}
	return plan, allowed(stored, plan)
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
	case !slices.Contains(Statuses, plan.Status):
		return fault.InvalidFields(map[string]string{"status": "field.choose"})
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

// NextStatuses returns what a receptionist most likely records next.
func NextStatuses(status string) []string {
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
