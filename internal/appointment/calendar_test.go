package appointment_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

func TestEachViewShowsTheDaysAppointments(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	id := strings.TrimPrefix(p.book(p.fields("10:00")), "/appointments/")
	cancelled := p.book(p.fields("12:00"))
	p.browser.Post(cancelled+"/cancellation", nil)
	for _, view := range []string{"day", "week", "agenda"} {
		shown := p.browser.Get("/calendar?view=" + view + "&date=" + day)
		if shown.Status != http.StatusOK || shown.Find("#appointment-"+id).Length() != 1 || !strings.Contains(shown.Text("#appointment-"+id), "Ion Pop") {
			t.Errorf("%s: %d", view, shown.Status)
		}
	}
	month := p.browser.Get("/calendar?view=month&date=2026-11-01")
	if count := month.Text(`td[data-date="` + day + `"] [data-count]`); count != "1" {
		t.Errorf("the month counts %q", count)
	}
	today := p.browser.Get("/calendar")
	if today.Find("#appointment-"+id).HasClass("at-120") != true || !today.Find("#appointment-"+id).HasClass("span-6") || today.Find("[data-now]").Length() != 0 {
		t.Errorf("the day: %s", today.Text(".day"))
	}
	if slots := today.Find(".day-slot").Length(); slots != 15 {
		t.Errorf("%d free half hours of 15", slots)
	}
}

func TestTheFragmentOfTheCalendarIsThePagesOwnPiece(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	fragment := p.browser.Fragment("/calendar?view=day")
	if fragment.Find("#calendar").Length() != 1 || fragment.Find("nav.nav").Length() != 0 {
		t.Error("htmx was not answered with the calendar alone")
	}
	if next := fragment.Find(`[hx-target="#calendar"][hx-push-url="true"] a[hx-get][href="/calendar?view=day&date=2026-11-24"]`); next.Length() != 1 {
		t.Error("no link leads to the next day")
	}
}

func TestAnEmptyClinicIsToldToAddAProvider(t *testing.T) {
	t.Parallel()
	browser := clinic.New(t).Clinic("alfa").SignInStaff()
	if shown := browser.Get("/calendar"); shown.Find(`.empty a[href="/providers/new"]`).Length() != 1 {
		t.Error("nothing says what to do next")
	}
	if answer := browser.Get("/appointments/new"); answer.Status != http.StatusOK {
		t.Errorf("the form of an empty clinic answered %d", answer.Status)
	}
}

func TestHazard018ACalendarAddressThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	browser := newPractice(t, "alfa").browser
	for _, query := range []string{"view=year", "date=tomorrow", "date=2026-02-30", "date=9999-01-01", "date=2026-11-23%00"} {
		if answer := browser.Get("/calendar?" + query); answer.Status != http.StatusBadRequest {
			t.Errorf("%s answered %d", query, answer.Status)
		}
	}
}

func TestAPhoneSeesTheListWhenTheColumnsDoNotFit(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	view := func() string {
		request := p.browser.Request(http.MethodGet, "/calendar", nil)
		request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Mobile/15E148")
		return p.browser.Do(request).Find("#calendar").AttrOr("data-view", "")
	}
	if got := view(); got != "day" {
		t.Errorf("one provider: %s", got)
	}
	p.addProvider("Dr. B")
	p.addProvider("Dr. C")
	if got := view(); got != "agenda" {
		t.Errorf("three providers: %s", got)
	}
}

func TestHazard100TodayIsTheClinicsDay(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC)
	p := practiceIn(t, clinic.New(t, clinic.At(late)), "alfa")
	if got := p.browser.Get("/calendar").Find("#calendar").AttrOr("data-date", ""); got != "2026-11-24" {
		t.Errorf("at 00:30 in Bucharest today is %s", got)
	}
}

func TestHazard098DaysOf23And25HoursShowClockTimes(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	p.book(with(p.fields("02:30"), "date", "2027-03-28", "duration", "60"))
	p.book(with(p.fields("10:00"), "date", "2027-03-28"))
	spring := p.browser.Get("/calendar?date=2027-03-28")
	if spring.Find(".tile.at-30.span-24").Length() != 1 || spring.Find(".tile.at-120.span-6").Length() != 1 {
		t.Errorf("spring: %s", spring.Find(".day-column").Text())
	}
	if spring.Find(".is-blocked").Length() != 2 {
		t.Errorf("%d half hours are marked as skipped", spring.Find(".is-blocked").Length())
	}
	p.book(with(p.fields("22:00"), "date", "2027-10-31", "duration", "180"))
	if autumn := p.browser.Get("/calendar?date=2027-10-31"); autumn.Find(".tile.at-264.span-24").Length() != 1 {
		t.Error("autumn: an evening appointment does not end at midnight")
	}
	if after := p.browser.Get("/calendar?date=2027-11-01"); after.Find(".tile.at-0.span-12").Length() != 1 {
		t.Error("the rest of a night does not show on the next day")
	}
}

func TestADayIsReadByItsIndexUnderThePolicy(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	p.Execute(`insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until, status)
		select gen_random_uuid(), $1, $2, $3, at, at + interval '30 minutes', at, at + interval '30 minutes', 'cancelled'
		from unnest(array(select timestamptz '2020-01-01' + n * interval '30 minutes' from generate_series(1, 6000) as n)) as at`,
		p.client, p.provider, p.service)
	p.Do(func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Raw().Query(ctx, `explain select appointments.id from appointments
			where appointments.starts_at >= timestamptz '2020-03-01' and appointments.starts_at < timestamptz '2020-03-03'
			and appointments.ends_at > timestamptz '2020-03-02' order by appointments.starts_at, appointments.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		plan := ""
		for rows.Next() {
			line := ""
			if err := rows.Scan(&line); err != nil {
				return err
			}
			plan += line + "\n"
		}
		if !strings.Contains(plan, "appointments_day") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("the day's plan:\n%s", plan)
		}
		return rows.Err()
	})
}
