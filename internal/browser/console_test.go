package browser_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/testkit/clinic"
)

// quiet fails the test for whatever the browser complains about: a script that
// throws, or the security policy in the way. That an answer was 409 or 422 is no
// complaint.
func (p *person) quiet() {
	p.t.Helper()
	err := chromedp.Listen(p.page, func(event any) {
		switch event := event.(type) {
		case *log.EventEntryAdded:
			if event.Entry.Level == "error" && event.Entry.Source != "network" {
				p.t.Errorf("the browser says: %s", event.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			p.t.Errorf("a script throws: %s", event.ExceptionDetails.Text)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.page, log.Enable, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
}

// lists waits until the address asks for that search in that direction, and the
// list shows it.
func (p *person) lists(search, direction string) {
	p.t.Helper()
	wait[bool](p, "a search for "+search, `find.moving() === '' && ((asked) => asked.get('q') === `+quote(search)+
		` && (asked.get('direction') ?? 'asc') === `+quote(direction)+`)(new URLSearchParams(location.search))`)
}

// among is an installation with so many clinics and people, and who runs it.
func among(t *testing.T, tenants, users int) *person {
	t.Helper()
	world := clinic.New(t)
	world.Crowd(tenants, users)
	admin := signInSuperAdmin(t, world)
	admin.quiet()
	return admin
}

func TestTheConsoleLooksGood(t *testing.T) {
	t.Parallel()
	among(t, 200, 2000).looksAtTheConsole("/admin/tenants?q=clinic-9", "/admin/users?q=person-99", (*person).looksGood)
}

func TestTheConsoleWithAThousandClinicsLooksGood_Slow(t *testing.T) {
	t.Parallel()
	among(t, 1000, 20000).looksAtTheConsole("/admin/tenants", "/admin/users", (*person).looksGoodEverywhere)
}

// looksAtTheConsole goes through the console's lists at these addresses, and through those
// whose names are long or markup. Most of what a look costs, it costs for each row.
func (p *person) looksAtTheConsole(tenants, users string, good func(p *person, name string)) {
	p.t.Helper()
	for name, path := range map[string]string{
		"60-tenants": tenants, "61-users": users, "62-tenants-nothing": "/admin/tenants?q=nothing+like+it",
	} {
		p.open(path)
		good(p, name)
	}
	for name, list := range map[string]string{"63-tenant": "/admin/tenants?q=clinic-97", "64-user": "/admin/users?q=person-997%40", "65-user-deleted": "/admin/users?q=person-1999%40"} {
		p.open(list)
		p.open(p.attribute(".row-link", "href"))
		good(p, name)
		p.open(evaluate[string](p, "location.pathname") + "/edit")
		good(p, name+"-edit")
	}
	p.open(tenants)
	p.pressSelector(`tbody .row-actions a`)
	p.seeSelector("dialog[open] #transition")
	good(p, "66-reason")
	if title := evaluate[string](p, "document.title"); title == "1" {
		p.t.Error("a name ran as a script")
	}
}

func TestTheConsolesListsChangeInPlace(t *testing.T) {
	t.Parallel()
	admin := among(t, 200, 2000)
	admin.open("/admin/tenants")
	evaluate[bool](admin, "window.same = true")

	admin.fill("Search by name or short name", "clinica sud")
	admin.lists("clinica sud", "asc")
	first := admin.text(".row-link")
	admin.pressSelector("#tenants-sort-name")
	admin.lists("clinica sud", "desc")
	if last := admin.text(".row-link"); last <= first {
		t.Errorf("turned round, the list begins with %q after %q", last, first)
	}
	if !evaluate[bool](admin, "window.same === true") {
		t.Error("the page was loaded anew")
	}
	admin.do(chromedp.Reload())
	admin.lists("clinica sud", "desc")
	if kept := admin.value("Search by name or short name"); kept != "clinica sud" {
		t.Errorf("after reload it searches %q", kept)
	}
	evaluate[bool](admin, "history.back() || true")
	admin.lists("clinica sud", "asc")
	if back := admin.text(".row-link"); back != first {
		t.Errorf("back, the list begins with %q", back)
	}

	admin.open("/admin/users")
	first = admin.text(".row-link")
	admin.pressSelector("#users-next")
	wait[bool](admin, "the next page", "find.moving() === '' && location.search.startsWith('?after=')")
	if admin.text(".row-link") == first {
		t.Error("the next page is the first one")
	}
	admin.pressSelector("#users-previous")
	wait[bool](admin, "the page before", "find.moving() === '' && location.search.startsWith('?before=')")
	if back := admin.text(".row-link"); back != first {
		t.Errorf("the page before begins with %q, not %q", back, first)
	}
}

func TestTickedRowsAreChangedInPlaceAndFailuresAreTold(t *testing.T) {
	t.Parallel()
	admin := among(t, 200, 2000)
	admin.open("/admin/tenants?q=clinic-10&sort=slug&direction=asc")
	admin.pressSelector("thead .row-select")
	rows := admin.count(`tbody tr[id^="tenant-"]`)
	wait[bool](admin, "all rows ticked", `find.all('tbody .row-select :checked').length === `+strconv.Itoa(rows))
	admin.looksGoodEverywhere("67-ticked")
	admin.fill("Reason", "The contract has ended")
	admin.press("Apply")
	admin.seeSelector("[data-failures]")
	admin.looksGoodEverywhere("68-failures")
	failed := admin.count("[data-failures] li")
	if failed == 0 || failed >= rows {
		t.Errorf("of %d rows %d failed", rows, failed)
	}
	if shown := admin.text("[data-selected]"); shown != strconv.Itoa(failed) {
		t.Errorf("of %d rows that failed %q stay ticked", failed, shown)
	}
	admin.lists("clinic-10", "asc")
}

func TestTheConsoleWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	admin := among(t, 200, 2000)
	admin.open("/admin/users")
	admin.tabToField("Search by name or e-mail")
	admin.keys("person-11@")
	admin.lists("person-11@", "asc")
	admin.tabTo("the head", `document.querySelector("#users-sort-name")`)
	admin.keys(kb.Enter)
	admin.lists("person-11@", "desc")
	admin.waitForFocus("the head", `document.querySelector("#users-sort-name")`)
	admin.tabTo("the row's first change", `find.visible("tbody .row-actions a")`)
	admin.keys(kb.Enter)
	admin.seeSelector("dialog[open] #transition")
	admin.waitForFocus("the reason", `find.field("Reason")`)
	admin.keys("Left the company")
	admin.tabToButton("Suspend")
	admin.keys(kb.Enter)
	admin.seeGone("dialog[open]")
	wait[bool](admin, "the new state", `find.text(find.visible("tbody tr")).includes("Suspended")`)

	admin.tabTo("the row's box", `find.visible('tbody input[name="id"]')`)
	admin.keys(" ")
	admin.tabToField("What to do with the selected rows")
	admin.keys("A")
	admin.tabToField("Reason")
	admin.keys("They are back again" + kb.Enter)
	wait[bool](admin, "the state of before", `find.text(find.visible("tbody tr")).includes("Active")`)
}
