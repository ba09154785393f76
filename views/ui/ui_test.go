package ui

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/clock"
	"frontdesk/internal/locale"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// hostile is what people and mail servers may send in any text.
var hostile = []string{
	`<img src=x onerror=alert(1)>`,
	`{{.}}`,
	`" hx-get=/logout hx-trigger=load x="`,
	`' onfocus='alert(1)`,
	`</textarea></title></option><script>alert(1)</script>`,
	`javascript:alert(1)`,
}

// render draws a component, with children if there are any, inside a body.
func render(t *testing.T, component templ.Component, children ...templ.Component) *goquery.Document {
	t.Helper()
	ctx := WithToken(context.Background(), "token-1")
	ctx = locale.With(ctx, locale.New(locale.English, time.UTC, "RO", clock.Fixed(now)))
	ctx = templ.WithChildren(ctx, templ.Join(children...))
	var buffer bytes.Buffer
	if err := component.Render(ctx, &buffer); err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(&buffer)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func attribute(t *testing.T, s *goquery.Selection, name string) string {
	t.Helper()
	value, ok := s.Attr(name)
	if !ok {
		t.Errorf("there is no %s", name)
	}
	return value
}

// everything draws each component that shows text from outside, with that text in
// every place.
func everything(x string) []templ.Component {
	return []templ.Component{
		Field(FieldOptions{Name: x, ID: x, Label: x, Type: x, Value: x, Hint: x, Error: x, Placeholder: x, Autocomplete: x}),
		Select(SelectOptions{Name: "s", Label: x, Value: x, Blank: x, Hint: x, Error: x, Choices: []Choice{{Value: x, Label: x}}}),
		Textarea(TextareaOptions{Name: "t", Label: x, Value: x, Hint: x, Error: x, Placeholder: x}),
		ColorPicker(ColorPickerOptions{Name: "p", Label: x, Value: x, Error: x}),
		Form(FormOptions{Action: x, ID: x, IdempotencyKey: x, Message: x, Htmx: true, Target: x}),
		Button(ButtonOptions{Label: x, Kind: x, Name: x, Value: x, Confirm: x, Type: x}),
		Button(ButtonOptions{Label: x, Href: x, IconOnly: true}),
		ConfirmButton(ConfirmOptions{Action: x, Label: x, Question: x}),
		Row(x), Cell(x), RowLink(x, x), Pager(PagerOptions{Previous: x, Next: x}), Definition(x),
		Table(TableOptions{Caption: x, Columns: []Column{{Label: x}}, ID: x}),
		Alert(AlertOptions{Kind: x, Title: x, Text: x}), Toast(ToastOptions{Kind: x, Message: x}),
		Empty(EmptyOptions{Title: x, Text: x, ActionLabel: x, ActionHref: x}),
		Badge(BadgeOptions{Label: x, Kind: x, Color: x}), Status(x, x), Avatar(AvatarOptions{Name: x, Color: x, Size: x}),
		PageHeader(PageHeaderOptions{Title: x, Subtitle: x, BackHref: x, BackLabel: x}),
		Card(CardOptions{Title: x, LinkLabel: x, LinkHref: x, ID: x}),
		SearchBox(SearchOptions{Action: x, Name: x, Value: x, Label: x, Placeholder: x, Target: x}),
		ListBody(ListBodyOptions{State: ListState{Path: x, Narrowed: true}, Title: x, Text: x}), ListBody(ListBodyOptions{None: EmptyOptions{Title: x, Text: x}}),
		SortBar(ListState{ID: x, Sorts: map[string]ListSort{x: {Href: x, Current: true}}}.SortableColumn(x, x)),
		Tabs(x, []Tab{{Label: x, Href: x}}), Segments(x, []Tab{{Label: x, Href: x}}),
		Copy(CopyOptions{Text: x, Href: x}), Dialog(DialogOptions{ID: x, Title: x}),
	}
}

func TestHazard068WhatPeopleTypeIsTextInEveryComponent(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		for i, component := range everything(text) {
			document := render(t, component)
			if n := document.Find("script, img, [onerror], [onfocus], [hx-trigger=load]").Length(); n > 0 {
				t.Errorf("component %d lets %q become markup", i, text)
			}
			document.Find("[href], [action]").Each(func(_ int, s *goquery.Selection) {
				address := s.AttrOr("href", s.AttrOr("action", ""))
				if strings.HasPrefix(strings.ToLower(address), "javascript:") {
					t.Errorf("component %d leads to %q", i, address)
				}
			})
		}
	}
}

