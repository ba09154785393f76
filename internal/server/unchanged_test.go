package server_test

import (
	"net/http"
	"testing"
	"time"

	"frontdesk/internal/revision"
	"frontdesk/internal/server"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestAPageThatShowsTheRevisionIsAnsweredWithNothingAndWithoutAQuery(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	tenantLine, tenantURL := testkit.NewDatabaseProxy(t, database.TenantURL)
	platformLine, platformURL := testkit.NewDatabaseProxy(t, database.PlatformURL)
	opened, err := store.Open(t.Context(), store.Config{TenantURL: tenantURL, PlatformURL: platformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened)
	staff := peopleAt(t, world, "alfa").staff
	browser := world.Enter(staff)
	first := again(browser, "/inbox/unread", "")
	shown := first.Header.Get(revision.Header)
	if first.Status != http.StatusOK || shown == "" {
		t.Fatalf("answered %d with revision %q", first.Status, shown)
	}
	again(browser, "/inbox/unread", shown) // warms
	clinicBefore, platformBefore := tenantLine.Trips.Load(), platformLine.Trips.Load()
	same := again(browser, "/inbox/unread", shown)
	if same.Status != http.StatusNoContent || len(same.Body) != 0 || same.Header.Get(revision.Header) != shown {
		t.Errorf("the same is answered %d %q", same.Status, same.Body)
	}
	if ofClinic, ofPlatform := tenantLine.Trips.Load()-clinicBefore, platformLine.Trips.Load()-platformBefore; ofClinic != 0 || ofPlatform != 1 {
		t.Errorf("it took %d round trips of the clinic's and %d of the guard's", ofClinic, ofPlatform)
	}
	execute(t, database, sql("insert into clients (tenant_id, id, first_name) values ($1, $1, 'Ana')", staff.TenantID))
	if other := again(browser, "/inbox/unread", shown); other.Status != http.StatusNoContent {
		t.Errorf("after a change of another area it is answered %d", other.Status)
	}
	receiveMail(t, world, staff.TenantID)
	if moved := again(browser, "/inbox/unread", shown); moved.Status != http.StatusOK || moved.Header.Get(revision.Header) == shown {
		t.Errorf("after a change it is answered %d with revision %q", moved.Status, moved.Header.Get(revision.Header))
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
		name := again(of, address, "").Header.Get(revision.Header)
		if met, ok := names[name]; ok || name == "" {
			t.Errorf("%s: %q, as %s", situation, name, met)
		}
		names[name] = situation
	}
	take("somebody", browser, "/inbox/unread")
	now = now.Add(time.Hour)
	take("another day", browser, "/inbox/unread")
	take("at another address", browser, "/inbox/unread?x=1")
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
		request.Header.Set(revision.Header, shown)
	}
	return browser.Do(request)
}
