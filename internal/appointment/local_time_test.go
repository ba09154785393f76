package appointment_test

import (
	"testing"
	"time"

	"frontdesk/internal/appointment"
	"frontdesk/internal/fault"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func TestHazard098ALocalTimeIsFoundAsOftenAsClocksShowIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		zone    string
		date    time.Time
		minute  int
		instant []string
	}{
		"an ordinary time":           {"Europe/Bucharest", date(2026, 11, 23), 9 * 60, []string{"2026-11-23T07:00:00Z"}},
		"skipped in spring":          {"Europe/Bucharest", date(2027, 3, 28), 3*60 + 30, nil},
		"the minute before the skip": {"Europe/Bucharest", date(2027, 3, 28), 2*60 + 59, []string{"2027-03-28T00:59:00Z"}},
		"the minute after the skip":  {"Europe/Bucharest", date(2027, 3, 28), 4 * 60, []string{"2027-03-28T01:00:00Z"}},
		"repeated in autumn":         {"Europe/Bucharest", date(2027, 10, 31), 3*60 + 30, []string{"2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"}},
		"after the repeated hour":    {"Europe/Bucharest", date(2027, 10, 31), 4 * 60, []string{"2027-10-31T02:00:00Z"}},
		"a midnight that is skipped": {"Africa/Cairo", date(2024, 4, 26), 30, nil},
		"half an hour's change":      {"Australia/Lord_Howe", date(2027, 4, 4), 105, []string{"2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"}},
		"far east":                   {"Pacific/Kiritimati", date(2026, 11, 23), 0, []string{"2026-11-22T10:00:00Z"}},
		"far west":                   {"Pacific/Pago_Pago", date(2026, 11, 23), 0, []string{"2026-11-23T11:00:00Z"}},
	} {
		found := appointment.Instants(want.date, want.minute, zone(t, want.zone))
		if len(found) != len(want.instant) {
			t.Errorf("%s: %v", name, found)
			continue
		}
		for i := range found {
			if got := found[i].UTC().Format(time.RFC3339); got != want.instant[i] {
				t.Errorf("%s: %s, not %s", name, got, want.instant[i])
			}
		}
	}
}

func TestHazard098AnAbsentTimeIsRefusedAndADoubledOneMustBeNamed(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	_, err := appointment.Instant(date(2027, 3, 28), 210, bucharest, appointment.Unsaid)
	if fault.FieldsOf(err)["time"] == "" {
		t.Errorf("an absent time: %v", err)
	}
	_, err = appointment.Instant(date(2027, 10, 31), 210, bucharest, appointment.Unsaid)
	if fault.FieldsOf(err)["occurrence"] == "" {
		t.Errorf("a doubled time: %v", err)
	}
	first, err := appointment.Instant(date(2027, 10, 31), 210, bucharest, appointment.First)
	if err != nil {
		t.Fatal(err)
	}
	second, err := appointment.Instant(date(2027, 10, 31), 210, bucharest, appointment.Second)
	if err != nil || second.Sub(first) != time.Hour {
		t.Errorf("%v and %v: %v", first, second, err)
	}
}

func TestADayBeginsAtItsFirstInstantAndHasTheHoursThatItHas(t *testing.T) {
	t.Parallel()
	bucharest, cairo := zone(t, "Europe/Bucharest"), zone(t, "Africa/Cairo")
	length := func(day time.Time, zone *time.Location) time.Duration {
		return appointment.DayStart(day.AddDate(0, 0, 1), zone).Sub(appointment.DayStart(day, zone))
	}
	if got := length(date(2027, 3, 28), bucharest); got != 23*time.Hour {
		t.Errorf("spring: %v", got)
	}
	if got := length(date(2027, 10, 31), bucharest); got != 25*time.Hour {
		t.Errorf("autumn: %v", got)
	}
	if got := appointment.DayStart(date(2024, 4, 26), cairo).Format("15:04"); got != "01:00" {
		t.Errorf("a day without midnight begins at %s", got)
	}
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
	var hours appointment.Hours
	for weekday := 1; weekday <= 5; weekday++ {
		hours[weekday] = []appointment.Span{{Starts: 9 * 60, Ends: 12 * 60}, {Starts: 13 * 60, Ends: 17 * 60}}
	}
	plan := appointment.Plan{StartsAt: at("2026-11-23 10:00"), Duration: 30 * time.Minute, BufferAfter: 10 * time.Minute}
	busy := []appointment.Busy{{From: at("2026-11-23 09:00"), Until: at("2026-11-23 11:10")}}
	found := appointment.FreeTimes(plan, &hours, busy, bucharest, at("2026-11-23 08:00"))
	var texts []string
	for _, free := range found {
		texts = append(texts, free.Format("15:04"))
		if !hours.Within(free, free.Add(40*time.Minute)) || free.Before(at("2026-11-23 11:10")) {
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
	var hours appointment.Hours
	hours[1] = []appointment.Span{{Starts: 9 * 60, Ends: 10 * 60}}
	wanted := time.Date(2026, 11, 23, 9, 0, 0, 0, bucharest)
	plan := appointment.Plan{StartsAt: wanted, Duration: time.Hour}
	busy := []appointment.Busy{{From: wanted, Until: wanted.Add(time.Hour)}}
	found := appointment.FreeTimes(plan, &hours, busy, bucharest, wanted.Add(-time.Hour))
	if len(found) != 3 || !found[0].Equal(wanted.AddDate(0, 0, 7)) {
		t.Errorf("%v", found)
	}
}
