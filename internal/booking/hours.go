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

// Span is working time of a day, in minutes past its midnight.
type Span struct{ Starts, Ends int }

// Hours are the working spans of each weekday, ISO 8601 from 1 to 7.
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

// Within reports whether a time lies inside working hours, as clocks of the zone
// show it. One that ends on another day does not, unless it ends at midnight.
func (h *Hours) Within(from, until time.Time, zone *time.Location) bool {
	date, last := localtime.DayOf(from, zone), localtime.DayOf(until, zone)
	starts, ends := localtime.MinuteOf(from, zone), localtime.MinuteOf(until, zone)
	if !date.Equal(last) {
		if ends != 0 || !date.AddDate(0, 0, 1).Equal(last) {
			return false
		}
		ends = localtime.MinutesOfDay
	}
	return slices.ContainsFunc(h[localtime.Weekday(date)], func(span Span) bool {
		return span.Starts <= starts && ends <= span.Ends
	})
}
