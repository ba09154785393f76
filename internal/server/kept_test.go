package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/revision"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
)

// keptPages are the addresses of what is kept, under the paths of their routes.
var keptPages = map[string][]string{
	"/":          {"/"},
	"/calendar":  {"/calendar", "/calendar?view=day", "/calendar?view=week", "/calendar?view=month&date=2026-11-24", "/calendar?view=agenda"},
	"/clients":   {"/clients", "/clients?sort=created&direction=asc"},
	"/resources": {"/resources", "/resources?status=inactive"},
	"/services":  {"/services", "/services?status=inactive"},
	"/providers": {"/providers"},
	"/inbox":     {"/inbox", "/inbox?filter=unread"},
}

// keepingNothing makes every page anew, as what is kept is compared with.
func keepingNothing(p *server.Parts) { p.Config.ReadCacheMiB = 0 }

// copies are one installation: what is written on one is read on another that keeps its
// pages, and on a third that keeps none.
type copies struct {
	*neighbours
	keeping, fresh *clinic.World
}

func threeCopies(t *testing.T, options ...clinic.Option) *copies {
	t.Helper()
	// The clock stands, where a test does not say its own: "just now" becomes "1 minute ago"
	// in the middle of a kept page's minute, and so between the two that are compared.
	options = append([]clinic.Option{clinic.At(time.Now())}, options...)
	n := twoClinics(t, options...)
	return &copies{n, n.Copy(options...), n.Copy(append(slices.Clone(options), keepingNothing)...)}
}

// readers are one person's browsers, on the copy that keeps pages and on the other.
type readers struct {
	name           string
	keeping, fresh *clinic.Browser
}

func (c *copies) readers(name string, session clinic.Session) readers {
	return readers{name, c.keeping.Enter(session), c.fresh.Enter(session)}
}

// compare fails for each page that is not on the keeping copy what it is on the other.
func (r readers) compare(t *testing.T, when string) {
	t.Helper()
	for _, addresses := range keptPages {
		for _, address := range addresses {
			kept, fresh := r.keeping.Get(address), r.fresh.Get(address)
			if kept.Status != http.StatusOK || kept.Masked() != fresh.Masked() {
				t.Errorf("%s: %s is not shown to %s as it is (status %d)", when, address, r.name, kept.Status)
			}
		}
	}
}

func TestThePagesThatAreKeptAreThoseThatTheTestsRead(t *testing.T) {
	t.Parallel()
	for _, route := range server.Table() {
		if (route.Kept != nil) != (keptPages[route.Path] != nil) && route.Method == http.MethodGet {
			t.Errorf("%s is kept: %t; say in keptPages how it is asked", route.Path, route.Kept != nil)
		}
	}
}