func TestHazard069HtmxAttributesComeFromTemplatesOnly(t *testing.T) {
	t.Parallel()
	document := render(t, RowLink("/clients/1", `" hx-get="/logout`))
	if document.Find("[hx-get]").Length() > 0 {
		t.Error("a name became an htmx attribute")
	}
	if got := document.Find("a").Text(); got != `" hx-get="/logout` {
		t.Errorf("the name reads %q", got)
	}
}

func TestAStoredColourCannotChooseAClass(t *testing.T) {
	t.Parallel()
	for _, color := range []string{"", "modal-open", `teal" onclick="x`, "TEAL"} {
		if got := ColorClass(color); got != "color-slate" {
			t.Errorf("%q gives %q", color, got)
		}
	}
	if got := ColorClass("violet"); got != "color-violet" {
		t.Errorf("violet gives %q", got)
	}
}

func TestAFieldIsTiedToItsLabelHintAndError(t *testing.T) {
	t.Parallel()
	document := render(t, Field(FieldOptions{Name: "email", Label: "E-mail", Hint: "h", Error: "e", Required: true, Autocomplete: "email"}))
	input := document.Find("input")
	if got := attribute(t, document.Find("label"), "for"); got != attribute(t, input, "id") {
		t.Errorf("the label is for %q", got)
	}
	if got := attribute(t, input, "aria-invalid"); got != "true" {
		t.Errorf("aria-invalid is %q", got)
	}
	for id, want := range map[string]string{"email-hint": "h", "email-error": "e"} {
		if !strings.Contains(attribute(t, input, "aria-describedby"), id) {
			t.Errorf("the input is not described by %s", id)
		}
		if got := strings.TrimSpace(document.Find("#" + id).Text()); got != want {
			t.Errorf("%s reads %q", id, got)
		}
	}
	if _, required := input.Attr("required"); !required {
		t.Error("the input is not required")
	}
}

func TestAFieldWithoutAnErrorIsNotInvalid(t *testing.T) {
	t.Parallel()
	document := render(t, Field(FieldOptions{Name: "email", Label: "E-mail"}))
	if document.Find("[aria-invalid], [aria-describedby]").Length() > 0 {
		t.Error("the input is marked")
	}
}

func TestAPasswordIsNeverWrittenBack(t *testing.T) {
	t.Parallel()
	document := render(t, Field(FieldOptions{Name: "password", Label: "Password", Type: "password", Value: "secret"}))
	if _, ok := document.Find("input").Attr("value"); ok {
		t.Error("the page holds the password")
	}
}

func TestAFormCarriesItsTokenAndKeyAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	form := Form(FormOptions{Action: "/clients", IdempotencyKey: "key-1", Errors: map[string]string{"email": "ui.next"}})
	document := render(t, form,
		Field(FieldOptions{Name: "email", Label: "E-mail", Value: "ana@"}),
		Field(FieldOptions{Name: "phone", Label: "Phone"}))
	if got := attribute(t, document.Find(`form[method="post"] input[name="_csrf"]`), "value"); got != "token-1" {
		t.Errorf("the token is %q", got)
	}
	if got := attribute(t, document.Find(`input[name="_idempotency_key"]`), "value"); got != "key-1" {
		t.Errorf("the key is %q", got)
	}
	if got := attribute(t, document.Find(`[role="alert"] a`), "href"); got != "#email" {
		t.Errorf("the summary leads to %q", got)
	}
	if got := strings.TrimSpace(document.Find("#email-error").Text()); got != "Next" {
		t.Errorf("the field's message is %q", got)
	}
	if got := attribute(t, document.Find("#email"), "value"); got != "ana@" {
		t.Errorf("what was typed is %q", got)
	}
	if document.Find("#phone[aria-invalid]").Length() > 0 {
		t.Error("a good field is marked")
	}
}

