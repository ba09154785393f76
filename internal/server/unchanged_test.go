package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/config"
	"frontdesk/internal/revision"
	"frontdesk/internal/server"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
)

// shownParts are the fragments that ask for themselves, by the addresses of their pages:
// those that are kept, and the badge.
func shownParts(t *testing.T, browser *clinic.Browser) map[string]part {
	t.Helper()
	parts := map[string]part{"/inbox/unread": {"/inbox/unread", again(browser, "/inbox/unread", "").Header.Get(web.RevisionHeader)}}
	for _, addresses := range keptPages {
		for _, address := range addresses {
			parts[address] = partOf(browser.Get(address))
		}
	}
	for page, shown := range parts {
		if shown.address == "" || shown.revision == "" {
			t.Fatalf("%s has no part that asks for itself: %v", page, shown)
		}
	}
	return parts
}

// part is where a fragment asks for itself, and what it says that it shows.
type part struct{ address, revision string }

func partOf(page *clinic.Answer) part {
	shown := page.Find("main [data-revision][hx-trigger*='moved']")
	return part{shown.AttrOr("hx-get", ""), shown.AttrOr("data-revision", "")}
}

func TestAPageThatShowsWhatThereIsIsAnsweredWithNothingAndWithoutAQuery(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	tenantLine, tenantURL := testkit.NewDatabaseProxy(t, database.TenantURL)
	platformLine, platformURL := testkit.NewDatabaseProxy(t, database.PlatformURL)
	opened, err := store.Open(t.Context(), store.Config{TenantURL: tenantURL, PlatformURL: platformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened, clinic.At(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)), keepingNothing)
	alfa := world.Clinic("alfa")
	furnish(t, world, alfa, ownMark)
	browser := world.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: alfa.ID})
	for page, shown := range shownParts(t, browser) {
		clinicBefore, platformBefore := tenantLine.Trips.Load(), platformLine.Trips.Load()
		same := again(browser, shown.address, shown.revision)
		if same.Status != http.StatusNoContent || len(same.Body) != 0 || same.Header.Get(web.RevisionHeader) != shown.revision {
			t.Errorf("%s: the same is answered %d %q", page, same.Status, same.Body)
		}
		if ofClinic, ofPlatform := tenantLine.Trips.Load()-clinicBefore, platformLine.Trips.Load()-platformBefore; ofClinic != 0 || ofPlatform != 1 {
			t.Errorf("%s: it took %d round trips of the clinic's and %d of the guard's", page, ofClinic, ofPlatform)
		}
		if whole := again(browser, shown.address, ""); whole.Status != http.StatusOK || whole.Header.Get(web.RevisionHeader) != shown.revision {
			t.Errorf("%s: who shows nothing yet is answered %d with revision %q", page, whole.Status, whole.Header.Get(web.RevisionHeader))
		}
	}
}

// A number that is lower is another one as well: a backup was restored.
func TestAnOpenPageIsAnsweredAnewWhenAnAreaOfItsHasAnotherNumberBeItHigherOrLower(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.At(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)))
	staff := peopleAt(t, world, "alfa").staff
	browser := world.Enter(staff)
	for _, change := range []string{"+ 1", "- 1000000"} {
		for _, area := range revision.AreasAt(staff.TenantID) {
			parts := shownParts(t, browser)
			execute(t, world.Database, sql("update revisions set "+string(area)+" = "+string(area)+change+" where tenant_id = $1", staff.TenantID))
			for page, shown := range parts {
				moved := slices.Contains(areasShown(page), area)
				answer := again(browser, shown.address, shown.revision)
				if (answer.Status == http.StatusOK) != moved || (answer.Header.Get(web.RevisionHeader) != shown.revision) != moved {
					t.Errorf("%s, after %s%s: answered %d", page, area, change, answer.Status)
				}
			}
		}
	}
}

// areasShown are those that the page's route names.
func areasShown(address string) []revision.Area {
	path, _, _ := strings.Cut(address, "?")
	for _, route := range server.Table() {
		if route.Path == path && route.Kept != nil {
			return route.Kept.Areas
		} else if route.Path == path && route.Shows != nil {
			return route.Shows
		}
	}
	return nil
}

