package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

func TestAResourceIsAddedFoundAndItsStaleFormShowsWhatIsStored(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.press("Rooms and devices")
	p.at("/resources")
	p.looksGood("resources-none")
	p.press("New room or device")
	p.at("/resources/new")
	p.fill("Name", "Room 2")
	p.fill("Kind", "Room\u202e")
	p.press("Add")
	p.seeSelector("#kind-error")
	p.looksGood("resource-new-wrong")
	p.fill("Kind", "Treatment room")
	p.press("Add")
	location := p.below("/resources")
	p.see("The room or device is saved.")
	p.looksGood("resource")
	p.press("Edit")
	p.at(location + "/edit")
	p.fill("Name", "Room 3")
	theirs := url.Values{"name": {strings.Repeat("The room behind the stairs ", 7)}, "kind": {"Treatment room"}, "version": {"1"}}
	north.create(t, location, theirs)
	p.press("Save")
	p.seeSelector("#name-hint.field-stored")
	p.looksGood("resource-stale")
	p.press("Save what I typed")
	p.see("The room or device is saved.")
	north.create(t, "/resources", url.Values{"name": {strings.TrimSpace(strings.Repeat("A very long name ", 11))}, "kind": {"Ultrasound"}})
	p.open("/resources")
	p.looksGood("resources")
	if first := p.text(`tr[id^="resource-"] .row-link`); !strings.HasPrefix(first, "A very long name") {
		t.Errorf("the first of the list is %q", first)
	}
}
