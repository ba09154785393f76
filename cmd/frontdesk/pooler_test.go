package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/demo"
	"frontdesk/internal/testkit"
)

func TestBehindAPoolerClinicsTakeTurnsOnOneConnection(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	direct := external(database)
	must(t, direct, "demo", "--tenants", "2", "--clients", "8", "--appointments", "10", "--messages", "4")
	tenantURL, platformURL := testkit.Pooler(t, database)
	program := serveProgram(t, direct.with(settings{
		"TENANT_DATABASE_URL": tenantURL + "&default_query_exec_mode=cache_describe", "PLATFORM_DATABASE_URL": platformURL + "&default_query_exec_mode=cache_describe",
		"DATABASE_URL": "", "DATABASE_POOLER": "true", "MAIL_SYNC_INTERVAL": "1s",
	}))
	emails := strings.Split(psql(t, database.SuperuserURL, "select email from users join memberships on user_id = users.id where role = 'staff' order by tenant_id"), "\n")
	if len(emails) != 2 {
		t.Fatalf("receptionists: %q", emails)
	}
	var ended sync.WaitGroup
	for number, email := range emails {
		own, foreign := []string{"FirstsOwn", "SecondsOwn"}[number], []string{"SecondsOwn", "FirstsOwn"}[number]
		staff := visit(t, program.url).signIn(email, demo.Password)
		ended.Go(func() {
			for range 10 {
				if got := staff.post("/clients", newClient(own)); got.status != http.StatusSeeOther {
					t.Errorf("a form answers %d", got.status)
				}
				for _, page := range []string{"/clients?q=" + foreign, "/", "/calendar", "/inbox", "/appointments/new"} {
					got := staff.get(page)
					if got.status != http.StatusOK {
						t.Errorf("%s answers %d", page, got.status)
					}
					if strings.Contains(strings.ReplaceAll(got.body, `value="`+foreign, ""), foreign+" Test") {
						t.Errorf("%s shows the other clinic's client", page)
					}
				}
			}
		})
	}
	ended.Wait()
	if made := psql(t, database.SuperuserURL, "select count(*), count(distinct tenant_id) from clients where first_name in ('FirstsOwn', 'SecondsOwn')"); made != "20|2" {
		t.Errorf("made %s", made)
	}
	if mixed := psql(t, database.SuperuserURL, "select count(*) from (select first_name from clients where last_name = 'Test' group by 1 having count(distinct tenant_id) > 1) x"); mixed != "0" {
		t.Error("a client landed in the other clinic")
	}
	testkit.Eventually(t, "a job behind the pooler", func() bool {
		return psql(t, database.SuperuserURL, "select count(*) > 0 from river.river_job where state = 'completed'") == "t"
	})
	if code := program.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, program.logged())
	}
}