func TestAnOpenPageIsAnsweredAnewWhenItWouldLookOtherwiseByItself(t *testing.T) {
	t.Parallel()
	clock := &moving{}
	noon := time.Date(2026, 11, 24, 10, 0, 30, 0, time.UTC)
	clock.set(noon)
	world := clinic.New(t, clock.option)
	browser := world.Enter(peopleAt(t, world, "alfa").staff)
	parts := shownParts(t, browser)
	for _, at := range []struct {
		later time.Duration
		anew  func(page string) bool
	}{
		{29 * time.Second, func(string) bool { return false }},
		// The line of now, and what the start page and the inbox say of it.
		{30 * time.Second, func(page string) bool {
			return slices.Contains([]string{"/calendar", "/calendar?view=day", "/", "/inbox", "/inbox?filter=unread"}, page)
		}},
		// Midnight in Bucharest.
		{12 * time.Hour, func(string) bool { return true }},
	} {
		clock.set(noon.Add(at.later))
		for page, shown := range parts {
			if answer := again(browser, shown.address, shown.revision); (answer.Status == http.StatusOK) != at.anew(page) {
				t.Errorf("%s, %s later: answered %d", page, at.later, answer.Status)
			}
		}
	}
}

// The suspension of a clinic moves its settings alone.
func TestAnOpenPageOfAClinicThatIsSuspendedIsRefusedThoughNothingOfItMoved(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := peopleAt(t, world, "alfa").staff
	browser := world.Enter(staff)
	parts := shownParts(t, browser)
	execute(t, world.Database, sql("update tenants set status = 'suspended' where id = $1", staff.TenantID))
	for page, shown := range parts {
		answer := again(browser, shown.address, shown.revision)
		if answer.Status != http.StatusUnauthorized || !strings.HasPrefix(answer.Header.Get("HX-Redirect"), "/login") {
			t.Errorf("%s: answered %d %s", page, answer.Status, answer.Header.Get("HX-Redirect"))
		}
	}
}

func TestAPageThatAsksByItselfDoesNotKeepItsSessionAlive(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.SessionIdle = time.Hour }))
	browser := world.Enter(peopleAt(t, world, "alfa").staff)
	shown := partOf(browser.Get("/calendar"))
	execute(t, world.Database, sql("update sessions set last_seen_at = now() - interval '59 minutes'"))
	again(browser, shown.address, shown.revision)
	execute(t, world.Database, sql("update revisions set calendar = calendar + 1"))
	again(browser, shown.address, shown.revision)
	execute(t, world.Database, sql("update sessions set last_seen_at = last_seen_at - interval '1 minute'"))
	if answer := again(browser, shown.address, shown.revision); answer.Status != http.StatusUnauthorized {
		t.Errorf("after an hour in which nobody was there the page is answered %d", answer.Status)
	}
}

// What support looks at is logged, so its pages stay as they are until it looks again.
func TestAPageThatSupportLooksAtDoesNotAskByItself(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	browser := world.Enter(peopleAt(t, world, "alfa").support)
	for _, addresses := range keptPages {
		page := browser.Get(addresses[0])
		if page.Status != http.StatusOK || page.Header.Get(web.RevisionHeader) != "" || partOf(page) != (part{}) {
			t.Errorf("%s: answered %d, and asks at %v", addresses[0], page.Status, partOf(page))
		}
	}
}

func TestARevisionIsNamedByAllThatDecidesThePage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 8, 21, 30, 0, 0, time.UTC) // 23:30 in the clinics' zone
	world := clinic.New(t, func(p *server.Parts) { p.Now = func() time.Time { return now } })
	alfa, beta := peopleAt(t, world, "alfa"), peopleAt(t, world, "beta")
	browser := world.Enter(alfa.staff)
	names := map[string]string{}
	take := func(situation string, of *clinic.Browser, address string) {
		name := again(of, address, "").Header.Get(web.RevisionHeader)
		if met, ok := names[name]; ok || name == "" {
			t.Errorf("%s: %q, as %s", situation, name, met)
		}
		names[name] = situation
	}
	take("somebody", browser, "/inbox/unread")
	now = now.Add(time.Hour)
	take("another day", browser, "/inbox/unread")
	take("at another address", browser, "/inbox/unread?x=1")
	take("at one with two values", browser, "/inbox/unread?x=1&x=2")
	take("support", world.Enter(alfa.support), "/inbox/unread")
	take("another clinic", world.Enter(beta.staff), "/inbox/unread")
	execute(t, world.Database, sql("update users set language = 'ro' where id = $1", alfa.staff.UserID))
	take("another language", browser, "/inbox/unread")
	execute(t, world.Database, sql("update tenants set timezone = 'Pacific/Kiritimati' where id = $1", alfa.staff.TenantID))
	take("another zone", browser, "/inbox/unread")
	execute(t, world.Database, sql("update tenants set currency = 'EUR' where id = $1", alfa.staff.TenantID))
	take("another currency", browser, "/inbox/unread")
}

// again asks as an open page does, which shows the revision.
func again(browser *clinic.Browser, address, shown string) *clinic.Answer {
	request := browser.Request(http.MethodGet, address, nil)
	request.Header.Set("HX-Request", "true")
	if shown != "" {
		request.Header.Set(web.RevisionHeader, shown)
	}
	return browser.Do(request)
}
