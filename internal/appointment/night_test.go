package appointment_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/internal/testkit/clinic"
)

// 2026-11-29 is a Sunday, whose Monday is in the next week and whose Tuesday is in the next
// month.
func TestHazard111AnAppointmentOverMidnightIsShownOnEachDayThatItTouches(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	night := p.book(with(p.fields("23:30"), "date", "2026-11-29", "duration", "60"))
	long := p.book(with(p.fields("22:00"), "date", "2026-11-30", "duration", "300"))
	until := p.book(with(p.fields("23:00"), "date", "2026-12-05", "duration", "60"))
	for _, want := range []struct {
		address, date, selector string
		nights                  []string
	}{
		{"/calendar?view=day&date=", "2026-11-29", ".tile", []string{night}},
		{"/calendar?view=day&date=", "2026-11-30", ".tile", []string{night, long}},
		{"/calendar?view=day&date=", "2026-12-01", ".tile", []string{long}},
		{"/calendar?view=day&date=", "2026-12-05", ".tile", []string{until}},
		{"/calendar?view=day&date=", "2026-12-06", ".tile", nil},
		{"/calendar?view=agenda&date=", "2026-11-30", "main li a", []string{night, long, long, until}},
		{"/calendar?view=week&date=", "2026-11-29", `section[data-date="2026-11-29"] a`, []string{night}},
		{"/calendar?view=week&date=", "2026-11-30", `section[data-date="2026-11-30"] a`, []string{night, long}},
		{"/calendar?view=week&date=", "2026-11-30", `section[data-date="2026-12-01"] a`, []string{long}},
		{"/calendar?view=week&date=", "2026-11-30", `section[data-date="2026-12-06"] a`, nil},
	} {
		page := p.browser.Get(want.address + want.date)
		var found []string
		for _, link := range page.Find(want.selector).EachIter() {
			if href := link.AttrOr("href", ""); strings.HasPrefix(href, "/appointments/0") {
				found = append(found, href)
			}
		}
		if strings.Join(found, " ") != strings.Join(want.nights, " ") {
			t.Errorf("%s%s %s shows %d, not %d", want.address, want.date, want.selector, len(found), len(want.nights))
		}
		ids := map[string]bool{}
		for _, element := range page.Find("[id]").EachIter() {
			if id := element.AttrOr("id", ""); ids[id] {
				t.Errorf("%s%s has the id %s twice", want.address, want.date, id)
			} else {
				ids[id] = true
			}
		}
	}
	for date, count := range map[string]string{"2026-11-30": "2", "2026-12-01": "1", "2026-12-05": "1", "2026-12-06": ""} {
		if got := p.browser.Get("/calendar?view=month&date=2026-12-01").Text(`td[data-date="` + date + `"] [data-count]`); got != count {
			t.Errorf("the month counts %q on %s, not %q", got, date, count)
		}
	}
}

func TestHazard111AtSeventeenPastMidnightTheDayIsNotFree(t *testing.T) {
	t.Parallel()
	p := practiceIn(t, clinic.New(t, clinic.At(time.Date(2026, 11, 23, 22, 17, 0, 0, time.UTC))), "alfa")
	address := p.book(with(p.fields("23:00"), "duration", "240"))
	page := p.browser.Get("/")
	if page.Find(`#today a[href="`+address+`"]`).Length() != 1 || page.Text(`[data-figure="appointments"] dd`) != "1" {
		t.Errorf("today is %q", page.Text("#today"))
	}
	if text := page.Text("#today"); !strings.Contains(text, "Mon 23:00") {
		t.Errorf("it does not say which 23:00: %q", text)
	}
	// It ends at midnight, and nothing is left of it.
	p.browser.Post(address, with(nil, "duration", "60"))
	if page = p.browser.Get("/"); page.Text(`[data-figure="appointments"] dd`) != "0" {
		t.Errorf("what ended at midnight is still there: %q", page.Text("#today"))
	}
}
