package localtime_test

import (
	"errors"
	"testing"
	"time"

	"frontdesk/internal/localtime"
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
		found := localtime.Instants(want.date, want.minute, zone(t, want.zone))
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
	_, err := localtime.Instant(date(2027, 3, 28), 210, bucharest, "")
	if !errors.Is(err, localtime.ErrSkipped) {
		t.Errorf("an absent time: %v", err)
	}
	_, err = localtime.Instant(date(2027, 10, 31), 210, bucharest, "")
	if !errors.Is(err, localtime.ErrRepeated) {
		t.Errorf("a doubled time: %v", err)
	}
	first, err := localtime.Instant(date(2027, 10, 31), 210, bucharest, "+03:00")
	if err != nil {
		t.Fatal(err)
	}
	second, err := localtime.Instant(date(2027, 10, 31), 210, bucharest, "+02:00")
	if err != nil || second.Sub(first) != time.Hour {
		t.Errorf("%v and %v: %v", first, second, err)
	}
}

func TestADayBeginsAtItsFirstInstantAndHasTheHoursThatItHas(t *testing.T) {
	t.Parallel()
	bucharest, cairo := zone(t, "Europe/Bucharest"), zone(t, "Africa/Cairo")
	length := func(day time.Time, zone *time.Location) time.Duration {
		return localtime.DayStart(day.AddDate(0, 0, 1), zone).Sub(localtime.DayStart(day, zone))
	}
	if got := length(date(2027, 3, 28), bucharest); got != 23*time.Hour {
		t.Errorf("spring: %v", got)
	}
	if got := length(date(2027, 10, 31), bucharest); got != 25*time.Hour {
		t.Errorf("autumn: %v", got)
	}
	if got := localtime.DayStart(date(2024, 4, 26), cairo).Format("15:04"); got != "01:00" {
		t.Errorf("a day without midnight begins at %s", got)
	}
}

func TestADayWithoutAnyTimeGivesItsPlaceToTheNext(t *testing.T) {
	t.Parallel()
	apia := zone(t, "Pacific/Apia")
	from, until := localtime.DaySpan(date(2011, 12, 30), apia)
	if !from.Equal(until) || from.Format("2006-01-02 15:04") != "2011-12-31 00:00" {
		t.Errorf("the day that Samoa left out lasts from %v until %v", from, until)
	}
}

func TestTheFirstOfTwoIsTakenWhereNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	if first, err := localtime.First(date(2027, 10, 31), 210, bucharest); err != nil || localtime.Offset(first) != "+03:00" {
		t.Errorf("%v: %v", first, err)
	}
	if _, err := localtime.First(date(2027, 3, 28), 210, bucharest); !errors.Is(err, localtime.ErrSkipped) {
		t.Errorf("a skipped time: %v", err)
	}
}

func TestAnOffsetThatIsNeitherOfTheTwoChoosesNone(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	if _, err := localtime.Instant(date(2027, 10, 31), 210, bucharest, "+01:00"); !errors.Is(err, localtime.ErrRepeated) {
		t.Errorf("%v", err)
	}
	if at, err := localtime.Instant(date(2026, 11, 23), 540, bucharest, "+03:00"); err != nil || localtime.Offset(at) != "+02:00" {
		t.Errorf("an offset moved an ordinary time to %v: %v", at, err)
	}
}

func TestTimesOfDayAreReadAsPeopleAndFieldsWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ minute, end int }{
		"09:05": {545, 545}, "9:05": {545, 545}, "09:05:00": {545, 545}, "00:00": {0, 1440}, "24:00": {-1, 1440}, "23:59": {1439, 1439},
		"24:01": {-1, -1}, "25:00": {-1, -1}, "9am": {-1, -1}, "09:60": {-1, -1}, "09:05:30": {-1, -1}, "": {-1, -1}, "-1:00": {-1, -1}, "009:05": {-1, -1},
	} {
		if minute, ok := localtime.ParseMinute(text); ok != (want.minute >= 0) || ok && minute != want.minute {
			t.Errorf("%q is read as %d, %v", text, minute, ok)
		}
		if end, ok := localtime.ParseEnd(text); ok != (want.end >= 0) || ok && end != want.end {
			t.Errorf("%q ends at %d, %v", text, end, ok)
		}
	}
}

func TestHazard113TheNextTimeIsOfTheZonesClocks(t *testing.T) {
	t.Parallel()
	for _, want := range []struct{ zone, now, next string }{
		{"Europe/Bucharest", "2026-11-23T21:56:00Z", "2026-11-24T00:00:00+02:00"},
		{"Europe/Bucharest", "2026-11-23T08:00:00Z", "2026-11-23T10:30:00+02:00"},
		{"Europe/Bucharest", "2026-11-23T08:29:59.9Z", "2026-11-23T10:30:00+02:00"},
		// Over the hour that is left out, and through the one that comes twice.
		{"Europe/Bucharest", "2027-03-28T00:45:00Z", "2027-03-28T04:00:00+03:00"},
		{"Europe/Bucharest", "2027-10-31T00:45:00Z", "2027-10-31T03:00:00+02:00"},
		{"Asia/Kathmandu", "2026-11-23T01:00:00Z", "2026-11-23T07:00:00+05:45"},
		{"Asia/Kathmandu", "2026-11-23T18:14:00Z", "2026-11-24T00:00:00+05:45"},
		{"Asia/Kolkata", "2026-11-23T01:20:00Z", "2026-11-23T07:00:00+05:30"},
		{"Australia/Eucla", "2026-11-23T01:20:00Z", "2026-11-23T10:30:00+08:45"},
		{"Pacific/Chatham", "2026-11-23T10:00:00Z", "2026-11-24T00:00:00+13:45"},
		// Lord Howe's clocks go by half an hour.
		{"Australia/Lord_Howe", "2026-10-03T15:10:00Z", "2026-10-04T02:30:00+11:00"},
	} {
		now, err := time.Parse(time.RFC3339, want.now)
		if err != nil {
			t.Fatal(err)
		}
		if next := localtime.Next(now, 30, zone(t, want.zone)).Format(time.RFC3339); next != want.next {
			t.Errorf("after %s in %s comes %s", want.now, want.zone, next)
		}
	}
}

func TestASpanIsAsLongAsItsTimesCanBeRead(t *testing.T) {
	t.Parallel()
	bucharest := zone(t, "Europe/Bucharest")
	for _, want := range []struct {
		date         time.Time
		starts, ends int
		span         string
	}{
		{date(2026, 11, 23), 9 * 60, 17 * 60, "2026-11-23T09:00:00+02:00 2026-11-23T17:00:00+02:00"},
		{date(2026, 11, 23), 22 * 60, 30 * 60, "2026-11-23T22:00:00+02:00 2026-11-24T06:00:00+02:00"},
		{date(2027, 3, 28), 3 * 60, 3*60 + 30, "2027-03-28T04:00:00+03:00 2027-03-28T04:00:00+03:00"},
		{date(2027, 10, 31), 3 * 60, 3*60 + 30, "2027-10-31T03:00:00+03:00 2027-10-31T03:30:00+02:00"},
		{date(2027, 10, 30), 22 * 60, 27 * 60, "2027-10-30T22:00:00+03:00 2027-10-31T03:00:00+02:00"},
	} {
		from, until := localtime.Span(want.date, want.starts, want.ends, bucharest)
		if got := from.Format(time.RFC3339) + " " + until.Format(time.RFC3339); got != want.span {
			t.Errorf("%d to %d lasts %s", want.starts, want.ends, got)
		}
	}
}
