package service_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/service"
	"frontdesk/internal/testkit/clinic"
)

// add makes a service through the form and returns its address.
func add(t *testing.T, browser *clinic.Browser, fields url.Values) string {
	t.Helper()
	answer := browser.Post("/services", fields)
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/services/") {
		t.Fatalf("adding %v answered %d %q: %s", fields, answer.Status, answer.Location(), answer.Text(".field-error"))
	}
	return answer.Location()
}

func TestPricesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"150": 15000, "150.5": 15050, "150,50": 15050, "0": 0, "0,05": 5, "1 150": 115000, "1.150,50": 115050, "1,150.50": 115050,
		"1\u00a0150,5": 115050, "1.234.567,89": -1, "1000000": 100000000,
		"1000000.01": -1, "1.150": -1, "1,150": -1, "-5": -1, "1e3": -1, "12.345": -1, "abc": -1, ".5": -1, "5.": -1, "5.,": -1, "٣": -1, "1,1,1.0": -1,
		strings.Repeat("9", 400): -1,
	} {
		got, problem := service.ParsePrice(text)
		if problem != "" {
			got = -1
		}
		if got != want {
			t.Errorf("%.20q is read as %d, want %d", text, got, want)
		}
	}
}

func TestAServiceIsAddedChangedAndTakenOutOfOffer(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	if href, _ := staff.Get("/services").Find(".empty a").Attr("href"); href != "/services/new" {
		t.Errorf("the empty list leads to %q", href)
	}
	location := add(t, staff, url.Values{"name": {"Consultation"}, "duration": {"45"}, "price": {"150,50"}, "buffer_after": {"10"}})
	row := staff.Get("/services").Text(`tr[id="service-` + strings.TrimPrefix(location, "/services/") + `"]`)
	for _, part := range []string{"Consultation", "45 min", "10 min after", "150.50"} {
		if !strings.Contains(row, part) {
			t.Errorf("the row %q lacks %q", row, part)
		}
	}
	form := staff.Get(location + "/edit")
	if form.Value("#price") != "150.50" || form.Value("#duration") != "45" || form.Value("#buffer_before") != "" {
		t.Errorf("the form has %q, %q, %q", form.Value("#price"), form.Value("#duration"), form.Value("#buffer_before"))
	}
	version := form.Value(`input[name="version"]`)
	if answer := staff.Post(location, url.Values{"name": {"Check-up"}, "duration": {"30"}, "version": {version}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("change answered %d", answer.Status)
	}
	for _, step := range []struct {
		path     string
		inactive int
	}{{"/deactivation", 1}, {"/deactivation", 1}, {"/activation", 0}} {
		if answer := staff.Post(location+step.path, nil); answer.Status != http.StatusSeeOther || answer.Location() != location {
			t.Fatalf("%s answered %d %q", step.path, answer.Status, answer.Location())
		}
		if got := staff.Get(location).Find("[data-inactive]").Length(); got != step.inactive {
			t.Errorf("after %s the page says %d", step.path, got)
		}
	}
}

func TestTwoOfferedServicesHaveTwoNames(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	first := add(t, staff, url.Values{"name": {"Visit"}, "duration": {"30"}})
	taken := staff.Post("/services", url.Values{"name": {"VISIT"}, "duration": {"45"}})
	if taken.Status != http.StatusUnprocessableEntity || taken.Text("#name-error") == "" || taken.Value("#duration") != "45" {
		t.Fatalf("a second one answered %d, %q", taken.Status, taken.Text("#name-error"))
	}
	other := add(t, staff, url.Values{"name": {"Other"}, "duration": {"30"}})
	if answer := staff.Post(other, url.Values{"name": {"visit"}, "duration": {"30"}, "version": {"1"}}); answer.Status != http.StatusUnprocessableEntity || answer.Text("#name-error") == "" {
		t.Errorf("renaming onto it answered %d", answer.Status)
	}
	staff.Post(first+"/deactivation", nil)
	add(t, staff, url.Values{"name": {"Visit"}, "duration": {"30"}})
	if answer := staff.Post(first+"/activation", nil); answer.Status != http.StatusConflict {
		t.Errorf("offering the first again answered %d", answer.Status)
	}
	add(t, world.Clinic("beta").SignInStaff(), url.Values{"name": {"Visit"}, "duration": {"30"}})
}

func TestBadValuesComeBackWithTheirMessages(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for _, bad := range []struct{ name, value string }{
		{"name", ""}, {"name", strings.Repeat("x", 201)}, {"name", "a\x00b"}, {"name", "a\xffb"}, {"duration", ""}, {"duration", "4"}, {"duration", "1441"},
		{"duration", "3e1"}, {"price", "-1"}, {"price", "lots"}, {"price", strings.Repeat("9", 10_000)}, {"buffer_before", "241"}, {"buffer_after", "-1"},
	} {
		fields := url.Values{"name": {"Visit"}, "duration": {"30"}}
		fields.Set(bad.name, bad.value)
		answer := staff.Post("/services", fields)
		if answer.Status != http.StatusUnprocessableEntity || answer.Text("#"+bad.name+"-error") == "" {
			t.Errorf("%s=%.10q answered %d", bad.name, bad.value, answer.Status)
		}
	}
}

func TestHazard015ANeighboursServiceIsAsUnknownAsNone(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	neighbour := world.Clinic("beta").SignInStaff()
	theirs := add(t, neighbour, url.Values{"name": {"Theirs"}, "duration": {"30"}})
	staff := world.Clinic("alfa").SignInStaff()
	nothing := "/services/" + uuid.Must(uuid.NewV7()).String()
	for _, below := range []string{"", "/edit"} {
		foreign, unknown := staff.Get(theirs+below), staff.Get(nothing+below)
		if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
			t.Errorf("GET %s: %d", below, foreign.Status)
		}
	}
	for _, below := range []string{"", "/deactivation", "/activation"} {
		fields := url.Values{"name": {"Taken"}, "duration": {"30"}, "version": {"1"}}
		foreign, unknown := staff.Post(theirs+below, fields), staff.Post(nothing+below, fields)
		if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
			t.Errorf("POST %s: %d", below, foreign.Status)
		}
	}
	if page := neighbour.Get(theirs); page.Text("h1") != "Theirs" || page.Find("[data-inactive]").Length() != 0 {
		t.Error("the neighbour's service has changed")
	}
	if staff.Get("/services").Find(`tr[id^="service-"]`).Length() != 0 {
		t.Error("the list shows a neighbour's service")
	}
	if answer := staff.Get("/services?after=x"); answer.Status != http.StatusBadRequest {
		t.Errorf("a forged cursor answered %d", answer.Status)
	}
}

