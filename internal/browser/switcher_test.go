package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// switchButton is the one that is seen: there is another for the other width.
const switchButton = `find.visible("[data-switch]")`

// joinClinics makes somebody a receptionist of further clinics, with names as long as
// clinics give themselves.
func joinClinics(t *testing.T, world *clinic.World, userID uuid.UUID, further int) {
	t.Helper()
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	for n := range further {
		of := world.Clinic(fmt.Sprintf("further-%02d", n))
		if _, err := connection.Exec(t.Context(), "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", of.ID, userID); err != nil {
			t.Fatal(err)
		}
		if n%3 == 0 {
			if _, err := connection.Exec(t.Context(), "update tenants set name = $2 where id = $1", of.ID, fmt.Sprintf("Centrul Medical de Recuperare și Stomatologie „Sfântul Pantelimon” Cluj-Napoca nr. %d", n)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAPersonOfSeveralClinicsSwitchesInPlaceByKeyboardAlone(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	alfa := world.Clinic("alfa")
	joinClinics(t, world, alfa.Staff.ID, 2)
	p := newPerson(t, world.URL)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/")
	p.tabTo("the switcher", switchButton)
	p.keys(kb.Enter)
	p.seeSelector("#switcher button")
	p.keys(kb.Tab) // into the list
	p.keys(kb.Escape)
	p.seeGone("#switcher")
	p.waitForFocus("the switcher's button", switchButton)
	p.keys(kb.Enter)
	p.seeSelector("#switcher button")
	p.tabTo("another clinic", `find.visible("#switcher li:last-child button")`)
	p.looksGoodEverywhere("60-switcher")
	p.tabTo("another clinic", `find.visible("#switcher li:last-child button")`)
	p.keys(kb.Enter)
	p.at("/")
	wait[bool](p, "the other clinic's name", `find.text(find.visible(".brand-name")) === "Clinic further-01"`)
}

func TestFortyClinicsFitBesideTheName(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	alfa := world.Clinic("alfa")
	joinClinics(t, world, alfa.Staff.ID, 39)
	world.Database.Execute(t, "update tenants set name = $2 where id = $1", alfa.ID, longName)
	p := newPerson(t, world.URL)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/")
	p.pressWhere(switchButton)
	p.seeSelector("#switcher button")
	if n := p.count("#switcher .switcher-choice"); n != 40 {
		t.Errorf("%d clinics", n)
	}
	p.looksGoodEverywhere("61-switcher-forty")
	p.open("/tenants")
	p.looksGoodEverywhere("62-tenants-forty")
}
