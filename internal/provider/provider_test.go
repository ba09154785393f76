package provider_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/locale"
	"frontdesk/internal/provider"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// add makes a provider through the form and returns their address.
func add(t *testing.T, browser *clinic.Browser, fields url.Values) string {
	t.Helper()
	answer := browser.Post("/providers", fields)
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/providers/") {
		t.Fatalf("adding %v answered %d %q: %s", fields, answer.Status, answer.Location(), answer.Text(".field-error"))
	}
	return answer.Location()
}

// addService makes a service and returns its id.
func addService(t *testing.T, browser *clinic.Browser, name string) string {
	t.Helper()
	answer := browser.Post("/services", url.Values{"name": {name}, "duration": {"30"}})
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("service answered %d", answer.Status)
	}
	return strings.TrimPrefix(answer.Location(), "/services/")
}

// hours are a provider's week as the list says it.
func hours(browser *clinic.Browser, location string) string {
	return browser.Get("/providers").Text(`tr[id="provider-` + strings.TrimPrefix(location, "/providers/") + `"] .tabular`)
}

func TestOfAProviderANameIsEnough(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	if href, _ := staff.Get("/providers").Find(".empty a").Attr("href"); href != "/providers/new" {
		t.Errorf("the empty list leads to %q", href)
	}
	first := add(t, staff, url.Values{"name": {"Dr. Ana Pop"}})
	if got := hours(staff, first); got != "Mon–Fri 09:00–17:00" {
		t.Errorf("hours %q", got)
	}
	second := add(t, staff, url.Values{"name": {"Dr. Ion Rusu"}, "color": {""}})
	color := func(location string) string {
		return staff.Get(location + "/edit").Value(`input[name="color"][checked]`)
	}
	if color(first) != "teal" || color(second) != "blue" {
		t.Errorf("colours %q and %q", color(first), color(second))
	}
	if got := color(add(t, staff, url.Values{"name": {"Dr. Red"}, "color": {"#ff0000"}})); got != "red" {
		t.Errorf("#ff0000 became %q", got)
	}
	for path, version := range map[string]string{"/providers": "", first: "1"} {
		wrong := staff.Post(path, url.Values{"name": {""}, "color": {"#ff0000"}, "version": {version}})
		if got := wrong.Value(`input[name="color"][checked]`); wrong.Status != http.StatusUnprocessableEntity || got != "red" {
			t.Errorf("%s without a name answered %d with the colour %q", path, wrong.Status, got)
		}
	}
	page := staff.Get("/providers/new")
	if page.Value(`input[name="starts_1"]`) != "09:00" || page.Value(`input[name="ends_5"]`) != "17:00" || page.Value(`input[name="starts_6"]`) != "" {
		t.Error("the form does not begin with the usual hours")
	}
	if page.Value(`input[name="color"][checked]`) != "indigo" {
		t.Errorf("the form begins with %q", page.Value(`input[name="color"][checked]`))
	}
}

