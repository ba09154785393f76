package tenant_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/testkit/clinic"
)

const why = "The contract has ended"

// ask posts a transition of a clinic.
func ask(browser *clinic.Browser, id uuid.UUID, transition lifecycle.Transition, fields ...string) *clinic.Answer {
	form := url.Values{"reason": {why}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return browser.Post("/admin/tenants/"+id.String()+"/"+transition.Noun(), form)
}

// must is ask that has to succeed.
func must(t *testing.T, browser *clinic.Browser, id uuid.UUID, transition lifecycle.Transition) {
	t.Helper()
	if answer := ask(browser, id, transition); answer.Status != http.StatusSeeOther || answer.Location() != "/admin/tenants/"+id.String() {
		t.Fatalf("%s answered %d %q: %s", transition, answer.Status, answer.Location(), answer.Text("main"))
	}
}

func TestEveryTransitionOfAClinicIsLegalOrSaysTheState(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	for _, state := range lifecycle.States() {
		for _, transition := range lifecycle.Transitions() {
			world.Database.Execute(t, "update tenants set status = $2, deleted_at = case when $2 = 'deleted' then now() end where id = $1", alfa.ID, string(state))
			wanted, err := lifecycle.Next(state, transition)
			answer := ask(admin, alfa.ID, transition)
			now := world.Database.Text(t, "select status from tenants where id = $1", alfa.ID)
			if now != string(wanted) {
				t.Errorf("%s from %s leads to %s", transition, state, now)
			}
			if err == nil && answer.Status != http.StatusSeeOther {
				t.Errorf("%s from %s answers %d", transition, state, answer.Status)
			}
			if err != nil && (answer.Status != http.StatusConflict || !strings.Contains(answer.Text("body"), "“"+string(state)+"”")) {
				t.Errorf("%s from %s answers %d: %s", transition, state, answer.Status, answer.Text("body"))
			}
		}
	}
}

func TestHazard003SuspendingOrDeletingAClinicEndsAccessAtTheNextRequest(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	other := world.Copy()
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	for _, end := range []struct{ there, back lifecycle.Transition }{{lifecycle.Suspend, lifecycle.Activate}, {lifecycle.Delete, lifecycle.Restore}} {
		owner := world.Enter(clinic.Session{UserID: alfa.Owner.ID, TenantID: alfa.ID})
		elsewhere := other.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: alfa.ID})
		if owner.Get("/clients").Status != http.StatusOK || elsewhere.Get("/clients").Status != http.StatusOK {
			t.Fatal("nobody is signed in")
		}
		must(t, admin, alfa.ID, end.there)
		if a, b := owner.Get("/clients"), elsewhere.Get("/clients"); a.Status != http.StatusSeeOther || b.Status != http.StatusSeeOther {
			t.Errorf("after %s: %d and, on the other copy, %d", end.there, a.Status, b.Status)
		}
		must(t, admin, alfa.ID, end.back)
	}
	if answer := alfa.SignInOwner().Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("the restored owner gets %d", answer.Status)
	}
}

func TestHazard045RestoringAClinicBringsBackOnlyWhatItsDeletionDisabled(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta")
	removed, suspended, both, deletedLater := world.Member(alfa, "Removed"), world.Member(alfa, "Suspended"), world.Member(alfa, "Both"), world.Member(alfa, "Deleted later")
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1", removed.ID)
	world.Database.Execute(t, "update users set status = 'suspended' where id = $1", suspended.ID)
	world.Database.Execute(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, both.ID)
	must(t, admin, alfa.ID, lifecycle.Delete)
	world.Database.Execute(t, "update users set status = 'deleted', deleted_at = now(), disabled_by_tenant = null where id = $1", deletedLater.ID)
	world.Database.Execute(t, `update memberships set status = 'revoked', disabled_by_tenant = false, revoked_by_user_deletion = true where user_id = $1`, deletedLater.ID)
	// Restoring works at any age.
	world.Database.Execute(t, "update tenants set deleted_at = now() - interval '4 years' where id = $1", alfa.ID)
	states := func(id uuid.UUID) string {
		return world.Database.Text(t, `select users.status || ' ' || memberships.status || ' ' || (users.disabled_by_tenant is not null)::text
			from users join memberships on memberships.user_id = users.id where users.id = $1 and memberships.tenant_id = $2`, id, alfa.ID)
	}
	for person, want := range map[uuid.UUID]string{
		alfa.Owner.ID: "suspended disabled true", alfa.Staff.ID: "suspended disabled true", both.ID: "active disabled false",
		suspended.ID: "suspended disabled false", removed.ID: "active revoked false",
	} {
		if got := states(person); got != want {
			t.Errorf("deleted: %s, want %s", got, want)
		}
	}
	must(t, admin, alfa.ID, lifecycle.Restore)
	for person, want := range map[uuid.UUID]string{
		alfa.Owner.ID: "active active false", alfa.Staff.ID: "active active false", both.ID: "active active false",
		suspended.ID: "suspended active false", removed.ID: "active revoked false", deletedLater.ID: "deleted revoked false",
	} {
		if got := states(person); got != want {
			t.Errorf("restored: %s, want %s", got, want)
		}
	}
}

