package appointment_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
)

func TestAnAppointmentIsBookedMovedConfirmedAndCancelled(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	address := p.book(with(p.fields("10:00"), "notes", "first visit"))
	if shown := p.browser.Get(address); !strings.Contains(shown.Text("[data-when]"), "10:00–10:30") || shown.Find(`[data-status="booked"]`).Length() != 1 {
		t.Fatalf("after booking: %s", shown.Text("#main"))
	}
	for _, change := range []url.Values{{"date": {"2026-11-24"}, "time": {"11:15"}}, {"status": {"confirmed"}}, {"duration": {"45"}}} {
		if answer := p.browser.Post(address, change); answer.Status != http.StatusSeeOther || answer.Location() != address {
			t.Fatalf("%v answered %d %q", change, answer.Status, answer.Location())
		}
	}
	shown := p.browser.Get(address)
	if when := shown.Text("[data-when]"); !strings.Contains(when, "24 Nov 2026, 11:15–12:00") {
		t.Errorf("moved to %q", when)
	}
	if shown.Find(`[data-status="confirmed"]`).Length() != 1 || !strings.Contains(shown.Text("dl"), "first visit") {
		t.Errorf("what the forms left out has changed: %s", shown.Text("dl"))
	}
	for range 2 {
		if answer := p.browser.Post(address+"/cancellation", nil); answer.Status != http.StatusSeeOther {
			t.Fatalf("cancelling answered %d", answer.Status)
		}
	}
	if answer := p.browser.Post(address, url.Values{"time": {"12:30"}}); answer.Status != http.StatusConflict {
		t.Errorf("moving a cancelled one answered %d", answer.Status)
	}
	p.book(with(p.fields("11:15"), "date", "2026-11-24"))
}

func TestATakenTimeIsAnsweredWithWhoIsInTheWayAndFreeTimes(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	p.book(p.fields("10:00"))
	key := uuid.NewString()
	answer := p.browser.Post("/appointments", with(p.fields("10:15"), "notes", "keep <this>", "_idempotency_key", key))
	if answer.Status != http.StatusConflict {
		t.Fatalf("status %d", answer.Status)
	}
	if by := answer.Text("[data-taken] li"); !strings.Contains(by, "10:00–10:30 · Ion Pop") {
		t.Errorf("in the way: %q", by)
	}
	if answer.Text(`textarea[name="notes"]`) != "keep <this>" || answer.Value(`input[name="time"]`) != "10:15" || answer.Value(`input[name="_idempotency_key"]`) != key {
		t.Error("what was typed is not in the form")
	}
	free := answer.Find("[data-free-time]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-free-time", "") })
	if len(free) < 3 || free[0] != "2026-11-23T10:30" && free[0] != "2026-11-23T09:45" {
		t.Fatalf("free times: %v", free)
	}
	for _, start := range free[:1] {
		p.book(with(p.fields("10:15"), "free_time", start, "_idempotency_key", key))
	}
}

func TestBuffersKeepTheProviderBusyAroundAnAppointment(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	buffered := p.addService("With room", 30, 10, 15).String()
	p.book(with(p.fields("10:00"), "service_id", buffered))
	for clock, status := range map[string]int{"09:30": http.StatusConflict, "10:30": http.StatusConflict, "09:20": http.StatusSeeOther, "10:45": http.StatusSeeOther} {
		if answer := p.browser.Post("/appointments", p.fields(clock)); answer.Status != status {
			t.Errorf("%s answered %d", clock, answer.Status)
		}
	}
}

func TestWhatIsWrongWithABookingIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	narrow := p.addProvider("Dr. Narrow")
	p.Execute("update providers set all_services = false where id = $1", narrow)
	gone := p.addProvider("Dr. Gone")
	p.Execute("update providers set active = false where id = $1", gone)
	for name, wrong := range map[string][2]string{
		"no client": {"client_id", ""}, "unknown client": {"client_id", uuid.NewString()}, "no id": {"client_id", "7"},
		"unknown provider": {"provider_id", uuid.NewString()}, "inactive provider": {"provider_id", gone.String()},
		"unknown service": {"service_id", uuid.NewString()}, "no date": {"date", ""}, "no such date": {"date", "2026-02-30"},
		"a year too far": {"date", "9999-01-01"}, "no time": {"time", ""}, "no such time": {"time", "25:00"}, "time with text": {"time", "9am"},
		"nothing long": {"duration", "0"}, "negative": {"duration", "-30"}, "over a day": {"duration", "1441"},
		"unknown status": {"status", "cancelled"}, "NUL": {"notes", "a\x00b"}, "no UTF-8": {"notes", "\xff"}, "10 kB": {"notes", strings.Repeat("x", 10_000)},
	} {
		answer := p.browser.Post("/appointments", with(p.fields("10:00"), wrong[0], wrong[1]))
		if said := answer.Find(`[data-error-summary] a[href="#` + wrong[0] + `"]`).Length(); answer.Status != http.StatusUnprocessableEntity || said != 1 {
			t.Errorf("%s: %d, %d messages", name, answer.Status, said)
		}
	}
	answer := p.browser.Post("/appointments", with(p.fields("10:00"), "provider_id", narrow.String()))
	if answer.Status != http.StatusUnprocessableEntity || answer.Find("#service_id-error").Length() != 1 {
		t.Errorf("a service that is not given: %d", answer.Status)
	}
	if p.count() != 0 {
		t.Errorf("%d rows", p.count())
	}
}

func TestHazard068HostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	for _, hostile := range []string{`<img src=x onerror=alert(1)>`, `{{.}}`, `" hx-get=/logout hx-trigger=load`, `%_\'$1$$`} {
		p.Execute("update clients set first_name = $1", hostile)
		address := p.book(with(p.fields("10:00"), "notes", hostile))
		shown := p.browser.Get(address)
		if !strings.Contains(shown.Text("dl"), hostile) || shown.Find("img, [hx-get='/logout']").Length() != 0 {
			t.Errorf("%q is shown as %q", hostile, shown.Text("dl"))
		}
		if day := p.browser.Get("/calendar?date=" + day); !strings.Contains(day.Text(".tile-title"), hostile) || day.Find("#calendar img").Length() != 0 {
			t.Errorf("%q in the calendar: %q", hostile, day.Text(".tile-title"))
		}
		p.browser.Post(address+"/cancellation", nil)
	}
}

func TestOutsideWorkingHoursIsAllowedWithAWarning(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	if shown := p.browser.Get(p.book(p.fields("20:00"))); shown.Find(".notice-warning").Length() != 1 {
		t.Error("nothing warns of an appointment at night")
	}
	if shown := p.browser.Get(p.book(p.fields("16:30"))); shown.Find(".notice-warning").Length() != 0 {
		t.Error("a warning at the end of working hours")
	}
}

func TestHazard098TimesThatDoNotExistOrExistTwiceAreAskedAbout(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	absent := p.browser.Post("/appointments", with(p.fields("03:30"), "date", "2027-03-28"))
	if absent.Status != http.StatusUnprocessableEntity || absent.Find("#time-error").Length() != 1 {
		t.Errorf("an absent time answered %d", absent.Status)
	}
	twice := with(p.fields("03:30"), "date", "2027-10-31")
	asked := p.browser.Post("/appointments", twice)
	if asked.Status != http.StatusUnprocessableEntity || asked.Find(`select[name="time_offset"] option`).Length() != 3 ||
		!strings.Contains(asked.Text(`select[name="time_offset"]`), "UTC+03:00") || !strings.Contains(asked.Text(`select[name="time_offset"]`), "UTC+02:00") {
		t.Errorf("a doubled time answered %d: %s", asked.Status, asked.Text(`select[name="time_offset"]`))
	}
	first := p.browser.Get(p.book(with(twice, "time_offset", "+03:00"))).Text("[data-when]")
	second := p.browser.Get(p.book(with(twice, "time_offset", "+02:00"))).Text("[data-when]")
	if !strings.Contains(first, "EEST") || !strings.Contains(second, "EET") {
		t.Errorf("%q and %q", first, second)
	}
	shown := p.browser.Get("/calendar?date=2027-10-31")
	if shown.Find(".tile").Length() != 2 || shown.Find(".tile.at-42.lanes-2").Length() != 2 {
		t.Errorf("the doubled hour shows %d", shown.Find(".tile").Length())
	}
}

