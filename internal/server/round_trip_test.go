package server_test

import (
	"net/http"
	"testing"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// queriesOf is how many queries each page asks its clinic, as is written in its
// handler. A page that asks one more says why here.
var queriesOf = map[string]int64{
	"/":                     3, // the day, the unread mail, what is still to set up
	"/calendar?view=day":    2, // providers with their hours, appointments
	"/calendar?view=week":   2,
	"/calendar?view=month":  2,
	"/calendar?view=agenda": 2,
	"/appointments/new":     3, // providers, services, clients
	"/appointments/:id":     2, // the appointment, the provider's hours
	"/clients":              1,
	"/clients?q=mar":        1,
	"/clients/new":          0,
	"/clients/:id":          6, // the client, two for the log (row, commit), those alike, appointments, conversations
	"/providers":            2,
	"/services":             1,
	"/inbox":                2, // the mailboxes of the filter, the conversations
	"/inbox/:id":            4,
	"/settings/email":       1,
	"/settings/audit":       2, // the rows, the people of the filter
	"/settings/audit/:id":   1,
	"/team":                 3,
}

func TestAPageTakesOneRoundTripForTheGuardAndOneForEachQuery(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	tenantLine, tenantURL := testkit.NewDatabaseProxy(t, database.TenantURL)
	platformLine, platformURL := testkit.NewDatabaseProxy(t, database.PlatformURL)
	// One connection each, so that one request warms it for the next.
	opened, err := store.Open(t.Context(), store.Config{TenantURL: tenantURL, PlatformURL: platformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened, keepingNothing)
	alfa := world.Clinic("alfa")
	own := furnish(t, world, alfa, ownMark)
	owner := alfa.SignInOwner()
	for path, most := range queriesOf {
		address := addressOf(path, own)
		if warm := owner.Get(address); warm.Status != http.StatusOK {
			t.Errorf("%s answers %d", address, warm.Status)
			continue
		}
		tenantBefore, platformBefore := tenantLine.Trips.Load(), platformLine.Trips.Load()
		owner.Get(address)
		if trips := platformLine.Trips.Load() - platformBefore; trips != 1 {
			t.Errorf("%s: the guard took %d round trips", path, trips)
		}
		if trips := tenantLine.Trips.Load() - tenantBefore; trips != most {
			t.Errorf("%s: %d round trips for %d queries", path, trips, most)
		}
	}
}

// addressOf puts the clinic's own row in the place of :id.
func addressOf(path string, own possessions) string {
	for key, id := range own {
		if key == path {
			return path[:len(path)-len(":id")] + id.String()
		}
	}
	return path
}