func TestTwoClinicsThatAreDeletedAtOnceSuspendWhoWorkedInBoth(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta")
	both := world.Member(alfa, "Both")
	world.Database.Execute(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, both.ID)
	admin.Token()
	var group sync.WaitGroup
	for _, id := range []uuid.UUID{alfa.ID, beta.ID} {
		group.Go(func() { must(t, admin, id, lifecycle.Delete) })
	}
	group.Wait()
	if got := world.Database.Text(t, "select status from users where id = $1", both.ID); got != "suspended" {
		t.Fatalf("who worked in both is %s", got)
	}
	must(t, admin, alfa.ID, lifecycle.Restore)
	if got := world.Database.Text(t, "select status from users where id = $1", both.ID); got != "active" {
		t.Fatalf("with one of them restored they are %s", got)
	}
}

func TestARestorationThatWouldPassTheSeatsIsRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	must(t, admin, alfa.ID, lifecycle.Delete)
	world.Database.Execute(t, "update tenants set max_seats = 1 where id = $1", alfa.ID)
	answer := ask(admin, alfa.ID, lifecycle.Restore)
	if answer.Status != http.StatusConflict || !strings.Contains(answer.Text("body"), "Clinic alfa") {
		t.Fatalf("answered %d: %s", answer.Status, answer.Text("body"))
	}
	if got := world.Database.Text(t, "select status from tenants where id = $1", alfa.ID); got != "deleted" {
		t.Errorf("the clinic is %s", got)
	}
	if n := world.Database.Count(t, "select count(*) from memberships where tenant_id = $1 and status <> 'disabled'", alfa.ID); n != 0 {
		t.Errorf("%d memberships came back", n)
	}
}

func TestAChangeOfAClinicsStateStandsInBothLogsWithItsReason(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	for _, transition := range []lifecycle.Transition{lifecycle.Suspend, lifecycle.Activate, lifecycle.Delete, lifecycle.Restore} {
		must(t, admin, alfa.ID, transition)
		for _, log := range []string{"audit_events", "platform_audit_events"} {
			query := fmt.Sprintf(`select count(*) from %s where tenant_id = $1 and target_id = $1 and action = $2 and reason = $3
				and before ->> 'status' <> after ->> 'status' and actor_name = 'Super Admin' and ip is not null`, log)
			if n := world.Database.Count(t, query, alfa.ID, "tenant_"+string(transition), why); n != 1 {
				t.Errorf("%s holds %d rows of %s", log, n, transition)
			}
		}
	}
}

func TestHazard046OfRestoreDeleteAndEditAtOnceOneWins(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	admin.Token()
	for round := range 20 {
		alfa := world.Clinic(fmt.Sprintf("alfa-%d", round))
		if round%2 == 0 {
			must(t, admin, alfa.ID, lifecycle.Delete)
		}
		version := world.Database.Text(t, "select version::text from tenants where id = $1", alfa.ID)
		before := world.Database.Count(t, "select count(*) from audit_events where target_id = $1", alfa.ID)
		answers := make([]*clinic.Answer, 3)
		var group sync.WaitGroup
		group.Go(func() { answers[0] = ask(admin, alfa.ID, lifecycle.Restore, "version", version) })
		group.Go(func() { answers[1] = ask(admin, alfa.ID, lifecycle.Delete, "version", version) })
		group.Go(func() {
			answers[2] = admin.Post("/admin/tenants/"+alfa.ID.String(), url.Values{
				"name": {"Renamed"}, "timezone": {"Europe/Bucharest"}, "max_seats": {"10"}, "version": {version},
			})
		})
		group.Wait()
		won := 0
		for i, answer := range answers {
			switch answer.Status {
			case http.StatusSeeOther:
				won++
			case http.StatusConflict:
			default:
				t.Errorf("round %d: request %d answered %d", round, i, answer.Status)
			}
		}
		rows := world.Database.Count(t, "select count(*) from audit_events where target_id = $1", alfa.ID) - before
		pairs := world.Database.Count(t, "select count(*) from platform_audit_events where target_id = $1", alfa.ID)
		if round%2 == 0 {
			pairs-- // of the deletion before
		}
		if won != 1 || rows != 1 || pairs != 1 {
			t.Errorf("round %d: %d won, %d rows in the clinic's log, %d in the platform's", round, won, rows, pairs)
		}
	}
}