func TestColoursBecomeTheNearestOfThePalette(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "teal": "teal", "#FF0000": "red", "#f00": "red", "#0000ff": "indigo", "#3b82f6": "blue", "#22c55e": "green",
		"#f97316": "orange", "#f59e0b": "amber", "#ec4899": "pink", "#a855f7": "violet", "#14b8a6": "teal", "#000": "slate", "#ffffff": "slate", "#808080": "slate",
	} {
		if got, ok := provider.ParseColor(text); !ok || got != want {
			t.Errorf("%q became %q, %v, want %q", text, got, ok, want)
		}
	}
	if got, ok := provider.ParseColor(" Teal "); !ok || got != "teal" {
		t.Errorf("a colour with space around it became %q, %v", got, ok)
	}
	for _, text := range []string{"puce", "#12", "#gggggg", "#1234567", "teal;", "url(x)", "\"onload="} {
		if got, ok := provider.ParseColor(text); ok {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := provider.NextColor([]string{"teal", "blue", "teal"}); got != "indigo" {
		t.Errorf("next colour %q", got)
	}
}

func TestAWeekIsSaidInAFewWords(t *testing.T) {
	t.Parallel()
	week := []provider.Span{{1, 540, 720}, {1, 780, 1020}, {2, 540, 1020}, {3, 540, 720}, {3, 780, 1020}, {5, 540, 1020}, {6, 540, 1020}, {7, 1200, 1440}}
	for language, want := range map[string][]string{
		"en": {"Mon, Wed 09:00–12:00, 13:00–17:00", "Tue, Fri, Sat 09:00–17:00", "Sun 20:00–24:00"},
		"ro": {"Lun, Mie 09:00–12:00, 13:00–17:00", "Mar, Vin, Sâm 09:00–17:00", "Dum 20:00–24:00"},
	} {
		if got := provider.Summary(locale.New(language, nil, "", nil), week); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
	if got := provider.Summary(locale.New("en", nil, "", nil), nil); len(got) != 0 {
		t.Errorf("no hours are said as %q", got)
	}
}

func TestWorkingHoursAreKeptWithTheirBreaks(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	location := add(t, staff, url.Values{
		"name": {"Dr. Pop"}, "starts_2": {"13:00", "08:00", ""}, "ends_2": {"00:00", "12:30", ""}, "starts_7": {""}, "ends_7": {""},
	})
	if got := hours(staff, location); got != "Tue 08:00–12:30, 13:00–24:00" {
		t.Errorf("hours %q", got)
	}
	form := staff.Get(location + "/edit")
	var ends []string
	for _, field := range form.Find(`input[name="ends_2"]`).EachIter() {
		ends = append(ends, field.AttrOr("value", ""))
	}
	if !slices.Equal(ends, []string{"12:30", "00:00", ""}) {
		t.Errorf("the form has %q", ends)
	}
	version := form.Value(`input[name="version"]`)
	if answer := staff.Post(location, url.Values{"name": {"Dr. Pop"}, "version": {version}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("a change without hours: %d", answer.Status)
	}
	if got := hours(staff, location); got != "Tue 08:00–12:30, 13:00–24:00" {
		t.Errorf("a change without hours left %q", got)
	}
	if answer := staff.Post(location, url.Values{"name": {"Dr. Pop"}, "version": {"2"}, "starts_2": {""}, "ends_2": {""}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("clearing: %d", answer.Status)
	}
	if got := hours(staff, location); got != "" {
		t.Errorf("cleared hours left %q", got)
	}
}

func TestImpossibleHoursNameTheDay(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for name, day := range map[string]struct{ starts, ends []string }{
		"overlap":       {[]string{"09:00", "11:00"}, []string{"12:00", "13:00"}},
		"reversed":      {[]string{"17:00"}, []string{"09:00"}},
		"empty span":    {[]string{"09:00"}, []string{"09:00"}},
		"half":          {[]string{"09:00"}, []string{""}},
		"no pair":       {[]string{"09:00"}, nil},
		"nonsense":      {[]string{"soon"}, []string{"25:00"}},
		"too many":      {slices.Repeat([]string{""}, 20), slices.Repeat([]string{""}, 20)},
		"a NUL":         {[]string{"09\x00:00"}, []string{"10:00 "}},
		"midnight only": {[]string{"24:00"}, []string{"24:00"}},
	} {
		answer := staff.Post("/providers", url.Values{"name": {"Dr. Pop"}, "starts_3": day.starts, "ends_3": day.ends})
		if answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s answered %d", name, answer.Status)
			continue
		}
		if name != "a NUL" && !strings.Contains(answer.Text("#hours_3-error"), "Wednesday") {
			t.Errorf("%s is said as %q", name, answer.Text("#hours_3-error"))
		}
		if name == "overlap" && (answer.Value(`input[name="starts_3"]`) != "09:00" || answer.Value(`input[name="starts_1"]`) != "") {
			t.Error("what was typed is lost")
		}
	}
	if got := staff.Get("/providers").Find(`tr[id^="provider-"]`).Length(); got != 0 {
		t.Errorf("%d were added", got)
	}
}

func TestAProviderGivesEveryServiceOrThoseChosen(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	visit, scan := addService(t, staff, "Visit"), addService(t, staff, "Scan")
	all := add(t, staff, url.Values{"name": {"All"}})
	some := add(t, staff, url.Values{"name": {"Some"}, "all_services": {"false"}, "service_ids": {visit, visit}})
	add(t, staff, url.Values{"name": {"Said by ids"}, "service_ids": {visit}})
	givers := func(id string) string { return staff.Get("/services/" + id).Text("#providers .rows-title") }
	if got := givers(visit); got != "AllSaid by idsSome" {
		t.Errorf("the visit is given by %q", got)
	}
	if got := givers(scan); got != "All" {
		t.Errorf("the scan is given by %q", got)
	}
	form := staff.Get(some + "/edit")
	if form.Find(`input[name="service_ids"][checked]`).Length() != 1 || form.Value(`input[name="all_services"][checked]`) != "false" {
		t.Error("the form does not show what is chosen")
	}
	for name, fields := range map[string]url.Values{
		"none chosen": {"name": {"X"}, "all_services": {"false"}},
		"no id":       {"name": {"X"}, "service_ids": {"1"}},
		"unknown":     {"name": {"X"}, "service_ids": {visit, uuid.Must(uuid.NewV7()).String()}},
		"no boolean":  {"name": {"X"}, "all_services": {"maybe"}},
	} {
		if answer := staff.Post("/providers", fields); answer.Status != http.StatusUnprocessableEntity || answer.Find(`[role="alert"]`).Length() == 0 {
			t.Errorf("%s answered %d", name, answer.Status)
		}
	}
	if answer := staff.Post(all, url.Values{"name": {"All"}, "version": {"1"}, "all_services": {"false"}, "service_ids": {scan}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("change answered %d", answer.Status)
	}
	if got := givers(visit); strings.Contains(got, "All") {
		t.Errorf("the visit is still given by %q", got)
	}
}

func TestAProviderWhoStopsKeepsTheirAppointments(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	world := clinic.New(t, clinic.At(now))
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	location, service := add(t, staff, url.Values{"name": {"Dr. Pop"}}), addService(t, staff, "Visit")
	client := staff.Post("/clients", url.Values{"first_name": {"Ana"}}).Location()
	superuser := testkit.Connect(t, world.Database.SuperuserURL)
	for _, days := range []int{-1, 1, 2} {
		if _, err := superuser.Exec(t.Context(), `insert into appointments (tenant_id, id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
			values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $5, $6)`, alfa.ID, strings.TrimPrefix(client, "/clients/"),
			strings.TrimPrefix(location, "/providers/"), service, now.AddDate(0, 0, days), now.AddDate(0, 0, days).Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if question, _ := staff.Get(location).Find("[data-confirm]").Attr("data-confirm"); !strings.Contains(question, "2 appointments") {
		t.Errorf("the question is %q", question)
	}
	if answer := staff.Post(location+"/deactivation", nil); answer.Status != http.StatusSeeOther {
		t.Fatalf("deactivation answered %d", answer.Status)
	}
	if got := staff.Get(location).Text("[data-inactive]"); !strings.Contains(got, "2 appointments") {
		t.Errorf("the page says %q", got)
	}
	if staff.Get("/services/"+service).Find("#providers .rows-title").Length() != 0 {
		t.Error("the service is still given by somebody who stopped")
	}
	if answer := staff.Post(location+"/activation", nil); answer.Status != http.StatusSeeOther || staff.Get(location).Find("[data-inactive]").Length() != 0 {
		t.Errorf("activation answered %d", answer.Status)
	}
}
