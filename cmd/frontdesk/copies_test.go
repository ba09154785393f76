package main

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/internal/testkit"
)

func TestTwoCopiesOfTheProgramShareSessionsAndJobs(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	variables := external(database).with(settings{
		"SECRET_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MAIL_SYNC_INTERVAL": "1s",
	})
	must(t, variables, "migrate", "up")
	must(t, variables, "demo")
	first, second := serveProgram(t, variables), serveProgram(t, variables)
	here := reception(t, first.url)
	there := &visitor{t: t, base: second.url, client: here.client, token: here.token} // cookies know no port
	if got := there.get("/clients"); got.status != http.StatusOK {
		t.Fatalf("a session of one copy is answered %d by the other", got.status)
	}
	made := there.post("/clients", newClient("Elsewhere"))
	if made.status != http.StatusSeeOther {
		t.Fatalf("a form with the token of one copy is answered %d by the other", made.status)
	}
	if got := here.get(made.header.Get("Location")); got.status != http.StatusOK || !strings.Contains(got.body, "Elsewhere") {
		t.Errorf("what one copy wrote is answered %d by the other", got.status)
	}
	testkit.Eventually(t, "some rounds of the schedule", func() bool {
		return psql(t, database.SuperuserURL, "select count(*) >= 3 from river.river_job where kind = 'mailbox_schedule' and state = 'completed'") == "t"
	})
	// Each round's clinic job is made by one of the copies and done once.
	if twice := psql(t, database.SuperuserURL, "select count(*) from river.river_job where attempt > 1 or cardinality(attempted_by) > 1"); twice != "0" {
		t.Errorf("%s jobs ran more than once", twice)
	}
	if crowded := psql(t, database.SuperuserURL, `select count(*) from (
		select from river.river_job where kind = 'mailbox_schedule' group by date_trunc('second', scheduled_at) having count(*) > 2) x`); crowded != "0" {
		t.Error("both copies keep the schedule")
	}

	jar := here.client.Jar.Cookies(mustURL(t, first.url))
	if got := there.post("/logout", nil); got.status != http.StatusSeeOther {
		t.Fatalf("sign-out answers %d", got.status)
	}
	for _, copied := range []*running{first, second} {
		thief := visit(t, copied.url)
		thief.client.Jar.SetCookies(mustURL(t, copied.url), jar)
		if got := thief.get("/clients"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/login") {
			t.Errorf("after sign-out the session is answered %d", got.status)
		}
	}
	if code := first.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, first.logged())
	}
	if got := visit(t, second.url).get("/readyz"); got.status != http.StatusOK {
		t.Errorf("the other copy answers %d", got.status)
	}
}
