package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"frontdesk/internal/testkit/clinic"
)

// stored lists what the page keeps in this browser beyond cookies.
const stored = `(async () => JSON.stringify([
	...Object.keys(sessionStorage), ...Object.keys(localStorage),
	...(await indexedDB.databases()).map((database) => database.name),
	...(self.caches ? await caches.keys() : []),
]))()`

func TestHazard072BackAfterSigningOutShowsNothing(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/clients")
	p.press("Maria Popescu")
	p.at(north.client)
	p.open("/calendar")
	p.press("Week") // htmx puts this into the history
	p.seeSelector(`#calendar[data-view="week"]`)
	p.keepsNothing()
	p.open(north.client)
	p.see("Maria Popescu")
	p.pressSelector(".account")
	p.press("Sign out")
	p.at("/login")
	p.keepsNothing()
	for range 4 {
		p.do(chromedp.NavigateBack())
		p.see("Sign in")
		if shown := evaluate[string](p, "String(document.documentElement.outerHTML.match(/Popescu|Ionescu/))"); shown != "null" {
			t.Fatalf("Back after signing out shows %s", shown)
		}
	}
}

// keepsNothing fails the test when the browser's storage holds anything.
func (p *person) keepsNothing() {
	p.t.Helper()
	if found := evaluate[string](p, stored, chromedp.EvalAwaitPromise); found != "[]" {
		p.t.Errorf("the browser keeps %s", found)
	}
}
