package booking_test

import (
	"testing"
	"time"

	"frontdesk/internal/booking"
)

func span(starts, ends int) booking.Span { return booking.Span{Starts: starts, Ends: ends} }

func everyDay(spans ...booking.Span) (hours booking.Hours) {
	for weekday := 1; weekday <= 7; weekday++ {
		hours[weekday] = spans
	}
	return hours
}

func TestHazard112SpansThatTouchAreOneAlsoOverMidnightAndAroundTheClock(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	round, halves := everyDay(span(0, 1440)), everyDay(span(540, 720), span(720, 1020))
	nights, parts := everyDay(span(1320, 360)), everyDay(span(0, 360), span(1320, 1440))
	var sunday booking.Hours
	sunday[7] = []booking.Span{span(1320, 360)}
	for name, want := range map[string]struct {
		hours  booking.Hours
		start  string
		length time.Duration
		within bool
	}{
		"around the clock over midnight":          {round, "2026-11-23 23:30", time.Hour, true},
		"around the clock for a day":              {round, "2026-11-23 12:00", 24 * time.Hour, true},
		"around the clock when clocks go back":    {round, "2027-10-31 00:00", 25 * time.Hour, true},
		"around the clock when they go forward":   {round, "2027-03-28 02:30", 2 * time.Hour, true},
		"over the noon at which spans touch":      {halves, "2026-11-23 11:30", time.Hour, true},
		"the whole of two spans":                  {halves, "2026-11-23 09:00", 8 * time.Hour, true},
		"beyond them":                             {halves, "2026-11-23 16:30", time.Hour, false},
		"before them":                             {halves, "2026-11-23 08:45", time.Hour, false},
		"a night":                                 {nights, "2026-11-23 22:00", 8 * time.Hour, true},
		"the end of a night":                      {nights, "2026-11-23 05:00", time.Hour, true},
		"the day after a night":                   {nights, "2026-11-23 05:30", time.Hour, false},
		"a night in two parts":                    {parts, "2026-11-23 23:30", time.Hour, true},
		"Sunday's night on Monday":                {sunday, "2026-11-23 05:00", time.Hour, true},
		"Monday's night, on which nobody works":   {sunday, "2026-11-23 22:00", time.Hour, false},
		"Sunday morning, before its night begins": {sunday, "2026-11-22 05:00", time.Hour, false},
	} {
		start, err := time.ParseInLocation("2006-01-02 15:04", want.start, bucharest)
		if err != nil {
			t.Fatal(err)
		}
		if got := want.hours.Within(start, start.Add(want.length), bucharest); got != want.within {
			t.Errorf("%s: within is %v", name, got)
		}
	}
}

func TestHazard112FreeTimesSkipNeitherNoonNorMidnight(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	for name, want := range map[string]struct {
		hours    booking.Hours
		wanted   time.Time
		earliest time.Time
	}{
		"noon":     {everyDay(span(540, 720), span(720, 1020)), time.Date(2026, 11, 23, 11, 0, 0, 0, bucharest), time.Date(2026, 11, 23, 11, 30, 0, 0, bucharest)},
		"midnight": {everyDay(span(0, 1440)), time.Date(2026, 11, 23, 23, 0, 0, 0, bucharest), time.Date(2026, 11, 23, 23, 30, 0, 0, bucharest)},
		"a night":  {everyDay(span(1320, 360)), time.Date(2026, 11, 23, 23, 0, 0, 0, bucharest), time.Date(2026, 11, 23, 23, 30, 0, 0, bucharest)},
		"its end":  {everyDay(span(1320, 360)), time.Date(2026, 11, 23, 4, 0, 0, 0, bucharest), time.Date(2026, 11, 23, 4, 30, 0, 0, bucharest)},
	} {
		plan := booking.Plan{StartsAt: want.wanted, Duration: time.Hour}
		busy := []booking.Period{{From: want.wanted.Add(-time.Hour), Until: want.wanted.Add(30 * time.Minute)}}
		found := booking.FreeTimes(plan, &want.hours, busy, bucharest, want.wanted.Add(-time.Hour))
		if len(found) == 0 || !found[0].Equal(want.earliest) {
			t.Errorf("%s: %v", name, found)
		}
		for _, start := range found {
			if !want.hours.Within(start, start.Add(time.Hour), bucharest) {
				t.Errorf("%s: %v is outside", name, start)
			}
		}
	}
}

func TestADaysSpansThatTouchAreShownAsOne(t *testing.T) {
	t.Parallel()
	joined := booking.Joined([]booking.Span{span(540, 735), span(735, 1020), span(1080, 1200)})
	if len(joined) != 2 || joined[0] != span(540, 1020) || joined[1] != span(1080, 1200) {
		t.Errorf("%v", joined)
	}
}
