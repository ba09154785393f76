package client_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/client"
	"frontdesk/internal/testkit/clinic"
)

// add makes a client through the form and returns their address.
func add(t *testing.T, browser *clinic.Browser, fields url.Values) string {
	t.Helper()
	answer := browser.Post("/clients", fields)
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/clients/") {
		t.Fatalf("adding %v answered %d %q: %s", fields, answer.Status, answer.Location(), answer.Text(".field-error"))
	}
	return answer.Location()
}

// found are the names that a search lists.
func found(t *testing.T, browser *clinic.Browser, query string) []string {
	t.Helper()
	answer := browser.Get("/clients?" + url.Values{"q": {query}}.Encode())
	if answer.Status != http.StatusOK {
		t.Fatalf("search %q answered %d", query, answer.Status)
	}
	names := []string{}
	for _, node := range answer.Find("#clients .row-link").EachIter() {
		names = append(names, node.Text())
	}
	return names
}

func TestAReceptionistAddsAndChangesAClient(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()

	empty := staff.Get("/clients")
	if href, _ := empty.Find(".empty a").Attr("href"); href != "/clients/new" {
		t.Errorf("the empty list leads to %q", href)
	}
	location := add(t, staff, url.Values{
		"first_name": {"Ștefan"}, "last_name": {"Țurcanu"}, "email": {"Stefan@Example.COM"}, "phone": {"0722 123 456"}, "birth_date": {"1980-02-29"},
	})
	page := staff.Get(location)
	if page.Text("h1") != "Ștefan Țurcanu" {
		t.Errorf("title %q", page.Text("h1"))
	}
	if href, _ := page.Find(`#details a[href^="tel:"]`).Attr("href"); href != "tel:+40722123456" {
		t.Errorf("phone is stored as %q", href)
	}
	if page.Text(`#details a[href^="tel:"]`) != "0722 123 456" {
		t.Errorf("phone shows as %q", page.Text(`#details a[href^="tel:"]`))
	}
	if page.Text(`#details a[href^="mailto:"]`) != "stefan@example.com" {
		t.Errorf("address shows as %q", page.Text(`#details a[href^="mailto:"]`))
	}
	form := staff.Get(location + "/edit")
	if got := form.Value("#phone"); got != "0722 123 456" {
		t.Errorf("the form has phone %q", got)
	}
	changed := staff.Post(location, url.Values{"first_name": {"Ștefan"}, "version": {form.Value(`input[name="version"]`)}})
	if changed.Status != http.StatusSeeOther || changed.Location() != location {
		t.Fatalf("change answered %d %q", changed.Status, changed.Location())
	}
	if staff.Get(location).Text("h1") != "Ștefan" {
		t.Error("the change is not shown")
	}
}

func TestTheFormComesBackWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.At(time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC)))
	staff := world.Clinic("alfa").SignInStaff()
	for name, value := range map[string]string{
		"first_name": " ", "last_name": strings.Repeat("a", 101), "email": "nobody", "phone": "123", "birth_date": "1899-12-31",
	} {
		fields := url.Values{"first_name": {"Ana"}, "_idempotency_key": {"0190a0de-0000-7000-8000-000000000001"}}
		fields.Set(name, value)
		answer := staff.Post("/clients", fields)
		if answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s=%q answered %d", name, value, answer.Status)
		}
		field := answer.Find(`[name="` + name + `"]`)
		if invalid, _ := field.Attr("aria-invalid"); invalid != "true" {
			t.Errorf("%s is not marked", name)
		}
		described, _ := field.Attr("aria-describedby")
		if answer.Text("#"+described) == "" {
			t.Errorf("%s has no message", name)
		}
		if answer.Value(`[name="`+name+`"]`) != value {
			t.Errorf("%s lost what was typed", name)
		}
		if answer.Value(`[name="_idempotency_key"]`) != "0190a0de-0000-7000-8000-000000000001" {
			t.Error("the form has another key")
		}
	}
	// In Bucharest it is the 24th already.
	add(t, staff, url.Values{"first_name": {"Today"}, "birth_date": {"2026-11-24"}})
	if answer := staff.Post("/clients", url.Values{"first_name": {"Ahead"}, "birth_date": {"2026-11-25"}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a birth date of tomorrow answered %d", answer.Status)
	}
}

