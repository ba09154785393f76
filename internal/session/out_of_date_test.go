package session_test

import (
	"net/http"
	"net/url"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

// typed is the sign-in form of a page, as somebody at alfa fills it in.
func typed(page *clinic.Answer) url.Values {
	return url.Values{
		"email": {"staff@alfa.example"}, "password": {clinic.Password}, "next": {"/clients"}, "_csrf": {page.Value(`input[name="_csrf"]`)},
	}
}

// send posts a form as it is, with a header of the browser's own.
func send(browser *clinic.Browser, path string, fields url.Values, header, value string) *clinic.Answer {
	request := browser.Request(http.MethodPost, path, fields)
	if header != "" {
		request.Header.Set(header, value)
	}
	return browser.Do(request)
}

// The cookie that the page's token was made from has run out.
func TestHazard117APageThatWasLeftOpenForADaySignsIn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Clinic("alfa")
	old := typed(world.Browser().Get("/login"))
	for header, value := range map[string]string{"Origin": world.URL, "Sec-Fetch-Site": "same-origin"} {
		browser := world.Browser()
		if answer := send(browser, "/login", old, header, value); answer.Status != http.StatusSeeOther || answer.Location() != "/clients" {
			t.Errorf("with %s it answered %d %q", header, answer.Status, answer.Location())
		}
		if answer := browser.Get("/clients"); answer.Status != http.StatusOK {
			t.Errorf("with %s the clients answer %d", header, answer.Status)
		}
	}
	// For which no browser vouches: the form again, good at once.
	browser := world.Browser()
	again := send(browser, "/login", old, "", "")
	if again.Status != http.StatusForbidden || again.Value(`input[name="email"]`) != "staff@alfa.example" || again.Find("[data-error-summary]").Length() != 1 {
		t.Fatalf("it answered %d: %s", again.Status, again.Text("main"))
	}
	if answer := send(browser, "/login", typed(again), "", ""); answer.Status != http.StatusSeeOther || answer.Location() != "/clients" {
		t.Errorf("the second time it answered %d %q", answer.Status, answer.Location())
	}
}

func TestHazard117ASecondTabSignsInAfterTheFirst(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Clinic("alfa")
	browser := world.Browser()
	first, second := typed(browser.Get("/login")), typed(browser.Get("/login"))
	if answer := send(browser, "/login", first, "", ""); answer.Status != http.StatusSeeOther {
		t.Fatalf("the first tab answered %d", answer.Status)
	}
	if answer := send(browser, "/login", second, "Sec-Fetch-Site", "same-origin"); answer.Status != http.StatusSeeOther || answer.Location() != "/clients" {
		t.Errorf("the second tab answered %d %q", answer.Status, answer.Location())
	}
	if answer := browser.Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("the clients answer %d", answer.Status)
	}
}

// Nobody is signed in by another's page, into an account that is not theirs.
func TestHazard117NoOtherPageSignsAnybodyIn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Clinic("alfa")
	old := typed(world.Browser().Get("/login"))
	for _, from := range [][2]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none"}, {"", ""},
	} {
		browser := world.Browser()
		if answer := send(browser, "/login", old, from[0], from[1]); answer.Status != http.StatusForbidden {
			t.Errorf("%v: it answered %d", from, answer.Status)
		}
		if answer := browser.Get("/clients"); answer.Status != http.StatusSeeOther {
			t.Errorf("%v: the clients answer %d", from, answer.Status)
		}
	}
}

func TestHazard117AFormForANewPasswordComesBackFreshWithTheAddress(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Clinic("alfa")
	browser := world.Browser()
	asked := url.Values{"email": {"staff@alfa.example"}, "_csrf": {world.Browser().Get("/password-reset").Value(`input[name="_csrf"]`)}}
	again := send(browser, "/password-reset", asked, "", "")
	if again.Status != http.StatusForbidden || again.Value(`input[name="email"]`) != "staff@alfa.example" {
		t.Errorf("it answered %d", again.Status)
	}
	asked.Set("_csrf", again.Value(`input[name="_csrf"]`))
	if answer := send(browser, "/password-reset", asked, "", ""); answer.Status != http.StatusSeeOther {
		t.Errorf("the second time it answered %d", answer.Status)
	}
	// And a second factor that nobody waits for any more begins at the sign-in page.
	if answer := send(browser, "/login/second-factor", url.Values{"code": {"123456"}}, "", ""); answer.Status != http.StatusForbidden || answer.Find(`input[name="email"]`).Length() != 1 {
		t.Errorf("a second factor answered %d", answer.Status)
	}
}