// writes are a form for each route that changes a clinic, in an order in which each can
// be done. What the form needs of the rows there are is filled in by its path.
var writes = []struct {
	path string
	form url.Values
}{
	{"/clients", url.Values{"first_name": {"Newly"}, "last_name": {"Come"}}},
	{"/clients/:id", url.Values{"first_name": {"Renamed"}, "last_name": {"Client"}, "version": {"1"}}},
	{"/services", url.Values{"name": {"New service"}, "duration": {"30"}, "price": {"10"}}},
	{"/services/:id", url.Values{"name": {"Renamed service"}, "duration": {"45"}, "version": {"1"}}},
	{"/providers", url.Values{"name": {"Dr. New"}, "color": {"red"}}},
	{"/providers/:id", url.Values{"name": {"Dr. Renamed"}, "color": {"green"}, "version": {"1"}}},
	{"/appointments", url.Values{"client_id": {"/clients/:id"}, "provider_id": {"/providers/:id"}, "service_id": {"/services/:id"}, "date": {"2026-11-24"}, "time": {"15:00"}}},
	{"/appointments/:id", url.Values{"notes": {"other"}, "status": {"confirmed"}, "time": {"16:00"}, "date": {"2026-11-24"}}},
	{"/appointments/:id/cancellation", nil},
	{"/inbox/:id/reading", url.Values{"unread": {"true"}}},
	{"/inbox/:id/messages", url.Values{"body": {"An answer"}}},
	{"/inbox/:id/messages/:message/delivery", nil},
	{"/settings/email/:id/sync", nil},
	{"/settings/email/:id/deactivation", nil},
	{"/settings/email/:id/activation", nil},
	{"/settings/email/:id", url.Values{"name": {"Renamed box"}, "version": {"1"}}},
	{"/settings/email", url.Values{"name": {"Second box"}}},
	{"/services/:id/deactivation", nil},
	{"/services/:id/activation", nil},
	{"/resources", url.Values{"name": {"New room"}, "kind": {"Room"}}},
	{"/resources/:id", url.Values{"name": {"Renamed room"}, "kind": {"Room"}, "version": {"1"}}},
	{"/resources/:id/deactivation", nil},
	{"/resources/:id/activation", nil},
	{"/providers/:id/deactivation", nil},
	{"/providers/:id/activation", nil},
	{"/team", url.Values{"name": {"Invited"}, "email": {"invited@alfa.example"}}},
	{"/team/:id/role", url.Values{"role": {"owner"}, "version": {"1"}}},
	{"/team/:id/role", url.Values{"role": {"staff"}, "version": {"2"}}},
	{"/team/:id/removal", url.Values{"version": {"3"}}},
	{"/team/invites/:id/renewal", nil},
	{"/team/invites/:id/revocation", nil},
	{"/settings/support", url.Values{"reason": {"to be shown"}, "hours": {"1"}}},
	{"/settings/support/:id/revocation", nil},
	{"/settings/security", url.Values{"require_second_factor": {"false"}}},
}

// refusedHere are routes whose form would need a mail server, or a row in another state.
var refusedHere = []string{"/settings/email", "/settings/email/:id", "/inbox/:id/messages/:message/delivery", "/team/invites/:id/revocation"}

func TestHazard080WhatARouteWritesOnOneCopyIsShownAtOnceByTheKeptPagesOfAnother(t *testing.T) {
	t.Parallel()
	c := threeCopies(t, clinic.At(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)))
	owner := c.readers("the owner", clinic.Session{UserID: c.alfa.Owner.ID, TenantID: c.alfa.ID})
	owner.compare(t, "before anything is written")
	written := map[string]bool{}
	for _, write := range writes {
		route := guard.Route{Path: write.path}
		answer := c.owner.Post(fill(route, c.ownOf), c.filled(write.form))
		if answer.Status >= http.StatusBadRequest && !slices.Contains(refusedHere, write.path) {
			t.Errorf("POST %s answers %d: %s", write.path, answer.Status, answer.Text("[role=alert], .field-error"))
		}
		written[write.path] = true
		owner.compare(t, "after POST "+write.path)
	}
	for _, route := range c.Server.Routes() {
		if route.Method == http.MethodPost && ofClinic(route) && !written[route.Path] {
			t.Errorf("POST %s: give it its line in writes", route.Path)
		}
	}
}

// filled puts the clinic's own rows in the place of their paths.
func (c *copies) filled(form url.Values) url.Values {
	filled := url.Values{}
	for name, values := range form {
		value := values[0]
		if id, ok := c.own[value]; ok {
			value = id.String()
		}
		filled.Set(name, value)
	}
	return filled
}

func TestAKeptPageAsksItsClinicNothingAndAnyWriterMakesItAnew(t *testing.T) {
	t.Parallel()
	c := threeCopies(t)
	owner := c.readers("the owner", clinic.Session{UserID: c.alfa.Owner.ID, TenantID: c.alfa.ID})
	owner.compare(t, "before")
	provider := c.own["/providers/:id"]
	// What is written behind the triggers' back raises no revision: a page that still
	// shows what was there before was kept.
	connection := testkit.Connect(t, c.Database.SuperuserURL)
	for _, statement := range []string{"set session_replication_role = replica", "update providers set name = 'Unseen'", "set session_replication_role = default"} {
		if _, err := connection.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/providers", "/calendar?view=day"} {
		if text := owner.keeping.Get(path).Text("main"); strings.Contains(text, "Unseen") {
			t.Errorf("%s was made anew, though nothing moved", path)
		}
	}
	execute(t, c.Database, sql("update providers set name = 'By psql' where id = $1", provider))
	for _, path := range []string{"/providers", "/calendar?view=day"} {
		if text := owner.keeping.Get(path).Text("main"); !strings.Contains(text, "By psql") {
			t.Errorf("%s does not show what was written by psql", path)
		}
	}
	execute(t, c.Database, sql("update tenants set timezone = 'America/New_York' where id = $1", c.alfa.ID))
	owner.compare(t, "after the clinic moved to another zone")
}

