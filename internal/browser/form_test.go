package browser_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard072ADoubleClickOnSubmitMakesOneRow(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := world.Clinic("north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/clients/new")
	p.fill("First name", "Ion")
	p.doubleClick("Add client")
	p.below("/clients")
	p.open("/clients")
	if rows := p.count(`tr[id^="client-"]`); rows != 1 {
		t.Errorf("a double click made %d clients", rows)
	}
}

func TestAQuestionThatIsNotAnsweredWithYesChangesNothing(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Owner.Email, clinic.Password)
	p.at("/")
	p.open(north.provider)
	p.press("Deactivate")
	p.seeSelector("#confirm[open]")
	p.press("Go back")
	p.seeGone("#confirm[open]")
	p.press("Deactivate")
	p.seeSelector("#confirm[open]")
	p.keys(kb.Escape)
	p.seeGone("#confirm[open]")
	p.waitForFocus("the button that asked", `find.button("Deactivate")`)
	p.open(north.provider)
	wait[bool](p, "an active provider", `!!find.button("Deactivate")`)
}

// The search's answer waits in the database while a client is picked of those that are
// there already.
func TestAClientWhoIsPickedDuringASearchStaysPicked(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/appointments/new")
	holder := testkit.Connect(t, world.Database.SuperuserURL)
	run(t, holder, "begin")
	run(t, holder, "lock table clients in access exclusive mode")
	p.fill("Name, phone or e-mail", "popes")
	p.seeSelector(`[name="client_query"].htmx-request`)
	p.pressSelector("#appointment-clients label")
	run(t, holder, "commit")
	p.settle()
	wait[bool](p, "a client who is picked", `!!document.querySelector("#appointment-clients :checked")`)
	p.choose("Service", "Consultation")
	p.choose("Provider", "Dr. Ana Ionescu")
	p.fill("Date", today(t).Format(time.DateOnly))
	p.fill("Time", "11:00")
	p.press("Book")
	p.see("The appointment is booked.")
}

func TestWithoutJavaScriptOneSignsInAddsAClientAndBooks(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	if _, err := chromedp.Call(p.page, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/clients/new")
	p.fill("First name", "Vasile")
	p.press("Add client")
	p.below("/clients")
	p.press("Book appointment")
	p.at("/appointments/new")
	p.choose("Service", "Consultation")
	p.choose("Provider", "Dr. Ana Ionescu")
	p.fill("Date", today(t).Format(time.DateOnly))
	p.fill("Time", "11:00")
	p.press("Book")
	p.see("The appointment is booked.")
	p.picture("34-without-script")
	p.open("/calendar?view=day&date=" + today(t).Format(time.DateOnly))
	address := p.tilePath("11:00")
	// The same time again: the form comes back with what is free.
	p.open("/appointments/new")
	p.fill("Name, phone or e-mail", "vasile")
	p.pressSelector(`[name="find_client"]`)
	p.at("/appointments")
	p.see("Vasile")
	p.pressSelector("#appointment-clients label")
	p.choose("Service", "Consultation")
	p.choose("Provider", "Dr. Ana Ionescu")
	p.fill("Date", today(t).Format(time.DateOnly))
	p.fill("Time", "11:00")
	p.press("Book")
	p.seeSelector("[data-taken]")
	p.picture("35-without-script-taken")
	p.pressSelector("[data-free-time]")
	p.see("The appointment is booked.")
	// What destroys asks with script only; without, it does at once.
	p.open(address)
	p.press("Cancel appointment")
	p.see("The appointment is cancelled; its time is free.")
	p.open(address)
	p.seeSelector(`[data-status="cancelled"]`)
}
