package ui

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// fields are what stands in a form of the tests.
func fields() []FieldOptions {
	return []FieldOptions{
		{Name: "name", Label: "Name", Required: true, Autofocus: true}, {Name: "phone", Label: "Phone", Hint: "With the country's code"},
	}
}

func TestTheFieldsOfARowsFormFindWhatStandsInThemByTheirNames(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	page := render(t, EditForm(EditFormOptions{Path: "/rooms", ID: "room", Add: "Add", Edit: Edit{
		ID: id, Version: 3, Values: map[string]string{"name": "Blue", "kind": "device"},
		Errors: map[string]string{"kind": "field.choose"},
	}}), Field(fields()[0]), Select(SelectOptions{Name: "kind", Choices: []Choice{{Value: "room", Label: "Room"}, {Value: "device", Label: "Device"}}}))
	if action := attribute(t, page.Find("form#room"), "action"); action != "/rooms/"+id.String() {
		t.Errorf("it posts to %s", action)
	}
	if version := attribute(t, page.Find(`input[name="version"]`), "value"); version != "3" {
		t.Errorf("its version is %s", version)
	}
	if name := attribute(t, page.Find("#name"), "value"); name != "Blue" {
		t.Errorf("the name is %q", name)
	}
	if chosen := attribute(t, page.Find("#kind option[selected]"), "value"); chosen != "device" {
		t.Errorf("chosen is %q", chosen)
	}
	if page.Find("#kind-error").Length() != 1 || page.Find("[autofocus]").Length() != 0 {
		t.Error("what is wrong is not said at its field, or the summary has not the focus")
	}
	if off := attribute(t, page.Find("#name"), "autocomplete"); off != "off" {
		t.Errorf("the browser may complete it with %s", off)
	}
}

func TestANewRowsFormHasAKeyAndNoVersion(t *testing.T) {
	t.Parallel()
	page := render(t, EditForm(EditFormOptions{Path: "/rooms", Add: "Add room", Edit: Edit{Key: "key-1"}}), Field(fields()[0]))
	if page.Find(`input[name="version"]`).Length() != 0 || attribute(t, page.Find(`input[name="_idempotency_key"]`), "value") != "key-1" {
		t.Error("a new row has a version, or no key")
	}
	if attribute(t, page.Find("form"), "action") != "/rooms" || page.Find("#name[autofocus]").Length() != 1 {
		t.Error("it posts elsewhere than to the list, or its first field has not the focus")
	}
	if label := strings.TrimSpace(page.Find("button").Text()); label != "Add room" {
		t.Errorf("its button says %q", label)
	}
}

func TestWhatSomebodyElseHasStoredStandsBelowTheFieldsThatDiffer(t *testing.T) {
	t.Parallel()
	page := render(t, EditForm(EditFormOptions{Path: "/rooms", Edit: Edit{
		ID: uuid.New(), Version: 4,
		Values: map[string]string{"name": "Mine", "phone": "1", "same": "Both", "notes": "Mine", "color": "red", "kind": "room"},
		Stored: map[string]string{"name": "<b>Theirs</b>", "phone": "", "same": "Both", "notes": "Theirs", "color": "blue", "kind": "device"},
	}}), Field(fields()[0]), Field(fields()[1]), Field(FieldOptions{Name: "same"}),
		Textarea(TextareaOptions{Name: "notes", Autofocus: true}), ColorPicker(ColorPickerOptions{Name: "color"}),
		Select(SelectOptions{Name: "kind", Choices: []Choice{{Value: "room", Label: "Room"}, {Value: "device", Label: "Device"}}}))
	for id, want := range map[string]string{
		"#name-hint": "Stored now: <b>Theirs</b>", "#phone-hint": "Stored now: nothing", "#kind-hint": "Stored now: Device", "#same-hint": "",
		"#notes": "Mine", "#notes-hint": "Stored now: Theirs", "#color-hint": "Stored now: Blue",
	} {
		if got := page.Find(id).Text(); got != want {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	if chosen := attribute(t, page.Find("#color input[checked]"), "value"); chosen != "red" {
		t.Errorf("the color is %q", chosen)
	}
	if page.Find(".field-stored").Length() != 5 || attribute(t, page.Find("#name"), "value") != "Mine" {
		t.Error("what is stored cannot be told from a usual hint, or what was typed is gone")
	}
	if label := strings.TrimSpace(page.Find("button").Text()); label != "Save what I typed" {
		t.Errorf("its button says %q", label)
	}
	if page.Find(`[role="alert"]`).Length() != 1 || page.Find("[autofocus]").Length() != 0 {
		t.Error("nothing says that somebody else was faster")
	}
}

func TestWhatIsWrongWithAFormAsAWholeIsSaidFirstAndIsNoField(t *testing.T) {
	t.Parallel()
	for _, wrong := range []struct {
		errors map[string]string
		title  string
		links  int
	}{
		{map[string]string{"_idempotency_key": "error.form_old"}, "This form was opened so long ago", 0},
		{map[string]string{"_idempotency_key": "error.form_old", "name": "field.required"}, "This form was opened so long ago", 1},
		{map[string]string{"name": "field.required"}, "One field needs your attention", 1},
	} {
		page := render(t, EditForm(EditFormOptions{Path: "/rooms", Edit: Edit{Key: "key-1", Errors: wrong.errors}}), Field(fields()[0]))
		title := page.Find("[data-error-summary] .notice-title")
		if title.Length() != 1 || !strings.HasPrefix(title.Text(), wrong.title) {
			t.Errorf("%v begins with %q", wrong.errors, title.Text())
		}
		if links := page.Find("[data-error-summary] li a").Length(); links != wrong.links || page.Find("[data-error-summary] li").Length() != links {
			t.Errorf("%v leads to %d fields", wrong.errors, links)
		}
	}
}

func TestTheSummaryNamesTheFieldsInTheOrderOfTheForm(t *testing.T) {
	t.Parallel()
	page := render(t, EditForm(EditFormOptions{Path: "/rooms", Edit: Edit{Key: "key-1", Errors: map[string]string{
		"after": "field.number_range", "before": "field.number_range", "name": "field.required", "days": "field.choose", "color": "field.choose",
	}}}), Field(FieldOptions{Name: "name", Label: "Name"}), Field(FieldOptions{Name: "before", ID: "before-visit", Label: "Minutes before"}),
		ColorPicker(ColorPickerOptions{Name: "color", Label: "Colour"}), Field(FieldOptions{Name: "after", Label: "Minutes after"}))
	want := []struct{ href, says string }{
		{"#name", "Name: Please fill this in."}, {"#before-visit", "Minutes before: This number is outside what is allowed."},
		{"#color", "Colour: Please choose one."}, {"#after", "Minutes after: This number is outside what is allowed."}, {"#days", "Please choose one."},
	}
	links := page.Find("[data-error-summary] li a")
	if links.Length() != len(want) {
		t.Fatalf("there are %d links: %s", links.Length(), links.Text())
	}
	for i, link := range want {
		if href, says := attribute(t, links.Eq(i), "href"), links.Eq(i).Text(); href != link.href || says != link.says {
			t.Errorf("link %d leads to %s and says %q", i, href, says)
		}
		if page.Find(link.href).Length() == 0 && link.href != "#days" {
			t.Errorf("%s leads nowhere", link.href)
		}
	}
}
