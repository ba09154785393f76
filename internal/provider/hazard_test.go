package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
)

func TestHazard015ANeighboursProviderIsAsUnknownAsNobody(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	neighbour := world.Clinic("beta").SignInStaff()
	theirs := add(t, neighbour, url.Values{"name": {"Theirs"}})
	staff := world.Clinic("alfa").SignInStaff()
	nobody := "/providers/" + uuid.Must(uuid.NewV7()).String()
	for _, below := range []string{"", "/edit"} {
		foreign, unknown := staff.Get(theirs+below), staff.Get(nobody+below)
		if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
			t.Errorf("GET %s: %d", below, foreign.Status)
		}
	}
	for _, below := range []string{"", "/deactivation", "/activation"} {
		fields := url.Values{"name": {"Taken"}, "version": {"1"}}
		foreign, unknown := staff.Post(theirs+below, fields), staff.Post(nobody+below, fields)
		if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
			t.Errorf("POST %s: %d", below, foreign.Status)
		}
	}
	if page := neighbour.Get(theirs); page.Text("h1") != "Theirs" || page.Find("[data-inactive]").Length() != 0 {
		t.Error("the neighbour's provider has changed")
	}
	if staff.Get("/providers").Find(`tr[id^="provider-"]`).Length() != 0 {
		t.Error("the list shows a neighbour's provider")
	}
	if answer := staff.Get("/providers?after=x"); answer.Status != http.StatusBadRequest {
		t.Errorf("a forged cursor answered %d", answer.Status)
	}
}

func TestHazard017ANeighboursServiceCannotBeGiven(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	theirs := addService(t, world.Clinic("beta").SignInStaff(), "Secret")
	staff := world.Clinic("alfa").SignInStaff()
	answer := staff.Post("/providers", url.Values{"name": {"X"}, "service_ids": {theirs}})
	unknown := staff.Post("/providers", url.Values{"name": {"X"}, "service_ids": {uuid.Must(uuid.NewV7()).String()}})
	if answer.Status != http.StatusUnprocessableEntity || answer.Text("#service_ids-error") != unknown.Text("#service_ids-error") {
		t.Errorf("answered %d %q", answer.Status, answer.Text("#service_ids-error"))
	}
	location := add(t, staff, url.Values{"name": {"Own"}})
	if answer := staff.Post(location, url.Values{"name": {"Own"}, "version": {"1"}, "service_ids": {theirs}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("an edit answered %d", answer.Status)
	}
	if got := staff.Get("/providers").Find(`tr[id^="provider-"]`).Length(); got != 1 {
		t.Errorf("there are %d providers", got)
	}
	if strings.Contains(staff.Get("/providers/new").Text("main"), "Secret") {
		t.Error("the form offers a neighbour's service")
	}
}

func TestHazard068TextStaysTextInAProvidersName(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for _, text := range []string{`<img src=x onerror=alert(1)>`, `" hx-get=/logout hx-trigger=load`, `{{.}}`, `100%_\`, `$1 O'Brien`} {
		location := add(t, staff, url.Values{"name": {text}})
		for _, path := range []string{location, "/providers", location + "/edit"} {
			if page := staff.Get(path); page.Status != http.StatusOK || page.Find(`[onerror], main img, [hx-get="/logout"]`).Length() != 0 {
				t.Errorf("%q became markup at %s (%d)", text, path, page.Status)
			}
		}
		if got := staff.Get(location).Find("h1").Text(); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
	for _, name := range []string{"name", "color", "starts_1", "all_services", "service_ids"} {
		for _, value := range []string{"a\x00b", "a\xffb", strings.Repeat("x", 10_000), "<img onerror>\r\nX: y"} {
			fields := url.Values{"name": {"Dr. Pop"}}
			fields.Set(name, value)
			if answer := staff.Post("/providers", fields); answer.Status != http.StatusUnprocessableEntity || answer.Find("[onerror]").Length() != 0 {
				t.Errorf("%s=%.10q answered %d", name, value, answer.Status)
			}
		}
	}
}

func TestHazard072FiveSubmitsOfOneFormMakeOneProvider(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	clinic.SubmitFive(t, staff, "/providers", url.Values{"name": {"Once"}})
	if got := staff.Get("/providers").Find(`tr[id^="provider-"]`).Length(); got != 1 {
		t.Errorf("there are %d", got)
	}
}

func TestAProviderWhomTheDatabaseRefusesIsNotSaidToBeSaved(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	location := add(t, staff, url.Values{"name": {"Dr. Pop"}})
	const unforeseen = "alter table providers add constraint unforeseen check (name <> 'Unforeseen')"
	world.Database.Execute(t, unforeseen)
	for _, path := range []string{"/providers", location} {
		answer := staff.Post(path, url.Values{"name": {"Unforeseen"}, "version": {"1"}})
		if answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s answered %d %s", path, answer.Status, answer.Location())
		}
	}
}

// The same hours and services, sent otherwise, are what is stored.
func TestHazard072AProvidersFormThatIsSentTwiceIsSavedOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	first, second := addService(t, staff, "First"), addService(t, staff, "Second")
	location := add(t, staff, url.Values{"name": {"Old"}})
	form := url.Values{
		"name": {"New"}, "color": {"#ff0000"}, "version": {"1"}, "all_services": {"false"}, "service_ids": {first, second},
		"starts_1": {"13:00", "09:00"}, "ends_1": {"17:00", "12:00"},
	}
	for _, change := range []func(){func() {}, func() {}, func() {
		form["service_ids"], form["starts_1"], form["ends_1"] = []string{second, first, first}, []string{"9:00", "", "13:00"}, []string{"12:00", "", "17:00"}
		form.Set("color", "red")
	}, func() { form.Del("color"); form.Del("starts_1"); form.Del("ends_1") }} {
		change()
		if answer := staff.Post(location, form); answer.Status != http.StatusSeeOther || answer.Location() != location {
			t.Fatalf("%v answered %d: %s", form, answer.Status, answer.Text("[role=alert]"))
		}
	}
	form["service_ids"] = []string{first}
	if answer := staff.Post(location, form); answer.Status != http.StatusConflict || answer.Text("#service_ids-hint") != "Stored now: First, Second" {
		t.Errorf("other services answered %d, %q", answer.Status, answer.Text("#service_ids-hint"))
	}
}

func TestHazard072AStaleEditOfAProviderShowsBothValues(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	location := add(t, staff, url.Values{"name": {"Old"}})
	staff.Post(location, url.Values{"name": {"First"}, "version": {"1"}, "starts_1": {"10:00"}, "ends_1": {"11:00"}})
	stale := staff.Post(location, url.Values{"name": {"Second"}, "version": {"1"}, "starts_1": {"12:00"}, "ends_1": {"13:00"}})
	if stale.Status != http.StatusConflict || stale.Value("#name") != "Second" || stale.Value(`[name="starts_1"]`) != "12:00" {
		t.Fatalf("%d %q %q", stale.Status, stale.Value("#name"), stale.Value(`[name="starts_1"]`))
	}
	for field, says := range map[string]string{
		"name": "Stored now: First", "color": "", "hours_1": "Stored now: 10:00–11:00", "hours_2": "", "service_ids": "",
	} {
		if said := stale.Text("#" + field + "-hint"); said != says {
			t.Errorf("below %s stands %q, not %q", field, said, says)
		}
	}
	again := staff.Post(location, url.Values{"name": {"Second"}, "version": {stale.Value(`input[name="version"]`)}})
	if again.Status != http.StatusSeeOther || staff.Get(location).Text("h1") != "Second" {
		t.Errorf("sent again: %d", again.Status)
	}
}
