package browser_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/testkit/clinic"
)

// turnWheel turns the wheel over an element and waits until the page has heard of it.
func (p *person) turnWheel(finder string) {
	p.t.Helper()
	at := p.middle(finder)
	evaluate[bool](p, `document.addEventListener("wheel", () => { window.turned = true; }, { passive: true, once: true }) ?? true`)
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: at.X, Y: at.Y, DeltaX: 1, DeltaY: -120}); err != nil {
		p.t.Fatalf("turn the wheel: %v", err)
	}
	wait[bool](p, "the wheel", `!!window.turned && delete window.turned`)
}

func TestHazard120TheWheelChangesNoNumberAndNoChoiceThatHasTheFocus(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Owner.Email, clinic.Password)
	p.at("/")
	p.open("/appointments/new")
	p.choose("Service", "Consultation")
	for _, field := range []string{`[name="duration"]`, `[name="service_id"]`} {
		finder := "find.visible(" + quote(field) + ")"
		before := wait[string](p, field, finder+`.focus() ?? (`+finder+`.type === "number" ? `+finder+`.value = "30" : `+finder+`.value)`)
		p.turnWheel(finder)
		if after := wait[string](p, field, finder+".value"); after != before || before == "" {
			t.Errorf("%s was %q and is %q", field, before, after)
		}
	}
	// Nothing is listened to any more where the focus has left.
	p.open("/services/new")
	finder := `find.visible('[name="duration"]')`
	wait[bool](p, "a number without the focus", finder+`.focus() ?? `+finder+`.blur() ?? true`)
	p.turnWheel(finder)
}

func TestHazard110EnterInTheSearchForAClientFindsAndBooksNobody(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.open(north.client)
	p.press("Book appointment")
	p.at("/appointments/new")
	p.choose("Service", "Consultation")
	p.choose("Provider", "Dr. Ana Ionescu")
	p.fill("Date", today(t).AddDate(0, 0, 1).Format(time.DateOnly))
	p.fill("Time", "11:00")
	wait[bool](p, "the client whose page it was", `!!document.querySelector("#appointment-clients :checked")`)
	p.fill("Name, phone or e-mail", "vlad")
	p.settle()
	p.keys(kb.Enter)
	wait[bool](p, "the one who is looked for", `[...document.querySelectorAll("#appointment-clients label")].map((label) => label.innerText).join().startsWith("Vlad")`)
	if chosen := evaluate[int](p, `document.querySelectorAll("#appointment-clients :checked").length`); chosen != 0 {
		t.Error("the first client is chosen still")
	}
	p.at("/appointments/new")
	p.pressSelector("#appointment-clients label")
	// Elsewhere Enter sends the form.
	p.fill("Time", "11:30")
	p.keys(kb.Enter)
	p.see("The appointment is booked.")
	p.see("Vlad Stan")
}
