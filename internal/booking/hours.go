package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/localtime"
)

// Span is working time of a day, in minutes past its midnight. One that does not end
// after its start, such as from 22:00 to 06:00, ends on the next day.
type Span struct{ Starts, Ends int }

// on returns the instants of the span that begins on a local day.
func (s Span) on(date time.Time, zone *time.Location) Period {
	ends := s.Ends
	if ends <= s.Starts {
		ends += localtime.MinutesOfDay
	}
	from, until := localtime.Span(date, s.Starts, ends, zone)
	return Period{from, until}
}

// Hours are the working spans of each weekday, ISO 8601 from 1 to 7, in order.
type Hours [8][]Span

// HoursOf reads when a provider works. They stay known when the provider has left.
func HoursOf(ctx context.Context, queries *db.Queries, providerID uuid.UUID) (Hours, error) {
	rows, err := queries.BookingHoursList(ctx, providerID)
	if err != nil {
		return Hours{}, fmt.Errorf("read working hours: %w", err)
	}
	return hoursFrom(rows), nil
}

func hoursFrom(rows []db.BookingHoursListRow) Hours {
	var hours Hours
	for _, row := range rows {
		hours[row.Weekday] = append(hours[row.Weekday], Span{int(row.Starts), int(row.Ends)})
	}
	return hours
}

// Within reports whether a time lies inside working hours, as clocks of the zone show
// them. Spans that touch are one, at noon as at midnight (hazard 112).
func (h *Hours) Within(from, until time.Time, zone *time.Location) bool {
	return within(h.open(from, until, zone), from, until)
}

// open are the times of work that touch the days of a time, in order; those that touch
// each other are one.
func (h *Hours) open(from, until time.Time, zone *time.Location) []Period {
	var periods []Period
	first, last := localtime.DayOf(from, zone), localtime.DayOf(until, zone)
	// From the day before, whose last span may end on the first day.
	for date := first.AddDate(0, 0, -1); !date.After(last); date = date.AddDate(0, 0, 1) {
		for _, span := range h[localtime.Weekday(date)] {
			periods = joined(periods, span.on(date, zone))
		}
	}
	return periods
}

// joined appends a time to those before it, or makes the last of them longer.
func joined(periods []Period, next Period) []Period {
	if last := len(periods) - 1; last >= 0 && !next.From.After(periods[last].Until) {
		if next.Until.After(periods[last].Until) {
			periods[last].Until = next.Until
		}
		return periods
	}
	return append(periods, next)
}

func within(open []Period, from, until time.Time) bool {
	return slices.ContainsFunc(open, func(period Period) bool {
		return !from.Before(period.From) && !until.After(period.Until)
	})
}

// Joined returns a day's spans, given in order, with those as one that touch.
func Joined(spans []Span) []Span {
	var joined []Span
	for _, span := range spans {
		if last := len(joined) - 1; last >= 0 && span.Starts <= joined[last].Ends {
			joined[last].Ends = max(joined[last].Ends, span.Ends)
			continue
		}
		joined = append(joined, span)
	}
	return joined
}
