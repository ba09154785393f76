package server_test

import (
	"net/http"
	"regexp"
	"testing"

	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// mostTrips is how many round trips to the database a page may take, the guard's
// question included. One that asks several things asks them in a Snapshot, at once.
const mostTrips = 3

// What support reads is written into the clinic's log before the page is made, by a
// transaction of its own, since those of the page only read.
const supportRead = 1

// more is what a page may take beyond that, for a reason.
var more = map[string]int64{
	// Each reading of a client is logged, support's once more than that: apart from the
	// reading, which has to be over by then.
	"support at /clients/:id": 1,
	// A file is read in steps of a thousand rows. Each asks who they are, then what
	// belongs to them; that somebody takes it is written down first.
	"admin at /admin/users/export": 1,
}

// askedOtherwise are addresses of a page that ask the database other things than its
// plain one.
var askedOtherwise = map[string][]string{
	"/appointments/new": {"?client_id={/clients/:id}&provider_id={/providers/:id}&service_id={/services/:id}"},
	"/calendar":         {"?view=day", "?view=week", "?view=month", "?view=agenda"},
	"/clients":          {"?q=mar", "?q=nobody"},
	"/providers":        {"?q=mar"},
	"/services":         {"?q=mar"},
	"/inbox":            {"?filter=unread", "?q=nobody"},
	"/inbox/:id":        {"?all=1"},
	"/settings/audit":   {"?action=client_read", "?kind=client", "?q=nobody"},
	"/admin/tenants":    {"?q=alfa", "?q=nobody"},
	"/admin/users":      {"?q=alfa", "?q=nobody"},
	"/admin/audit":      {"?action=tenant_create"},
}

// placeholder is the parameter of a route, in the place of an id.
var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// measured is an installation whose every byte to and from the database goes through a
// counter.
type measured struct {
	*matrix
	lines []*testkit.DatabaseProxy
}

func newMeasured(t *testing.T) *measured {
	t.Helper()
	database := testkit.NewDatabase(t)
	tenantLine, tenantURL := testkit.NewDatabaseProxy(t, database.TenantURL)
	platformLine, platformURL := testkit.NewDatabaseProxy(t, database.PlatformURL)
	// One connection each, so that one request warms it for the next.
	opened, err := store.Open(t.Context(), store.Config{TenantURL: tenantURL, PlatformURL: platformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened, strictly, keepingNothing)
	return &measured{matrix: matrixOf(t, neighboursIn(t, world)), lines: []*testkit.DatabaseProxy{tenantLine, platformLine}}
}

func (m *measured) trips() (trips int64) {
	for _, line := range m.lines {
		trips += line.Trips.Load()
	}
	return trips
}

// addresses are those under which a route is asked.
func (m *measured) addresses(t *testing.T, route guard.Route) []string {
	t.Helper()
	path := m.pathFor(t, route)
	addresses := []string{path}
	for _, query := range askedOtherwise[route.Path] {
		addresses = append(addresses, path+placeholder.ReplaceAllStringFunc(query, func(key string) string {
			return m.own[key[1:len(key)-1]].String()
		}))
	}
	return addresses
}

// askers are the callers who are asked for a route: it may ask more for one of those
// whom it admits than for another.
func askers(route guard.Route) []string {
	switch route.Access {
	case guard.Public, guard.SignedIn:
		return []string{"owner", "admin", "support"}
	case guard.Member:
		return []string{"owner", "support"}
	case guard.SuperAdmin:
		return []string{"admin"}
	case guard.Machine:
		return []string{"anonymous"}
	}
	return []string{"owner"}
}

// allowance is how many round trips a route may take when a caller asks for it.
func allowance(route guard.Route, caller string) int64 {
	most := mostTrips + more[caller+" at "+route.Path]
	if caller == "support" && route.Access != guard.Public {
		most += supportRead
	}
	return most
}

func TestNoPageTakesMoreThanThreeRoundTripsTheGuardsIncluded(t *testing.T) {
	t.Parallel()
	m := newMeasured(t)
	for _, route := range m.Server.Routes() {
		if route.Method != http.MethodGet || route.Path == "/events" { // which has no end
			continue
		}
		for _, caller := range askers(route) {
			browser := m.Browser()
			if session, signedIn := m.sessions[caller]; signedIn {
				browser = m.Enter(session)
			}
			for _, address := range m.addresses(t, route) {
				for _, ask := range []func(string) *clinic.Answer{browser.Get, browser.Fragment} {
					m.assertCheap(t, caller+" at "+address, allowance(route, caller), func() *clinic.Answer { return ask(address) })
				}
			}
		}
	}
}

// assertCheap asks twice: the first request on a connection prepares what it asks.
func (m *measured) assertCheap(t *testing.T, name string, most int64, ask func() *clinic.Answer) {
	t.Helper()
	ask()
	before := m.trips()
	answer := ask()
	trips := m.trips() - before
	if trips > most {
		t.Errorf("%s: %d round trips, %d at most", name, trips, most)
	}
	if answer.Status == http.StatusForbidden || answer.Status == http.StatusBadRequest || answer.Status >= http.StatusInternalServerError {
		t.Errorf("%s answers %d", name, answer.Status)
	}
	t.Logf("%d %s: %d", trips, name, answer.Status)
}
