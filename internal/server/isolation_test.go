package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// neighbours are two clinics that have one of everything; the browser is alfa's.
type neighbours struct {
	*clinic.World
	alfa, beta   *clinic.Clinic
	owner        *clinic.Browser
	own, foreign possessions
}

const ownMark, foreignMark = "Marigold", "Zephyrine"

func twoClinics(t *testing.T, options ...clinic.Option) *neighbours {
	t.Helper()
	return neighboursIn(t, clinic.New(t, options...))
}

func neighboursIn(t *testing.T, world *clinic.World) *neighbours {
	t.Helper()
	n := &neighbours{World: world}
	n.alfa, n.beta = n.Clinic("alfa"), n.Clinic("beta")
	n.owner = n.alfa.SignInOwner()
	n.own, n.foreign = furnish(t, n.World, n.alfa, ownMark), furnish(t, n.World, n.beta, foreignMark)
	return n
}

// ofClinic is true for routes of a clinic's people.
func ofClinic(route guard.Route) bool {
	return route.Access == guard.Member || route.Access == guard.Writer || route.Access == guard.Owner
}

func (n *neighbours) askAsOwner(method, path string) *clinic.Answer {
	if method == http.MethodPost {
		return n.owner.Post(path, url.Values{})
	}
	return n.owner.Get(path)
}

func TestHazard015AnotherClinicsIdIsAsUnknownAsAnyOther(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	n.owner.Token()
	before := fingerprint(t, n.Database)
	tried := 0
	for _, route := range n.Server.Routes() {
		keys := parametersOf(route)
		if !ofClinic(route) || len(keys) == 0 {
			continue
		}
		for _, key := range keys {
			if n.foreign[key] == uuid.Nil {
				t.Errorf("%s %s: no factory makes %q: add one to possession_test.go, so that this route is tested against other clinics' ids", route.Method, route.Path, key)
			}
		}
		if route.Method == http.MethodGet {
			path := fill(route, n.ownOf)
			if answer := n.owner.Get(path); answer.Status == http.StatusNotFound || answer.Status >= 500 {
				t.Errorf("GET %s: one's own answers %d, so the comparison means nothing", route.Path, answer.Status)
			}
		}
		for _, key := range keys {
			n.compare(t, route, key)
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("only %d parameters tried", tried)
	}
	// Reading what is one's own is an effect of its own; nothing is written down of
	// the neighbour.
	after := fingerprint(t, n.Database)
	for _, own := range []string{"conversations", "audit_events", "audit_pending"} {
		delete(before, own)
		delete(after, own)
	}
	if written := n.Database.Count(t, "select count(*) from audit_events where tenant_id = $1 and request_id <> ''", n.beta.ID); written > 0 {
		t.Errorf("the other clinic's log has %d rows of it", written)
	}
	if !maps.Equal(before, after) {
		assertUntouched(t, n.Database, before)
	}
}

// compare asks with another clinic's id and with nobody's in one parameter, the
// other parameters being one's own (hazard 19 is the second of two).
func (n *neighbours) compare(t *testing.T, route guard.Route, changed string) {
	t.Helper()
	with := func(id uuid.UUID) *clinic.Answer {
		return n.askAsOwner(route.Method, fill(route, func(key string) uuid.UUID {
			if key == changed {
				return id
			}
			return n.own[key]
		}))
	}
	foreign, nobodys := with(n.foreign[changed]), with(uuid.Must(uuid.NewV7()))
	name := route.Method + " " + route.Path + " with another's " + changed
	if foreign.Status != http.StatusNotFound || nobodys.Status != http.StatusNotFound {
		t.Errorf("%s: %d, and %d for nobody's", name, foreign.Status, nobodys.Status)
	}
	if foreign.Masked() != nobodys.Masked() {
		t.Errorf("%s: the page differs from nobody's", name)
	}
	for _, header := range []http.Header{foreign.Header, nobodys.Header} {
		for _, differing := range []string{"Date", "X-Request-Id", "Content-Length"} {
			header.Del(differing)
		}
	}
	if fmt.Sprint(foreign.Header) != fmt.Sprint(nobodys.Header) {
		t.Errorf("%s: headers differ:\n%v\n%v", name, foreign.Header, nobodys.Header)
	}
}

func TestHazard016ATenantThatTheAskerNamesIsIgnored(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	beta := n.beta.ID.String()
	asks := 0
	for _, route := range n.Server.Routes() {
		if route.Method != http.MethodGet || !ofClinic(route) || len(parametersOf(route)) > 0 {
			continue
		}
		request := n.owner.Request(http.MethodGet, route.Path+"?tenant_id="+beta+"&tenant="+beta+"&q="+foreignMark, nil)
		for _, header := range []string{"X-Tenant-Id", "Tenant-Id", "X-Tenant"} {
			request.Header.Set(header, beta)
		}
		request.AddCookie(&http.Cookie{Name: "tenant_id", Value: beta})
		answer := n.owner.Do(request)
		if answer.Status >= 500 {
			t.Errorf("%s: %d", route.Path, answer.Status)
		}
		assertNothingForeign(t, route.Path, answer)
		asks++
	}
	if asks < 8 {
		t.Errorf("only %d pages asked", asks)
	}
	answer := n.owner.Post("/clients?tenant_id="+beta, url.Values{"first_name": {"Planted"}, "tenant_id": {beta}, "id": {n.foreign["/clients/:id"].String()}})
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("creating a client: %d", answer.Status)
	}
	if found := n.Database.Count(t, "select count(*) from clients where first_name = 'Planted' and tenant_id = $1", n.alfa.ID); found != 1 {
		t.Error("the client is not in the clinic of who typed it")
	}
}