func TestASearchFindsNamesAddressesAndPhonesHoweverTheyAreSpelt(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	add(t, staff, url.Values{"first_name": {"Ștefania"}, "last_name": {"Bălan"}, "email": {"s.balan@example.com"}, "phone": {"+40 722 123 456"}})
	add(t, staff, url.Values{"first_name": {"100%"}, "last_name": {`_\`}})
	add(t, staff, url.Values{"first_name": {"Ion"}, "last_name": {"Łukasz"}})

	for query, want := range map[string][]string{
		"stefania":      {"Ștefania Bălan"},
		"BĂLAN ștef":    {"Ștefania Bălan"},
		"S.BALAN@":      {"Ștefania Bălan"},
		"0722 123":      {"Ștefania Bălan"},
		"+40 722-123":   {"Ștefania Bălan"},
		"0040722123456": {"Ștefania Bălan"},
		"lukasz":        {"Ion Łukasz"},
		"stefania ion":  {},
		"%":             {"100% _\\"},
		"_":             {"100% _\\"},
		`\`:             {"100% _\\"},
		"a%b":           {},
		"'; drop":       {},
		"nobody":        {},
	} {
		if got := found(t, staff, query); !slices.Equal(got, want) {
			t.Errorf("search %q found %q, want %q", query, got, want)
		}
	}
}

func TestAgeCountsWholeYears(t *testing.T) {
	t.Parallel()
	birth := time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC)
	for day, want := range map[string]int{"2026-02-28": 25, "2026-03-01": 26, "2028-02-29": 28, "1999-01-01": 0} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Age(birth, now); got != want {
			t.Errorf("on %s: %d, want %d", day, got, want)
		}
	}
}

func TestTheListGoesOnAfterFiftyAndSortsAsPeopleRead(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	for _, last := range []string{"Tudor", "Șerban", "sava", "Zaharia", "Ăvram"} {
		add(t, staff, url.Values{"first_name": {"A"}, "last_name": {last}})
	}
	if got, want := found(t, staff, ""), []string{"A Ăvram", "A sava", "A Șerban", "A Tudor", "A Zaharia"}; !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
	fill(alfa, 60)
	first := staff.Get("/clients")
	next, _ := first.Find(`a[rel="next"]`).Attr("href")
	second := staff.Get(next)
	seen := map[string]bool{}
	for _, page := range []*clinic.Answer{first, second} {
		for _, row := range page.Find(`tr[id^="client-"]`).EachIter() {
			id, _ := row.Attr("id")
			if seen[id] {
				t.Errorf("%s stands twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != 65 {
		t.Errorf("two pages show %d clients", len(seen))
	}
	if second.Find(`a[rel="next"]`).Length() != 0 {
		t.Error("the last page leads on")
	}
}

func TestAnotherWithTheSameNumberIsPointedOutAndNotRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	mother := add(t, staff, url.Values{"first_name": {"Mother"}, "phone": {"0722123456"}})
	child := staff.Get(add(t, staff, url.Values{"first_name": {"Child"}, "phone": {"0722123456"}}))
	if href, _ := child.Find("[data-alike] a").Attr("href"); href != mother {
		t.Errorf("the notice leads to %q", href)
	}
	if staff.Get(add(t, staff, url.Values{"first_name": {"Nobody"}})).Find("[data-alike]").Length() != 0 {
		t.Error("clients without number and address are taken for one another")
	}
}

func TestAFragmentIsAPieceOfThePage(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	add(t, staff, url.Values{"first_name": {"Ana"}})
	fragment := staff.Fragment("/clients?q=ana")
	if fragment.Find("nav").Length() != 0 || fragment.Find("#clients .row-link").Length() != 1 {
		t.Error("the fragment is not the list alone")
	}
}