func TestAFormPostsByHtmxWhenAsked(t *testing.T) {
	t.Parallel()
	document := render(t, Form(FormOptions{Action: "/clients", Htmx: true}))
	if got := attribute(t, document.Find("form"), "hx-post"); got != "/clients" {
		t.Errorf("htmx posts to %q", got)
	}
	if got := attribute(t, document.Find("form"), "action"); got != "/clients" {
		t.Errorf("without script it posts to %q", got)
	}
}

func TestAConfirmButtonIsAFormThatWorksWithoutScript(t *testing.T) {
	t.Parallel()
	document := render(t, ConfirmButton(ConfirmOptions{Action: "/appointments/1/cancellation", Label: "Cancel", Question: "Sure?"}))
	if got := attribute(t, document.Find(`form[method="post"] button[type="submit"]`), "data-confirm"); got != "Sure?" {
		t.Errorf("the question is %q", got)
	}
	if document.Find(`form input[name="_csrf"]`).Length() != 1 {
		t.Error("there is no token")
	}
}

func TestATableNamesEachValueForThePhone(t *testing.T) {
	t.Parallel()
	document := render(t, Table(TableOptions{Caption: "Clients", Columns: []Column{{Label: "Name"}, {Label: "Actions", Hidden: true}}}),
		templ.Join(Row("client-1"), Cell("Phone")))
	if got := document.Find("caption").Text(); got != "Clients" {
		t.Errorf("the caption is %q", got)
	}
	if document.Find(`th[scope="col"]`).Length() != 2 {
		t.Error("the columns have no heads")
	}
	if document.Find("tbody tr#client-1").Length() != 1 {
		t.Error("the row has no id")
	}
}

func TestAPagerIsSilentOnOnePage(t *testing.T) {
	t.Parallel()
	if render(t, Pager(PagerOptions{})).Find("nav").Length() > 0 {
		t.Error("a single page has a pager")
	}
	if got := attribute(t, render(t, Pager(PagerOptions{Next: "/clients?after=x"})).Find(`a[rel="next"]`), "href"); got != "/clients?after=x" {
		t.Errorf("next leads to %q", got)
	}
}

func TestATimeIsRelativeWithTheExactOneOnHover(t *testing.T) {
	t.Parallel()
	element := render(t, Time(now.Add(-5*time.Minute))).Find("time")
	if got := element.Text(); got != "5 minutes ago" {
		t.Errorf("it reads %q", got)
	}
	if got := attribute(t, element, "datetime"); got != "2026-11-23T09:55:00Z" {
		t.Errorf("datetime is %q", got)
	}
	if got := attribute(t, element, "title"); got != "Monday, 23 November 2026, 09:55" {
		t.Errorf("title is %q", got)
	}
}

func TestASearchWorksWithoutScript(t *testing.T) {
	t.Parallel()
	document := render(t, SearchBox(SearchOptions{Action: "/clients", Label: "Search", Value: "ana", Target: "#clients"}))
	form := document.Find(`form[method="get"][role="search"]`)
	if got := attribute(t, form, "action"); got != "/clients" {
		t.Errorf("it asks %q", got)
	}
	if got := attribute(t, form.Find(`input[name="q"]`), "value"); got != "ana" {
		t.Errorf("what was typed is %q", got)
	}
}

func TestInitialsAreLettersOfTheName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ioana Popescu": "IP", "Dr. Ștefan Albu": "ȘA", "ana": "A", "": "?", "  ": "?", "<img> 12": "I", "🦷": "?", "\xff\xfe": "?",
	} {
		if got := Initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

var iconUse = regexp.MustCompile(`\bIcon(?:\(|: *)"([^"]+)"`)

func TestEveryIconThatIsUsedExists(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if path == "../conversation/frame.templ" {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range iconUse.FindAllStringSubmatch(string(source), -1) {
			if _, ok := iconPaths[match[1]]; !ok {
				t.Errorf("%s uses the icon %q: add it to static/src/icons.txt and run npm run build", path, match[1])
			}
		}
	}
}

// The security policy drops inline styles, scripts and handlers. A mail's frame
// has an address and a policy of its own, which allow it a style.
func TestNoTemplateHoldsInlineStyleOrScript(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`<style|<script>|\sstyle=|\son[a-z]+=|\shx-on`)
	files, err := filepath.Glob("../*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if path == "../conversation/frame.templ" {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.FindString(string(source)); found != "" {
			t.Errorf("%s holds %q", path, strings.TrimSpace(found))
		}
	}
}