// assertNothingForeign looks for rows of beta: the word that was searched for may
// stand in the page, as it was typed, but not what only a row holds.
func assertNothingForeign(t *testing.T, where string, answer *clinic.Answer) {
	t.Helper()
	text := answer.Text("main")
	if strings.Contains(text, foreignMark+" "+foreignMark) || strings.Contains(text, strings.ToLower(foreignMark)+"@") {
		t.Errorf("%s shows another clinic's rows", where)
	}
}

func TestHazard017AnAppointmentTakesNothingOfAnotherClinic(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	n.owner.Token()
	before := fingerprint(t, n.Database)
	fields := map[string]string{"client_id": "/clients/:id", "provider_id": "/providers/:id", "service_id": "/services/:id"}
	for _, path := range []string{"/appointments", "/appointments/" + n.own["/appointments/:id"].String()} {
		for field, key := range fields {
			if field == "client_id" && path != "/appointments" {
				continue // who the appointment is for does not change
			}
			book := func(id uuid.UUID) *clinic.Answer {
				form := url.Values{"date": {"2027-02-02"}, "time": {"10:00"}, "version": {"1"}}
				for other, otherKey := range fields {
					form.Set(other, n.own[otherKey].String())
				}
				form.Set(field, id.String())
				return n.owner.Post(path, form)
			}
			foreign, nobodys := book(n.foreign[key]), book(uuid.Must(uuid.NewV7()))
			if foreign.Status != nobodys.Status || foreign.Status != http.StatusNotFound && foreign.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s with another's %s: %d, and %d for nobody's", path, field, foreign.Status, nobodys.Status)
			}
			if foreign.Masked() != nobodys.Masked() {
				t.Errorf("%s with another's %s: the page differs from nobody's", path, field)
			}
		}
	}
	assertUntouched(t, n.Database, before)
}

func TestHazard018ListsAndSearchesShowOwnRowsOnly(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	for _, route := range n.Server.Routes() {
		if route.Method != http.MethodGet || !ofClinic(route) && route.Path != "/" || len(parametersOf(route)) > 0 {
			continue
		}
		for _, query := range []string{"", "?view=agenda", "?view=week", "?view=month"} {
			answer := n.owner.Get(route.Path + query)
			if strings.Contains(string(answer.Body), foreignMark) {
				t.Errorf("%s%s shows another clinic's rows", route.Path, query)
			}
			for key, id := range n.foreign {
				if strings.Contains(string(answer.Body), id.String()) {
					t.Errorf("%s%s names another clinic's %s", route.Path, query, key)
				}
			}
		}
	}
	for _, path := range []string{"/clients", "/inbox"} {
		if !strings.Contains(string(n.owner.Get(path).Body), ownMark) {
			t.Errorf("%s does not show one's own", path)
		}
		for _, forged := range []string{"x", "%00", "e30", "eyJrIjoxfQ", strings.Repeat("A", 3000), "../../etc", n.foreign["/clients/:id"].String()} {
			if answer := n.owner.Get(path + "?after=" + forged); answer.Status != http.StatusBadRequest && (answer.Status != http.StatusOK || forged != "e30") {
				t.Errorf("%s?after=%.20s: %d", path, forged, answer.Status)
			}
		}
	}
}

func TestHazard030TwoClinicsOverHTTPThroughOneConnectionNeverMeet(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	opened, err := store.Open(t.Context(), store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	furnish(t, world, alfa, ownMark)
	furnish(t, world, beta, foreignMark)
	var done sync.WaitGroup
	for browser, marks := range map[*clinic.Browser][2]string{
		alfa.SignInStaff(): {ownMark, foreignMark},
		beta.SignInStaff(): {foreignMark, ownMark},
	} {
		done.Go(func() {
			for range 250 {
				body := string(browser.Get("/clients").Body)
				if !strings.Contains(body, marks[0]) || strings.Contains(body, marks[1]) {
					t.Errorf("the clients of %s are not their own", marks[0])
					return
				}
			}
		})
	}
	done.Wait()
}
