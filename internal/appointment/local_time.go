package appointment

import (
	"time"

	"frontdesk/internal/fault"
)

// Occurrence tells apart the two instants of a local time that exists twice, on
// the night when clocks go back.
type Occurrence string

// The occurrences; Unsaid is a form that did not ask.
const (
	Unsaid Occurrence = ""
	First  Occurrence = "first"
	Second Occurrence = "second"
)

const minutesOfDay = 24 * 60

// farFromShift is further from a local time read as UTC than any offset reaches,
// so that the zone's offset there is the one before, or after, a shift.
const farFromShift = 26 * time.Hour

// Instants returns when clocks in the zone show a minute of a day: once as a rule,
// never for a time that clocks skip, twice, in order, for one that they repeat
// (hazard 98). Of date only the day counts.
func Instants(date time.Time, minute int, zone *time.Location) []time.Time {
	wall := time.Date(date.Year(), date.Month(), date.Day(), 0, minute, 0, 0, time.UTC)
	var found []time.Time
	for _, near := range []time.Duration{-farFromShift, farFromShift} {
		_, offset := wall.Add(near).In(zone).Zone()
		instant := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if shows(instant, wall) && (len(found) == 0 || !found[0].Equal(instant)) {
			found = append(found, instant)
		}
	}
	return found
}

func shows(instant, wall time.Time) bool {
	return instant.Hour() == wall.Hour() && instant.Minute() == wall.Minute() && instant.Day() == wall.Day()
}

// Instant returns the one instant of a local time. A time that does not exist is
// refused, and one that exists twice must come with its occurrence: what Go and
// Postgres would each choose is not what a person means.
func Instant(date time.Time, minute int, zone *time.Location, occurrence Occurrence) (time.Time, error) {
	found := Instants(date, minute, zone)
	switch {
	case len(found) == 0:
		return time.Time{}, fault.InvalidFields(map[string]string{"time": "appointment.time_absent"})
	case len(found) == 1 || occurrence == First:
		return found[0], nil
	case occurrence == Second:
		return found[1], nil
	}
	return time.Time{}, fault.InvalidFields(map[string]string{"occurrence": "appointment.time_twice"})
}

// DayStart returns the first instant of a local day: midnight, or what comes in
// its place where clocks skip midnight.
func DayStart(date time.Time, zone *time.Location) time.Time {
	for minute := 0; minute < minutesOfDay; minute += 15 {
		if found := Instants(date, minute, zone); len(found) > 0 {
			return found[0]
		}
	}
	return time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, zone)
}

// Day returns the calendar's day of an instant in its own zone, as midnight UTC,
// to which days are added by AddDate and never by 24 hours.
func Day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// MinuteOf returns the minutes that a clock shows past midnight.
func MinuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }

// ParseMinute reads HH:MM as minutes past midnight.
func ParseMinute(text string) (int, bool) {
	if len(text) != len("15:04") {
		return 0, false
	}
	t, err := time.Parse("15:04", text)
	return MinuteOf(t), err == nil
}

// weekday returns a day's number as ISO 8601 counts: Monday is 1, Sunday 7.
func weekday(date time.Time) int16 {
	return int16((int(date.Weekday())+6)%7) + 1
}
