package appointment_test

import (
	"testing"
	"time"

	"frontdesk/internal/testkit/clinic"
)

func TestHazard113TheFormNeverBeginsInThePast(t *testing.T) {
	t.Parallel()
	for _, want := range []struct{ zone, now, query, date, time string }{
		{"Europe/Bucharest", "2026-11-23T21:56:00Z", "", "2026-11-24", "00:00"},
		{"Europe/Bucharest", "2026-11-23T21:56:00Z", "?date=2026-11-23", "2026-11-24", "00:00"},
		{"Europe/Bucharest", "2026-11-23T21:56:00Z", "?time=00:00", "2026-11-24", "00:00"},
		{"Europe/Bucharest", "2026-11-23T08:10:00Z", "?time=10:00", "2026-11-24", "10:00"},
		{"Europe/Bucharest", "2026-11-23T08:10:00Z", "?time=10:15", "2026-11-23", "10:15"},
		{"Europe/Bucharest", "2026-11-23T08:10:00Z", "?date=2026-11-30", "2026-11-30", "10:30"},
		{"Europe/Bucharest", "2026-11-23T21:56:00Z", "?date=2026-11-30", "2026-11-30", "00:00"},
		// Whoever notes down what was, says so.
		{"Europe/Bucharest", "2026-11-23T08:10:00Z", "?date=2026-11-20&time=09:00", "2026-11-20", "09:00"},
		{"Europe/Bucharest", "2027-03-27T00:40:00Z", "?date=2027-03-28", "2027-03-28", "04:00"},
		{"Asia/Kathmandu", "2026-11-23T01:00:00Z", "", "2026-11-23", "07:00"},
		{"Asia/Kolkata", "2026-11-23T18:20:00Z", "", "2026-11-24", "00:00"},
		{"America/St_Johns", "2026-11-24T03:20:00Z", "", "2026-11-24", "00:00"},
	} {
		now, err := time.Parse(time.RFC3339, want.now)
		if err != nil {
			t.Fatal(err)
		}
		p := practiceIn(t, clinic.New(t, clinic.At(now)), "alfa")
		p.standIn(want.zone)
		form := p.browser.Get("/appointments/new" + want.query)
		if date, clock := form.Value(`[name="date"]`), form.Value(`[name="time"]`); date != want.date || clock != want.time {
			t.Errorf("at %s in %s, %q offers %s %s", want.now, want.zone, want.query, date, clock)
		}
	}
}

func TestHazard113InTheHourThatComesTwiceTheFormSaysWhichItOffers(t *testing.T) {
	t.Parallel()
	p := practiceIn(t, clinic.New(t, clinic.At(time.Date(2027, 10, 31, 0, 10, 0, 0, time.UTC))), "alfa")
	form := p.browser.Get("/appointments/new")
	if clock, offset := form.Value(`[name="time"]`), form.Find(`[name="time_offset"] option[selected]`).AttrOr("value", ""); clock != "03:30" || offset != "+03:00" {
		t.Errorf("it offers %s %s", clock, offset)
	}
}