func TestHazard025NobodyIsShownWhatWasKeptForAnother(t *testing.T) {
	t.Parallel()
	c := threeCopies(t)
	colleague := c.Member(c.alfa, "Colleague")
	bare := c.Clinic("bare") // whose start page tells its owner more than its staff
	execute(t, c.Database, sql("update users set language = 'ro' where id = $1", c.beta.Staff.ID))
	people := []readers{
		c.readers("alfa's owner", clinic.Session{UserID: c.alfa.Owner.ID, TenantID: c.alfa.ID}),
		c.readers("alfa's staff", clinic.Session{UserID: c.alfa.Staff.ID, TenantID: c.alfa.ID}),
		c.readers("a colleague", clinic.Session{UserID: colleague.ID, TenantID: c.alfa.ID}),
		c.readers("a bare clinic's owner", clinic.Session{UserID: bare.Owner.ID, TenantID: bare.ID}),
		c.readers("a bare clinic's staff", clinic.Session{UserID: bare.Staff.ID, TenantID: bare.ID}),
		c.readers("beta's owner", clinic.Session{UserID: c.beta.Owner.ID, TenantID: c.beta.ID}),
		c.readers("beta's staff, in Romanian", clinic.Session{UserID: c.beta.Staff.ID, TenantID: c.beta.ID}),
	}
	// Revisions seldom meet by themselves: here those of all clinics are the same.
	execute(t, c.Database, sql("update revisions set calendar = 1, clients = 1, inbox = 1, settings = 1"))
	for _, again := range []string{"first", "again"} {
		for _, reader := range people {
			reader.compare(t, again)
		}
	}
	execute(t, c.Database, sql("update users set language = 'ro' where id = $1", c.alfa.Staff.ID))
	people[1].compare(t, "in another language")
	for _, addresses := range keptPages {
		page := people[0].keeping.Get(addresses[0])
		if keys := page.Find(`main input[name="_idempotency_key"]`).Length(); keys > 0 {
			t.Errorf("%s keeps a key that two would send", addresses[0])
		}
	}
}

func TestAKeptPageHasTheTokenAndTheToastOfWhoeverAsks(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, staff := alfa.SignInOwner(), alfa.SignInStaff()
	owner.Get("/clients")
	staff.Get("/clients")
	made := owner.Post("/clients", url.Values{"first_name": {"Ana"}})
	owner.Get("/clients") // made anew, with the toast in its frame
	if made.Status != http.StatusSeeOther {
		t.Fatalf("status %d", made.Status)
	}
	if staff.Get("/clients").Find("#toasts > *").Length() > 0 || owner.Get("/clients").Find("#toasts > *").Length() > 0 {
		t.Error("a toast was kept")
	}
	token, _ := staff.Get("/clients").Find(`meta[name="csrf-token"]`).Attr("content")
	form := url.Values{"first_name": {"Dan"}, "_csrf": {token}}
	if answer := staff.Post("/clients", form); answer.Status != http.StatusSeeOther {
		t.Errorf("the token of a kept page: status %d", answer.Status)
	}
}

// moving is a clock that a test moves.
type moving struct{ at atomic.Pointer[time.Time] }

func (m *moving) set(at time.Time) { m.at.Store(&at) }

func (m *moving) option(p *server.Parts) { p.Now = func() time.Time { return *m.at.Load() } }

