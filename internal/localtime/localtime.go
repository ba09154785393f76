// Package localtime maps what a clinic's clocks show to instants, and back. Nobody
// else does: of a time that clocks repeat or skip, Go, Postgres and RFC 5545 each
// make something else, and none of it is what a person means.
//
// A local day is midnight UTC of its date. Days are added to it by AddDate, never
// by 24 hours: a day of the clinic may have 23 or 25.
package localtime

import (
	"errors"
	"time"
)

// ErrSkipped is said of a local time that does not exist: clocks jump over it.
var ErrSkipped = errors.New("localtime: clocks skip this time")

// ErrRepeated is said of a local time that exists twice, where nobody has said
// which is meant.
var ErrRepeated = errors.New("localtime: clocks show this time twice")

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

// Instant returns the one instant of a local time that a person has given. offset
// is their choice between the two of a repeated time, as Offset writes it, and
// counts for no other. The errors are ErrSkipped, and ErrRepeated where offset is
// neither of the two.
func Instant(date time.Time, minute int, zone *time.Location, offset string) (time.Time, error) {
	found := Instants(date, minute, zone)
	switch len(found) {
	case 0:
		return time.Time{}, ErrSkipped
	case 1:
		return found[0], nil
	}
	for _, instant := range found {
		if Offset(instant) == offset {
			return instant, nil
		}
	}
	return time.Time{}, ErrRepeated
}

// First returns the instant of a local time that a rule gives and nobody can be
// asked about: the first of two, as RFC 5545 (3.3.5) reads it. A time that clocks
// skip is ErrSkipped.
func First(date time.Time, minute int, zone *time.Location) (time.Time, error) {
	found := Instants(date, minute, zone)
	if len(found) == 0 {
		return time.Time{}, ErrSkipped
	}
	return found[0], nil
}

// Offset is an instant's offset from UTC in its own zone, as ISO 8601 writes it:
// "+02:00".
func Offset(t time.Time) string { return t.Format("-07:00") }

// Next returns the first instant after t at which clocks in the zone show a whole number
// of units, in minutes that divide an hour. Instants are counted and not minutes of a day,
// so that it is right before midnight, over a change of clocks, and in zones that lie by a
// part of an hour beside UTC (hazard 113).
func Next(t time.Time, unit int, zone *time.Location) time.Time {
	next := t.In(zone).Truncate(time.Minute).Add(time.Minute)
	for next.Minute()%unit != 0 {
		next = next.Add(time.Minute)
	}
	return next
}

// DayOf returns the local day on which an instant lies.
func DayOf(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// ParseDay reads YYYY-MM-DD as a local day.
func ParseDay(text string) (time.Time, bool) {
	date, err := time.Parse(time.DateOnly, text)
	return date, err == nil
}

// DayStart returns the first instant of a local day: midnight, or what comes in
// its place where clocks skip midnight. A zone that left out the whole day (Samoa,
// 30 December 2011) has its next day begin there.
func DayStart(date time.Time, zone *time.Location) time.Time {
	for minute := 0; minute < MinutesOfDay; minute += 15 {
		if start, err := First(date, minute, zone); err == nil {
			return start
		}
	}
	return DayStart(date.AddDate(0, 0, 1), zone)
}

// DaySpan returns the instants at which a local day begins and the next one does.
func DaySpan(date time.Time, zone *time.Location) (from, until time.Time) {
	return DayStart(date, zone), DayStart(date.AddDate(0, 0, 1), zone)
}

// Span returns the instants from which and until which clocks in the zone show the minutes
// of a day from starts until before ends, which lies on the next day beyond MinutesOfDay.
// It is as long as it can be read: from the first of two times until the second, and from
// or until the shift where clocks skip the time.
func Span(date time.Time, starts, ends int, zone *time.Location) (from, until time.Time) {
	return edges(date, starts, zone)[0], edges(date, ends, zone)[1]
}

// edges are the first and the last instant of a local time; the shift in place of one
// that clocks skip.
func edges(date time.Time, minute int, zone *time.Location) [2]time.Time {
	date, minute = date.AddDate(0, 0, minute/MinutesOfDay), minute%MinutesOfDay
	if found := Instants(date, minute, zone); len(found) > 0 {
		return [2]time.Time{found[0], found[len(found)-1]}
	}
	wall := time.Date(date.Year(), date.Month(), date.Day(), 0, minute, 0, 0, time.UTC)
	_, before := wall.Add(-farFromShift).In(zone).Zone()
	shift, _ := wall.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	return [2]time.Time{shift, shift}
}

// ChangesClocks is true for a day that has not 24 hours.
func ChangesClocks(date time.Time, zone *time.Location) bool {
	from, until := DaySpan(date, zone)
	return until.Sub(from) != 24*time.Hour
}

// Weekday returns a day's number as ISO 8601 counts: Monday is 1, Sunday 7.
func Weekday(date time.Time) int { return (int(date.Weekday())+6)%7 + 1 }
