package layout

import (
	"bytes"
	"context"
	"testing"
	"time"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/views/ui"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func render(t *testing.T, frame Frame, language string, component templ.Component) *goquery.Document {
	t.Helper()
	ctx := locale.With(With(context.Background(), frame), locale.New(language, time.UTC, "RO", nil))
	var buffer bytes.Buffer
	if err := component.Render(templ.WithChildren(ctx, templ.Raw(`<p id="child">x</p>`)), &buffer); err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(&buffer)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

var owner = Frame{PersonName: "Maria Ionescu", TenantName: "Aurora", Role: actor.Owner, CSRF: "token-1", Section: Clients, Unread: 3}

func TestAPageHasItsLandmarksAndTargets(t *testing.T) {
	t.Parallel()
	document := render(t, owner, locale.Romanian, Page("Clienți"))
	for _, selector := range []string{
		`html[lang="ro"]`, `a.skip-link[href="#main"]`, `main#main #child`, `#toasts[aria-live]`, `dialog#dialog`, `dialog#confirm`,
		`meta[name="csrf-token"][content="token-1"]`, `form[action="/logout"][method="post"] input[name="_csrf"][value="token-1"]`,
		`form[action="/preferences"] button[name="language"][value="ro"]`, `form[action="/preferences"] button[name="theme"][value="dark"]`,
	} {
		if document.Find(selector).Length() != 1 {
			t.Errorf("%s: found %d times", selector, document.Find(selector).Length())
		}
	}
	if got := document.Find("title").Text(); got != "Clienți · Frontdesk" {
		t.Errorf("the title is %q", got)
	}
}

func TestTheCurrentSectionIsMarked(t *testing.T) {
	t.Parallel()
	document := render(t, owner, locale.English, Page(""))
	document.Find(`nav [aria-current="page"]`).Each(func(_ int, s *goquery.Selection) {
		if got := s.AttrOr("href", ""); got != "/clients" {
			t.Errorf("%s is marked", got)
		}
	})
	if document.Find(`.sidebar [aria-current="page"]`).Length() != 1 {
		t.Error("nothing is marked")
	}
}

func TestHazard021TheNavigationShowsWhatEachMayOpen(t *testing.T) {
	t.Parallel()
	staff, admin := owner, Frame{PersonName: "Root", SuperAdmin: true}
	staff.Role = actor.Staff
	cases := map[string]struct {
		frame       Frame
		shown, kept []string
	}{
		"owner":       {owner, []string{"/", "/calendar", "/inbox", "/providers", "/team", "/settings/email"}, []string{"/admin"}},
		"staff":       {staff, []string{"/", "/clients", "/services"}, []string{"/team", "/settings/email", "/admin"}},
		"super-admin": {admin, []string{"/admin", "/admin/tenants"}, []string{"/clients", "/inbox", "/team"}},
	}
	for name, c := range cases {
		document := render(t, c.frame, locale.English, Page(""))
		for _, href := range c.shown {
			if document.Find(`.sidebar a[href="`+href+`"]`).Length() == 0 {
				t.Errorf("%s does not see %s", name, href)
			}
		}
		for _, href := range c.kept {
			if document.Find(`a[href="`+href+`"]`).Length() > 0 {
				t.Errorf("%s sees %s", name, href)
			}
		}
	}
}

func TestTheThemeFollowsTheDeviceUnlessChosen(t *testing.T) {
	t.Parallel()
	for theme, want := range map[Theme]string{"": "", System: "", Light: "light", Dark: "dark", `dark" onload="x`: ""} {
		frame := owner
		frame.Theme = theme
		document := render(t, frame, locale.English, Page(""))
		if got := document.Find("html").AttrOr("data-theme", ""); got != want {
			t.Errorf("%q gives %q", theme, got)
		}
		if document.Find(`[name="theme"][aria-pressed="true"]`).Length() != 1 {
			t.Errorf("%q: no theme is pressed", theme)
		}
	}
}

func TestHazard064NamesAndToastsAreText(t *testing.T) {
	t.Parallel()
	const text = `</title><img src=x onerror=alert(1)>`
	frame := Frame{PersonName: text, TenantName: text, Role: actor.Owner, CSRF: `"><img>`, Toasts: []ui.ToastOptions{{Kind: text, Message: text}}}
	for _, component := range []templ.Component{Page(text), Bare(text), Fragment(text)} {
		document := render(t, frame, locale.English, component)
		if document.Find("img").Length() > 0 {
			t.Error("a text became markup")
		}
		if got := document.Find("title").First().Text(); got != text+" · Frontdesk" {
			t.Errorf("the title is %q", got)
		}
	}
}

func TestAFragmentIsTheChildrenAndATitle(t *testing.T) {
	t.Parallel()
	document := render(t, owner, locale.English, Fragment("Clients"))
	if document.Find("#child").Length() != 1 || document.Find("nav, main, dialog").Length() > 0 {
		t.Error("the fragment is not the children alone")
	}
}

func TestABarePageHasNoNavigation(t *testing.T) {
	t.Parallel()
	document := render(t, Frame{}, locale.English, Bare("Sign in"))
	if document.Find(".sidebar, .bottom-bar, form[action='/logout']").Length() > 0 {
		t.Error("there is a navigation")
	}
	if document.Find("main#main #child").Length() != 1 {
		t.Error("the children are not in main")
	}
}

func TestAssetsAreNamedByTheirHash(t *testing.T) {
	t.Parallel()
	frame := owner
	frame.Asset = func(name string) string { return "/static/abc-" + name }
	document := render(t, frame, locale.English, Page(""))
	if document.Find(`script[src="/static/abc-app.js"][defer]`).Length() != 1 || document.Find(`link[href="/static/abc-app.css"]`).Length() != 1 {
		t.Error("the assets have other names")
	}
	if document.Find("script:not([src]), style, [style]").Length() > 0 {
		t.Error("something is inline")
	}
}