func TestAKeptPageEndsWithItsMinuteAndItsDay(t *testing.T) {
	t.Parallel()
	clock := &moving{}
	noon := time.Now().Truncate(24 * time.Hour).Add(12 * time.Hour)
	clock.set(noon)
	c := threeCopies(t, clock.option)
	owner := c.readers("the owner", clinic.Session{UserID: c.alfa.Owner.ID, TenantID: c.alfa.ID})
	// Bucharest's midnight is at 22:00 or 21:00 of the day before.
	for _, later := range []time.Duration{0, time.Minute, 5 * time.Minute, time.Hour, 9 * time.Hour, 10 * time.Hour, 24 * time.Hour} {
		clock.set(noon.Add(later))
		owner.compare(t, fmt.Sprintf("%s later", later))
	}
}

// What is asked for before midnight and answered after it says "today" of yesterday.
func TestAPageThatIsMadeOverMidnightIsOfTheDayOnWhichItWasAskedFor(t *testing.T) {
	t.Parallel()
	clock, eve := &moving{}, time.Date(2026, 11, 24, 21, 59, 59, 0, time.UTC) // 23:59:59 in the clinics' zone
	clock.set(eve)
	glue := web.New(web.Options{Assets: &web.Assets{}})
	slow := func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		today := locale.From(ctx).Now().Format(time.DateOnly)
		clock.set(eve.Add(time.Second))
		web.KeepForTheDay(ctx)
		return glue.Page(c, fiber.StatusOK, layout.Clients, "", templ.Raw("<output>"+today+"</output>"))
	}
	areas := []revision.Area{revision.Clients}
	n := twoClinics(t, clock.option, func(p *server.Parts) {
		p.Routes = []guard.Route{
			{Method: http.MethodGet, Path: "/kept", Access: guard.Member, Kept: &guard.Kept{Areas: areas}, Handler: slow},
			{Method: http.MethodGet, Path: "/made", Access: guard.Member, Shows: areas, Handler: slow},
		}
	})
	for _, path := range []string{"/kept", "/made"} {
		clock.set(eve)
		yesterday := n.owner.Get(path)
		for name, answer := range map[string]*clinic.Answer{"page": n.owner.Get(path), "fragment": again(n.owner, path, yesterday.Header.Get(web.RevisionHeader))} {
			if yesterday.Text("output") != "2026-11-24" || answer.Status != http.StatusOK || answer.Text("output") != "2026-11-25" {
				t.Errorf("%s: after midnight its %s is answered %d, with %q", path, name, answer.Status, answer.Text("output"))
			}
		}
	}
}

// TestAPageThatWasReadWhileSomethingWasWrittenIsNotKeptAsNew has a write between what a
// page reads and its answer: the revision is that of before the page's questions, so the
// next look makes the page anew.
func TestAPageThatWasReadWhileSomethingWasWrittenIsNotKeptAsNew(t *testing.T) {
	t.Parallel()
	var count func() int
	var write func()
	glue := web.New(web.Options{Assets: &web.Assets{}})
	counting := guard.Route{
		Method: http.MethodGet, Path: "/counted", Access: guard.Member, Kept: &guard.Kept{Areas: []revision.Area{revision.Clients}},
		Handler: func(c *fiber.Ctx) error {
			shown := count()
			write()
			return glue.Page(c, fiber.StatusOK, layout.Clients, "", templ.Raw(fmt.Sprintf("<output>%d</output>", shown)))
		},
	}
	n := twoClinics(t, func(p *server.Parts) { p.Routes = []guard.Route{counting} })
	count = func() int { return n.Database.Count(t, "select count(*) from clients where tenant_id = $1", n.alfa.ID) }
	write = func() {
		execute(t, n.Database, sql("insert into clients (tenant_id, id, first_name) values ($1, gen_random_uuid(), 'Late')", n.alfa.ID))
	}
	for view := 1; view <= 3; view++ {
		if shown := n.owner.Get("/counted").Text("output"); shown != strconv.Itoa(view) {
			t.Errorf("view %d shows %s clients", view, shown)
		}
	}
	write = func() {}
	n.owner.Get("/counted")
	count = func() int { return -1 }
	if shown := n.owner.Get("/counted").Text("output"); shown != "4" {
		t.Errorf("nothing has moved, and the page shows %s", shown)
	}
}
