package browser_test

import (
	"testing"

	"frontdesk/internal/testkit/clinic"
)

// The first load of the calendar weighs 120 kB over the wire at most, later pages
// 40 kB (issue 2, "Interface").
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	north.fillDay(today(t))
	visitor := newPerson(t, world.URL)
	visitor.signIn(north.Staff.Email, clinic.Password)
	visitor.at("/")
	p := newPerson(t, world.URL)
	p.takeCookiesOf(visitor)
	p.weigh("/calendar?view=day", 120)
	for _, path := range []string{"/", "/calendar?view=day", "/calendar?view=week", "/calendar?view=month", "/calendar?view=agenda", "/clients", north.client, "/appointments/new", "/inbox", "/providers", "/services"} {
		p.weigh(path, 40)
	}
}

// weigh opens a path and fails the test when it takes more kilobytes than most.
func (p *person) weigh(path string, most float64) {
	p.t.Helper()
	p.settle()
	p.take()
	p.open(path)
	p.settle()
	if weight := p.take(); weight > most || weight == 0 {
		p.t.Errorf("%s weighs %.1f kB, more than %.0f", path, weight, most)
	} else {
		p.t.Logf("%s weighs %.1f kB", path, weight)
	}
}