func TestHazard072AStaleFormIsAnsweredWithBothValues(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	address := p.book(with(p.fields("10:00"), "notes", "first"))
	p.browser.Post(address, url.Values{"notes": {"theirs"}, "version": {"1"}})
	answer := p.browser.Post(address, url.Values{"notes": {"mine"}, "version": {"1"}})
	if answer.Status != http.StatusConflict || answer.Text(`textarea[name="notes"]`) != "mine" || !strings.Contains(answer.Text("[data-stored]"), "theirs") {
		t.Fatalf("%d: %s", answer.Status, answer.Text("#appointment-form"))
	}
	if version := answer.Value(`input[name="version"]`); version != "2" {
		t.Errorf("the form carries version %s", version)
	}
	if answer := p.browser.Post(address, url.Values{"notes": {"mine"}, "version": {"2"}}); answer.Status != http.StatusSeeOther {
		t.Errorf("the second try answered %d", answer.Status)
	}
}

func TestHazard017AnotherClinicsRowsCannotBeBookedSeenOrChanged(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.At(morning))
	alfa, beta := practiceIn(t, world, "alfa"), practiceIn(t, world, "beta")
	theirs := beta.book(beta.fields("10:00"))
	for field, id := range map[string]uuid.UUID{"client_id": beta.client, "provider_id": beta.provider, "service_id": beta.service} {
		if answer := alfa.browser.Post("/appointments", with(alfa.fields("10:00"), field, id.String())); answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("booking with another clinic's %s answered %d", field, answer.Status)
		}
		if field != "service_id" {
			if answer := alfa.browser.Get("/appointments/new?" + field + "=" + id.String()); answer.Status != http.StatusNotFound {
				t.Errorf("the form for another clinic's %s answered %d", field, answer.Status)
			}
		}
	}
	mine := alfa.book(alfa.fields("10:00"))
	if answer := alfa.browser.Post(mine, url.Values{"provider_id": {beta.provider.String()}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("moving to another clinic's provider answered %d", answer.Status)
	}
	unknown := "/appointments/" + uuid.NewString()
	for _, address := range []string{theirs, unknown, "/appointments/7"} {
		for _, path := range []string{address, address + "/edit"} {
			if answer := alfa.browser.Get(path); answer.Status != http.StatusNotFound {
				t.Errorf("GET %s answered %d", path, answer.Status)
			}
		}
		for _, path := range []string{address, address + "/cancellation"} {
			if answer := alfa.browser.Post(path, url.Values{"notes": {"x"}}); answer.Status != http.StatusNotFound {
				t.Errorf("POST %s answered %d", path, answer.Status)
			}
		}
	}
	if shown := alfa.browser.Get("/calendar?view=agenda&date=" + day); shown.Find(`li[id^="appointment-"]`).Length() != 1 {
		t.Error("the agenda shows another clinic's rows")
	}
	if found := alfa.browser.Fragment("/appointments/clients?client_id=" + beta.client.String()); found.Find(`input[name="client_id"]`).Length() != 1 {
		t.Error("the search shows another clinic's client")
	}
}

func TestClientsAreFoundWhileOneTypesAndWithoutScript(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	p.addClient("Maria", "Stan")
	if found := p.browser.Fragment("/appointments/clients?client_query=stan"); found.Find(`input[name="client_id"]`).Length() != 1 {
		t.Errorf("found %s", found.Text("label"))
	}
	answer := p.browser.Post("/appointments", url.Values{"client_query": {"maria"}, "find_client": {"1"}, "notes": {"kept"}})
	if answer.Status != http.StatusOK || answer.Find(`input[name="client_id"]`).Length() != 1 || answer.Text(`textarea[name="notes"]`) != "kept" {
		t.Errorf("%d: %s", answer.Status, answer.Text("label"))
	}
}
