package appointment_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// farZones are clinics whose day is not the server's: far ahead, half an hour off, and
// behind. Each is looked at just after its midnight of 24 November 2026, and just before.
var farZones = map[string]struct{ justAfter, justBefore string }{
	"Pacific/Auckland":   {"2026-11-23T11:05:00Z", "2026-11-24T10:55:00Z"},
	"America/St_Johns":   {"2026-11-24T03:35:00Z", "2026-11-25T03:25:00Z"},
	"Pacific/Kiritimati": {"2026-11-23T10:05:00Z", "2026-11-24T09:55:00Z"},
	"Pacific/Pago_Pago":  {"2026-11-24T11:05:00Z", "2026-11-25T10:55:00Z"},
}

func TestHazard100TodayIsTheDayOfAClinicInAnyZoneInEveryViewAndOnTheDashboard(t *testing.T) {
	t.Parallel()
	for zone, at := range farZones {
		for _, instant := range []string{at.justAfter, at.justBefore} {
			now, err := time.Parse(time.RFC3339, instant)
			if err != nil {
				t.Fatal(err)
			}
			p := practiceIn(t, clinic.New(t, clinic.At(now)), "alfa")
			p.standIn(zone)
			p.book(with(p.fields("00:00"), "date", "2026-11-24"))
			p.book(with(p.fields("23:30"), "date", "2026-11-24"))
			p.book(with(p.fields("23:00"), "date", "2026-11-23"))
			p.book(with(p.fields("00:00"), "date", "2026-11-25"))
			for _, view := range []string{"", "?view=day", "?view=week", "?view=month"} {
				page := p.browser.Get("/calendar" + view)
				if got := page.Find("#calendar").AttrOr("data-date", ""); got != "2026-11-24" {
					t.Errorf("%s at %s: today of %q is %s", zone, instant, view, got)
				}
			}
			if tiles := p.browser.Get("/calendar?date=2026-11-24").Find(".day-column .tile").Length(); tiles != 2 {
				t.Errorf("%s at %s: the day shows %d appointments", zone, instant, tiles)
			}
			if today := p.browser.Get("/").Text(`[data-figure="appointments"] dd`); today != "2" {
				t.Errorf("%s at %s: the dashboard counts %s", zone, instant, today)
			}
		}
	}
}

// A clinic that moves, or whose zone was chosen wrongly: what was agreed on is an instant
// and stays, and its clock time is the new zone's.
func TestAClinicThatChangesItsZoneKeepsItsInstants(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	address := p.book(p.fields("10:00"))
	p.standIn("Europe/London")
	if when := p.browser.Get(address).Text("[data-when]"); !strings.Contains(when, "8:00") {
		t.Errorf("10:00 of Bucharest is shown as %q", when)
	}
	if tiles := p.browser.Get("/calendar?date=" + day).Find(".tile.at-96").Length(); tiles != 1 {
		t.Errorf("at 08:00 there are %d tiles", tiles)
	}
	if edit := p.browser.Get(address+"/edit").Find(`[name="time"]`).AttrOr("value", ""); !strings.HasPrefix(edit, "8:00") && !strings.HasPrefix(edit, "08:00") {
		t.Errorf("the form says %q", edit)
	}
	// It is as taken as before: 08:00 now, and 10:00 is free.
	if taken := p.browser.Post("/appointments", p.fields("08:00")); taken.Status == http.StatusSeeOther {
		t.Error("the same instant was booked twice")
	}
	p.book(p.fields("10:00"))
}

// standIn puts the clinic into another zone, as the console does.
func (p *practice) standIn(zone string) {
	p.t.Helper()
	if _, err := testkit.Connect(p.t, p.world.Database.SuperuserURL).Exec(p.t.Context(), "update tenants set timezone = $1 where id = $2", zone, p.ID); err != nil {
		p.t.Fatal(err)
	}
}

// Its form carries which of the two times it has, so that whoever only writes a note, or
// moves it and back, does not move it by an hour.
func TestHazard098AnAppointmentOfTheDoubledHourStaysWhichOfTheTwoItIs(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	for date, offset := range map[string]string{"2027-10-31": "+03:00", "2028-10-29": "+02:00"} {
		address := p.book(with(p.fields("03:30"), "date", date, "time_offset", offset))
		form := p.browser.Get(address + "/edit")
		if chosen := form.Find(`select[name="time_offset"] option[selected]`).AttrOr("value", ""); chosen != offset {
			t.Errorf("the form of %s says %q", offset, chosen)
		}
		when := p.browser.Get(address).Text("[data-when]")
		for _, change := range []url.Values{{"notes": {"called"}}, {"date": {date}, "time": {"05:00"}}, {"date": {date}, "time": {"03:30"}, "time_offset": {offset}}} {
			if answer := p.browser.Post(address, change); answer.Status != http.StatusSeeOther {
				t.Errorf("%v of %s answered %d", change, offset, answer.Status)
			}
		}
		if after := p.browser.Get(address).Text("[data-when]"); after != when {
			t.Errorf("%q has become %q", when, after)
		}
	}
}
