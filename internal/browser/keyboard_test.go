package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/testkit/clinic"
)

// keys presses the keys of the text one after the other.
func (p *person) keys(text string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(text))
}

// mostTabs is further than anything on a page is from its beginning.
const mostTabs = 60

// tabTo presses Tab until the focus is where the finder says, and fails when a
// stop on the way does not show that it has the focus.
func (p *person) tabTo(what, finder string) {
	p.t.Helper()
	for range mostTabs {
		p.keys(kb.Tab)
		if hidden := wait[string](p, "a focus", "find.hiddenFocus()"); hidden != "" {
			p.t.Errorf("on the way to %s the focus is not visible at %s", what, hidden)
		}
		if wait[string](p, "a focus", "String(document.activeElement === "+finder+")") == "true" {
			return
		}
	}
	p.t.Fatalf("%d presses of Tab do not reach %s: %s", mostTabs, what, p.describe())
}

func (p *person) tabToButton(label string) {
	p.t.Helper()
	p.tabTo(label, "find.button("+quote(label)+")")
}

func (p *person) tabToField(label string) {
	p.t.Helper()
	p.tabTo(label, "find.field("+quote(label)+")")
}

// waitForFocus waits until the focus is where the finder says.
func (p *person) waitForFocus(what, finder string) {
	p.t.Helper()
	wait[bool](p, "the focus on "+what, "document.activeElement === "+finder)
}

func TestSomebodyWithoutAMouseSignsInBooksAndAnswers(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	servers := north.addMailbox(t)
	servers.inbox.Deliver(t, []byte("From: Maria <maria@mail.example>\r\nTo: desk@north.example\r\nSubject: A question\r\nMessage-ID: <keyboard@mail.example>\r\n\r\nAre you open on Friday?\r\n"))
	north.sync(t)
	p := newPerson(t, world.URL)
	p.open("/login")
	p.waitForFocus("the address", `find.field("E-mail")`)
	p.keys(north.Staff.Email + kb.Tab + clinic.Password + kb.Enter)
	p.at("/")

	p.keys("gc")
	p.at("/calendar")
	p.bookByKeyboard()

	p.waitForMail("A question")
	p.keys("gi")
	p.at("/inbox")
	p.tabTo("the mail", `find.visible('li[id^="conversation-"] a')`)
	p.keys(kb.Enter)
	p.below("/inbox")
	p.tabToField("Your answer")
	p.keys("Yes, from nine.")
	p.tabToButton("Send")
	p.keys(kb.Enter)
	if sent := servers.smtp.Next(t); !strings.Contains(string(sent.Raw), "Yes, from nine.") {
		t.Errorf("the answer reads %s", sent.Raw)
	}
	p.seeSelector(`[data-delivery="sent"]`)
}

func (p *person) bookByKeyboard() {
	p.t.Helper()
	p.keys("n")
	p.waitForFocus("the search for a client", `find.field("Name, phone or e-mail")`)
	p.keys("popes")
	p.seeSelector("#appointment-clients label")
	wait[bool](p, "the one who is found", `find.all("#appointment-clients label").length === 1`)
	p.tabTo("the client", `find.root().querySelector('#appointment-clients [name="client_id"]')`)
	p.keys(" ")
	p.tabToField("Service")
	p.keys("C")
	p.tabToField("Provider")
	p.keys("D")
	p.tabToField("Time")
	p.keys("1000AM")
	p.tabToField("Minutes")
	p.keys("45" + kb.Enter)
	p.see("The appointment is booked.")
	p.seeGone("dialog[open]")
	p.tilePath("10:00–10:45")
}

func TestADialogKeepsTheFocusAndGivesItBack(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/calendar")
	p.tabToButton("New appointment")
	p.keys(kb.Enter)
	p.seeSelector("#appointment-form")
	for range 30 {
		p.keys(kb.Tab)
		// Between the last stop and the first the browser's own controls have it.
		if where := wait[string](p, "a focus", `(document.activeElement === document.body || find.root().contains(document.activeElement)) ? "inside" : document.activeElement.outerHTML`); where != "inside" {
			t.Fatalf("Tab left the dialog for %s", where)
		}
	}
	p.keys(kb.Escape)
	p.seeGone("dialog[open]")
	p.waitForFocus("what opened the dialog", `find.button("New appointment")`)
}