func TestHazard047AReasonIsNeededAndHardDeleteIsNoVerb(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	for name, reason := range map[string]string{"missing": "", "blank": "   \n  ", "short": "four", "10 kB": strings.Repeat("x", 10<<10), "NUL": "because\x00of"} {
		answer := ask(admin, alfa.ID, lifecycle.Suspend, "reason", reason)
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`textarea[name="reason"][aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%s: answered %d", name, answer.Status)
		}
	}
	if got := world.Database.Text(t, "select status || version from tenants where id = $1", alfa.ID); got != "active1" {
		t.Errorf("the clinic is %s", got)
	}
	if n := world.Database.Count(t, "select count(*) from platform_audit_events where target_id = $1", alfa.ID); n != 0 {
		t.Errorf("%d rows were recorded", n)
	}
	for _, path := range []string{"", "/deletion", "/suspension"} {
		request := admin.Request(http.MethodDelete, "/admin/tenants/"+alfa.ID.String()+path, nil)
		request.Header.Set("X-CSRF-Token", admin.Token())
		if answer := admin.Do(request); answer.Status != http.StatusMethodNotAllowed {
			t.Errorf("DELETE %s answered %d", path, answer.Status)
		}
	}
}

func TestADeletedClinicKeepsItsSlug(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("dental-north")
	must(t, admin, alfa.ID, lifecycle.Delete)
	answer := admin.Post("/admin/tenants", form())
	if answer.Status != http.StatusUnprocessableEntity && answer.Status != http.StatusConflict {
		t.Fatalf("the slug was given away: %d", answer.Status)
	}
}

func TestTickedClinicsAreChangedOneByOneAndEachFailureIsTold(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta, gamma := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta"), world.Clinic("gamma")
	must(t, admin, beta.ID, lifecycle.Suspend)
	ticked := url.Values{"id": {alfa.ID.String(), beta.ID.String(), gamma.ID.String()}, "transition": {"suspend"}, "reason": {why}}
	answer := admin.PostFragment("/admin/tenants/transitions?sort=slug&direction=asc", ticked)
	if answer.Status != http.StatusConflict {
		t.Fatalf("answered %d", answer.Status)
	}
	if failures := answer.Find("[data-failures] li"); failures.Length() != 1 || !strings.Contains(failures.Text(), "Clinic beta") || !strings.Contains(failures.Text(), "suspended") {
		t.Errorf("told: %q", failures.Text())
	}
	if n := world.Database.Count(t, "select count(*) from tenants where status = 'suspended'"); n != 3 {
		t.Errorf("%d are suspended", n)
	}
	if n := world.Database.Count(t, "select count(*) from audit_events where action = 'tenant_suspend'"); n != 3 {
		t.Errorf("%d were recorded", n)
	}
	if answer := admin.Post("/admin/tenants/transitions?q=alfa", url.Values{"id": {alfa.ID.String()}, "transition": {"activate"}, "reason": {why}}); answer.Status != http.StatusSeeOther || answer.Location() != "/admin/tenants?q=alfa" {
		t.Errorf("all done answered %d %q", answer.Status, answer.Location())
	}
	for name, bad := range map[string]url.Values{
		"no row": {"transition": {"suspend"}, "reason": {why}}, "no reason": {"id": {alfa.ID.String()}, "transition": {"suspend"}},
		"no id": {"id": {"7"}, "transition": {"suspend"}, "reason": {why}}, "no such change": {"id": {alfa.ID.String()}, "transition": {"promote"}, "reason": {why}},
	} {
		if answer := admin.Post("/admin/tenants/transitions", bad); answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: answered %d", name, answer.Status)
		}
	}
}
