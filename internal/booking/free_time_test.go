package booking_test

import (
	"testing"
	"time"

	"frontdesk/internal/booking"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFreeTimesAreInsideHoursOverNothingBusyAndTheNearestFirst(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	at := func(text string) time.Time {
		parsed, err := time.ParseInLocation("2006-01-02 15:04", text, bucharest)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	var hours booking.Hours
	for weekday := 1; weekday <= 5; weekday++ {
		hours[weekday] = []booking.Span{{Starts: 9 * 60, Ends: 12 * 60}, {Starts: 13 * 60, Ends: 17 * 60}}
	}
	plan := booking.Plan{StartsAt: at("2026-11-23 10:00"), Duration: 30 * time.Minute, BufferAfter: 10 * time.Minute}
	busy := []booking.Period{{From: at("2026-11-23 09:00"), Until: at("2026-11-23 11:10")}}
	found := booking.FreeTimes(plan, &hours, busy, bucharest, at("2026-11-23 08:00"))
	var texts []string
	for _, free := range found {
		texts = append(texts, free.Format("15:04"))
		if !hours.Within(free, free.Add(40*time.Minute), bucharest) || free.Before(at("2026-11-23 11:10")) {
			t.Errorf("%v is not free", free)
		}
	}
	if len(texts) < 3 || texts[0] != "11:10" || texts[1] != "11:15" || texts[2] != "13:00" {
		t.Errorf("%v", texts)
	}
}

func TestFreeTimesGoOnToTheNextWorkingDay(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	var hours booking.Hours
	hours[1] = []booking.Span{{Starts: 9 * 60, Ends: 10 * 60}}
	wanted := time.Date(2026, 11, 23, 9, 0, 0, 0, bucharest)
	plan := booking.Plan{StartsAt: wanted, Duration: time.Hour}
	busy := []booking.Period{{From: wanted, Until: wanted.Add(time.Hour)}}
	found := booking.FreeTimes(plan, &hours, busy, bucharest, wanted.Add(-time.Hour))
	if len(found) != 3 || !found[0].Equal(wanted.AddDate(0, 0, 7)) {
		t.Errorf("%v", found)
	}
}
