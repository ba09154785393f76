package resource_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

const rows = `tr[id^="resource-"]`

// add makes a resource through the form and returns its address.
func add(t *testing.T, browser *clinic.Browser, name, kind string) string {
	t.Helper()
	answer := browser.Post("/resources", url.Values{"name": {name}, "kind": {kind}})
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/resources/") {
		t.Fatalf("adding %q answered %d %q: %s", name, answer.Status, answer.Location(), answer.Text(".field-error"))
	}
	return answer.Location()
}

func TestAResourceIsAddedChangedAndTakenOutOfUse(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	if href, _ := staff.Get("/resources").Find(".empty a").Attr("href"); href != "/resources/new" {
		t.Errorf("the empty list leads to %q", href)
	}
	location := add(t, staff, "Room 2", "Treatment room")
	if row := staff.Get("/resources").Text(rows); !strings.Contains(row, "Room 2") || !strings.Contains(row, "Treatment room") {
		t.Errorf("the row says %q", row)
	}
	form := staff.Get(location + "/edit")
	if form.Value("#name") != "Room 2" || form.Value("#kind") != "Treatment room" || form.Find(`#kinds option[value="Treatment room"]`).Length() != 1 {
		t.Errorf("the form has %q, %q", form.Value("#name"), form.Value("#kind"))
	}
	change := url.Values{"name": {"Room 3"}, "kind": {"Office"}, "version": {form.Value(`input[name="version"]`)}}
	if answer := staff.Post(location, change); answer.Status != http.StatusSeeOther || staff.Get(location).Text("h1") != "Room 3" {
		t.Fatalf("a change answered %d", answer.Status)
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

func TestTwoResourcesInUseHaveTwoNames(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	first, other := add(t, staff, "Room 2", "Room"), add(t, staff, "Laser", "Device")
	for path, fields := range map[string]url.Values{
		"/resources": {"name": {"ROOM 2"}, "kind": {"Office"}}, other: {"name": {"room 2"}, "kind": {"Office"}, "version": {"1"}},
	} {
		if taken := staff.Post(path, fields); taken.Status != http.StatusUnprocessableEntity || taken.Text("#name-error") == "" || taken.Value("#kind") != "Office" {
			t.Errorf("%s with its name answered %d", path, taken.Status)
		}
	}
	staff.Post(first+"/deactivation", nil)
	add(t, staff, "Room 2", "Room")
	if answer := staff.Post(first+"/activation", nil); answer.Status != http.StatusConflict {
		t.Errorf("taking the first into use again answered %d", answer.Status)
	}
	add(t, world.Clinic("beta").SignInStaff(), "Room 2", "Room")
}

func TestBadValuesComeBackWithTheirMessages(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	for _, bad := range []struct{ name, value string }{
		{"name", ""}, {"name", strings.Repeat("x", 201)}, {"name", "a\x00b"}, {"name", "a\u202eb"}, {"kind", " "}, {"kind", strings.Repeat("x", 101)}, {"kind", "a\xffb"},
	} {
		fields := url.Values{"name": {"Room 2"}, "kind": {"Room"}}
		fields.Set(bad.name, bad.value)
		if answer := staff.Post("/resources", fields); answer.Status != http.StatusUnprocessableEntity || answer.Text("#"+bad.name+"-error") == "" {
			t.Errorf("%s=%.10q answered %d", bad.name, bad.value, answer.Status)
		}
	}
}

func TestHazard072AStaleEditOfAResourceShowsBothValues(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	location := add(t, staff, "Room 2", "Room")
	staff.Post(location, url.Values{"name": {"Theirs"}, "kind": {"Room"}, "version": {"1"}})
	mine := url.Values{"name": {"Mine"}, "kind": {"Room"}, "version": {"1"}}
	stale := staff.Post(location, mine)
	if stale.Status != http.StatusConflict || stale.Value("#name") != "Mine" || !strings.Contains(stale.Text("#name-hint"), "Theirs") {
		t.Fatalf("%d %q %q", stale.Status, stale.Value("#name"), stale.Text("#name-hint"))
	}
	mine.Set("version", stale.Value(`input[name="version"]`))
	if again := staff.Post(location, mine); again.Status != http.StatusSeeOther || staff.Get(location).Text("h1") != "Mine" {
		t.Errorf("sent again: %d", again.Status)
	}
}

func TestEveryResourceIsReachedOnceInEachOrderAndThoseOutOfUseStandLast(t *testing.T) {
	t.Parallel()
	alfa := clinic.New(t).Clinic("alfa")
	staff := alfa.SignInStaff()
	alfa.Do(func(ctx context.Context, tx *store.Tx) error {
		for n := range 60 {
			made := db.ResourceCreateParams{ID: uuid.Must(uuid.NewV7()), Name: fmt.Sprintf("Room %02d", n), Kind: []string{"Room", "Ecograf", "Ședere"}[n%3]}
			if err := tx.ResourceCreate(ctx, made); err != nil {
				return err
			}
		}
		return nil
	})
	for query, want := range map[string]int{
		"sort=name": 60, "sort=name&direction=desc": 60, "sort=kind": 60, "sort=kind&direction=desc": 60,
		"q=ROOM+1": 10, "q=sedere": 20, "status=inactive": 0, "q=%25": 0,
	} {
		if found := staff.Walk("/resources?"+query, rows); len(found) != want {
			t.Errorf("%s finds %d resources, not %d", query, len(found), want)
		}
	}
	unused := add(t, staff, "Anteroom", "Room")
	staff.Post(unused+"/deactivation", nil)
	for _, direction := range []string{"asc", "desc"} {
		ids := staff.Walk("/resources?sort=name&direction="+direction, rows)
		if last := ids[len(ids)-1]; "/resources/"+strings.TrimPrefix(last, "resource-") != unused {
			t.Errorf("%s: %s stands last, and not %s", direction, last, unused)
		}
	}
	var names []string
	for _, row := range staff.Get("/resources?q=room+0&sort=name").Find(rows + " .row-link").EachIter() {
		names = append(names, row.Text())
	}
	if !slices.IsSorted(names) || len(names) != 10 {
		t.Errorf("listed are %q", names)
	}
	if last := staff.Get("/resources?q=anteroom&status=inactive").Find(rows); last.Length() != 1 {
		t.Error("one out of use is not found")
	}
	if answer := staff.Get("/resources?sort=color"); answer.Status != http.StatusBadRequest {
		t.Errorf("an order that there is not answered %d", answer.Status)
	}
}