func TestHazard068TextStaysTextInAServicesName(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for _, text := range []string{`<img src=x onerror=alert(1)>`, `" hx-get=/logout hx-trigger=load`, `{{.}}`, `100%_\`, `$1 O'Brien`} {
		location := add(t, staff, url.Values{"name": {text}, "duration": {"30"}})
		for _, path := range []string{location, "/services", location + "/edit", "/providers/new"} {
			if page := staff.Get(path); page.Status != http.StatusOK || page.Find(`[onerror], main img, [hx-get="/logout"]`).Length() != 0 {
				t.Errorf("%q became markup at %s (%d)", text, path, page.Status)
			}
		}
		if got := staff.Get(location).Find("h1").Text(); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

func TestHazard072FiveSubmitsOfOneFormMakeOneService(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	clinic.SubmitFive(t, staff, "/services", url.Values{"name": {"Once"}, "duration": {"30"}})
	if got := staff.Get("/services").Find(`tr[id^="service-"]`).Length(); got != 1 {
		t.Errorf("there are %d", got)
	}
}

func TestHazard072AStaleEditOfAServiceShowsBothValues(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	location := add(t, staff, url.Values{"name": {"Visit"}, "duration": {"30"}})
	staff.Post(location, url.Values{"name": {"Visit"}, "duration": {"45"}, "version": {"1"}})
	stale := staff.Post(location, url.Values{"name": {"Visit"}, "duration": {"60"}, "version": {"1"}})
	if stale.Status != http.StatusConflict || stale.Value("#duration") != "60" || !strings.Contains(stale.Text("#duration-hint"), "45") {
		t.Fatalf("%d %q %q", stale.Status, stale.Value("#duration"), stale.Text("#duration-hint"))
	}
	again := staff.Post(location, url.Values{"name": {"Visit"}, "duration": {"60"}, "version": {stale.Value(`input[name="version"]`)}})
	if again.Status != http.StatusSeeOther {
		t.Errorf("sent again: %d", again.Status)
	}
}

func TestOnlyWhatMeansSomethingElseIsShownAsStored(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	location := add(t, staff, url.Values{"name": {"Visit"}, "duration": {"30"}, "price": {"10"}})
	theirs := url.Values{"name": {"Their visit"}, "duration": {"30"}, "price": {"10"}, "version": {"1"}}
	if answer := staff.Post(location, theirs); answer.Status != http.StatusSeeOther {
		t.Fatalf("the first answered %d", answer.Status)
	}
	mine := url.Values{"name": {" My visit "}, "duration": {"030"}, "price": {"10,0"}, "buffer_before": {"0"}, "version": {"1"}}
	stale := staff.Post(location, mine)
	if stale.Status != http.StatusConflict || stale.Text("#name-hint") != "Stored now: Their visit" || stale.Find(".field-stored").Length() != 1 || stale.Value("#price") != "10,0" {
		t.Errorf("%d: %q", stale.Status, stale.Text("form"))
	}
}
