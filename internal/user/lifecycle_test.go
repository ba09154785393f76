package user_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

const why = "Left the company in May"

// ask posts a change of a person.
func ask(browser *clinic.Browser, id uuid.UUID, transition lifecycle.Transition) *clinic.Answer {
	return browser.Post("/admin/users/"+id.String()+"/"+transition.Noun(), url.Values{"reason": {why}})
}

// done tells a change that was made from one that was refused, and from a session
// that had ended, which answers 303 as well.
func done(answer *clinic.Answer) bool {
	return answer.Status == http.StatusSeeOther && strings.HasPrefix(answer.Location(), "/admin/users/")
}

// must is ask that has to succeed.
func must(t *testing.T, browser *clinic.Browser, id uuid.UUID, transition lifecycle.Transition) {
	t.Helper()
	if answer := ask(browser, id, transition); !done(answer) {
		t.Fatalf("%s answered %d %q: %s", transition, answer.Status, answer.Location(), answer.Text("main"))
	}
}

func refused(t *testing.T, answer *clinic.Answer, says string) {
	t.Helper()
	if answer.Status != http.StatusConflict || !strings.Contains(answer.Text("body"), says) {
		t.Errorf("answered %d, not for %q: %s", answer.Status, says, answer.Text("body"))
	}
}

// bench is a connection that may do everything, to put rows in place and to look.
type bench struct {
	t          *testing.T
	connection *pgx.Conn
}

func benchOf(t *testing.T, world *clinic.World) bench {
	t.Helper()
	return bench{t, testkit.Connect(t, world.Database.SuperuserURL)}
}

func (b bench) do(query string, arguments ...any) {
	b.t.Helper()
	if _, err := b.connection.Exec(b.t.Context(), query, arguments...); err != nil {
		b.t.Fatal(err)
	}
}

func (b bench) text(query string, arguments ...any) (found string) {
	b.t.Helper()
	if err := b.connection.QueryRow(b.t.Context(), query, arguments...).Scan(&found); err != nil {
		b.t.Fatal(err)
	}
	return found
}

func (b bench) status(id uuid.UUID) string {
	b.t.Helper()
	return b.text("select status from users where id = $1", id)
}

func TestEveryTransitionOfAPersonIsLegalOrSaysTheState(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, person, bench := world.SuperAdmin(), world.Person("Ana", false), benchOf(t, world)
	for _, state := range lifecycle.States() {
		for _, transition := range lifecycle.Transitions() {
			bench.do("update users set status = $2, deleted_at = case when $2 = 'deleted' then now() end where id = $1", person.ID, string(state))
			wanted, err := lifecycle.Next(state, transition)
			answer := ask(admin, person.ID, transition)
			if now := bench.status(person.ID); now != string(wanted) {
				t.Errorf("%s from %s leads to %s", transition, state, now)
			}
			if err != nil {
				refused(t, answer, "“"+string(state)+"”")
			} else if !done(answer) {
				t.Errorf("%s from %s answers %d", transition, state, answer.Status)
			}
		}
	}
}

func TestHazard003SuspendingOrDeletingAPersonEndsAccessAtTheNextRequest(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	other := world.Copy()
	admin, alfa, bench := world.SuperAdmin(), world.Clinic("alfa"), benchOf(t, world)
	for _, end := range []struct{ there, back lifecycle.Transition }{{lifecycle.Suspend, lifecycle.Activate}, {lifecycle.Delete, lifecycle.Restore}} {
		staff := other.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: alfa.ID})
		if answer := staff.Get("/clients"); answer.Status != http.StatusOK {
			t.Fatalf("nobody is signed in: %d", answer.Status)
		}
		must(t, admin, alfa.Staff.ID, end.there)
		if answer := staff.Get("/clients"); answer.Status != http.StatusSeeOther {
			t.Errorf("after %s: %d", end.there, answer.Status)
		}
		if left := bench.text("select count(*)::text from sessions where user_id = $1", alfa.Staff.ID); left != "0" {
			t.Errorf("after %s %s sessions are left", end.there, left)
		}
		must(t, admin, alfa.Staff.ID, end.back)
	}
	if answer := alfa.SignInStaff().Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("the restored receptionist gets %d", answer.Status)
	}
}

func TestRestoringAPersonBringsBackOnlyTheMembershipsThatTheDeletionRevoked(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, bench := world.SuperAdmin(), benchOf(t, world)
	alfa, beta, gamma := world.Clinic("alfa"), world.Clinic("beta"), world.Clinic("gamma")
	person := world.Member(alfa, "Ana")
	for _, of := range []*clinic.Clinic{beta, gamma} {
		bench.do("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", of.ID, person.ID)
	}
	bench.do("update memberships set status = 'revoked' where tenant_id = $1 and user_id = $2", beta.ID, person.ID)
	states := func() string {
		return bench.text(`select string_agg(memberships.status, ' ' order by tenants.slug) from memberships
			join tenants on tenants.id = memberships.tenant_id where memberships.user_id = $1`, person.ID)
	}
	must(t, admin, person.ID, lifecycle.Delete)
	if got := states(); got != "revoked revoked revoked" {
		t.Errorf("deleted: %s", got)
	}
	bench.do("update tenants set status = 'deleted', deleted_at = now() where id = $1", gamma.ID)
	must(t, admin, person.ID, lifecycle.Restore)
	if got := states(); got != "active revoked disabled" {
		t.Errorf("restored: %s", got)
	}
	answer := admin.Post("/admin/tenants/"+gamma.ID.String()+"/restoration", url.Values{"reason": {why}})
	if got := states(); answer.Status != http.StatusSeeOther || got != "active revoked active" {
		t.Errorf("with the clinic restored (%d): %s", answer.Status, got)
	}
	for log, rows := range map[string]string{"audit_events": "4", "platform_audit_events": "2"} {
		if n := bench.text("select count(*)::text from "+log+" where target_id = $1 and action in ('user_delete', 'user_restore')", person.ID); n != rows {
			t.Errorf("%s holds %s rows", log, n)
		}
	}
}

func TestAPersonIsNotRestoredIntoAFullClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, bench := world.SuperAdmin(), world.Clinic("alfa"), benchOf(t, world)
	must(t, admin, alfa.Staff.ID, lifecycle.Delete)
	bench.do("update tenants set max_seats = 1 where id = $1", alfa.ID)
	refused(t, ask(admin, alfa.Staff.ID, lifecycle.Restore), "Clinic alfa")
	if got := bench.status(alfa.Staff.ID); got != "deleted" {
		t.Errorf("they are %s", got)
	}
}

func TestHazard044NobodyEndsTheirOwnRightToRunTheInstallation(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	me, other := world.Person("Me", true), world.Person("Other", true)
	browser, bench := world.Enter(clinic.Session{UserID: me.ID}), benchOf(t, world)
	ends := []lifecycle.Transition{lifecycle.Suspend, lifecycle.Delete, lifecycle.Demote}
	for _, transition := range ends {
		refused(t, ask(browser, me.ID, transition), "your own account")
	}
	// Suspended ones do not count, and may be ended.
	must(t, browser, other.ID, lifecycle.Suspend)
	must(t, browser, other.ID, lifecycle.Demote)
	for _, transition := range ends {
		if answer := ask(browser, me.ID, transition); answer.Status != http.StatusConflict {
			t.Errorf("the last one's %s answered %d", transition, answer.Status)
		}
	}
	if got := bench.text("select status || super_admin::text from users where id = $1", me.ID); got != "activetrue" {
		t.Errorf("the last super-admin is %s", got)
	}
}

func TestHazard043TwoSuperAdminsEndEachOtherAndOneStays(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	other := world.Copy()
	bench := benchOf(t, world)
	ana, ion := world.Person("Ana", true), world.Person("Ion", true)
	ends := []lifecycle.Transition{lifecycle.Demote, lifecycle.Delete, lifecycle.Suspend}
	for round := range 200 {
		bench.do("update users set super_admin = true, status = 'active', deleted_at = null, deleted_by = null where id in ($1, $2)", ana.ID, ion.ID)
		first, second := world.Enter(clinic.Session{UserID: ana.ID}), other.Enter(clinic.Session{UserID: ion.ID})
		first.Token()
		second.Token()
		var answers [2]*clinic.Answer
		var group sync.WaitGroup
		group.Go(func() { answers[0] = ask(first, ion.ID, ends[round%3]) })
		group.Go(func() { answers[1] = ask(second, ana.ID, ends[round/3%3]) })
		group.Wait()
		if done(answers[0]) == done(answers[1]) {
			t.Fatalf("round %d: %d and %d", round, answers[0].Status, answers[1].Status)
		}
		if left := bench.text("select count(*)::text from users where super_admin and status = 'active'"); left != "1" {
			t.Fatalf("round %d: %s super-admins are left", round, left)
		}
	}
}

// The guard let them in as a super-admin; while they wait for their turn somebody
// demotes them. Others still run the installation, so that this is no matter of the
// last one.
func TestHazard043WhoIsNoSuperAdminAnyMoreAtTheirTurnChangesNobody(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Person("Others", true)
	asking, person, bench := world.Person("Asking", true), world.Person("Ana", false), benchOf(t, world)
	browser := world.Enter(clinic.Session{UserID: asking.ID})
	browser.Token()
	first, err := bench.connection.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.New(first).UserLockSuperAdmins(t.Context()); err != nil {
		t.Fatal(err)
	}
	answered := make(chan *clinic.Answer)
	go func() { answered <- ask(browser, person.ID, lifecycle.Suspend) }()
	waits := benchOf(t, world)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for waits.text("select exists (select from pg_locks where not granted)::text") != "true" {
		<-tick.C
	}
	if _, err := first.Exec(t.Context(), "update users set super_admin = false where id = $1", asking.ID); err != nil {
		t.Fatal(err)
	}
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if answer := <-answered; answer.Status != http.StatusForbidden {
		t.Errorf("answered %d", answer.Status)
	}
	if status := bench.status(person.ID); status != "active" {
		t.Errorf("the person is %s", status)
	}
}

func TestWhoRunsTheInstallationBelongsToNoClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, person, bench := world.SuperAdmin(), world.Clinic("alfa"), world.Person("Ana", false), benchOf(t, world)
	refused(t, ask(admin, alfa.Staff.ID, lifecycle.Promote), "belongs to a clinic")
	bench.do("update tenants set status = 'deleted', deleted_at = now() where id = $1", alfa.ID)
	bench.do("update memberships set status = 'disabled', disabled_by_tenant = true where tenant_id = $1", alfa.ID)
	refused(t, ask(admin, alfa.Staff.ID, lifecycle.Promote), "belongs to a clinic")
	must(t, admin, person.ID, lifecycle.Promote)
	refused(t, ask(admin, person.ID, lifecycle.Promote), "already")
	if answer := world.Enter(clinic.Session{UserID: person.ID}).Get("/admin/tenants"); answer.Status != http.StatusOK {
		t.Errorf("the new super-admin gets %d", answer.Status)
	}
	must(t, admin, person.ID, lifecycle.Demote)
	refused(t, ask(admin, person.ID, lifecycle.Demote), "not a super-admin")
	for _, action := range []string{"user_promote", "user_demote"} {
		query := `select count(*)::text from platform_audit_events where target_id = $1 and action = $2 and reason = $3
			and before ->> 'super_admin' <> after ->> 'super_admin'`
		if n := bench.text(query, person.ID, action, why); n != "1" {
			t.Errorf("%s stands %s times in the log", action, n)
		}
	}
}

func TestHazard046OfRestoreDeleteAndEditOfAPersonAtOnceOneWins(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	other := world.Copy()
	admin, bench := world.Person("Admin", true), benchOf(t, world)
	here, there := world.Enter(clinic.Session{UserID: admin.ID}), other.Enter(clinic.Session{UserID: admin.ID})
	here.Token()
	there.Token()
	alfa := world.Clinic("alfa")
	for round := range 20 {
		person := world.Member(alfa, fmt.Sprintf("Person %d", round))
		if round%2 == 0 {
			must(t, here, person.ID, lifecycle.Delete)
		}
		path, version := "/admin/users/"+person.ID.String(), bench.text("select version::text from users where id = $1", person.ID)
		before := bench.text("select count(*)::text from platform_audit_events where target_id = $1", person.ID)
		statuses := clinic.Race(3, func(racer int) int {
			switch racer {
			case 0:
				return here.Post(path+"/restoration", url.Values{"reason": {why}, "version": {version}}).Status
			case 1:
				return there.Post(path+"/deletion", url.Values{"reason": {why}, "version": {version}}).Status
			}
			return there.Post(path, url.Values{"name": {"Renamed"}, "email": {person.Email}, "version": {version}}).Status
		})
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 2 {
			t.Errorf("round %d: %v", round, statuses)
		}
		if n := bench.text("select (count(*) - $2::int)::text from platform_audit_events where target_id = $1", person.ID, before); n != "1" {
			t.Errorf("round %d: %s rows were recorded", round, n)
		}
	}
}

func TestHazard047AReasonIsNeededToChangeAPerson(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, person, bench := world.SuperAdmin(), world.Person("Ana", false), benchOf(t, world)
	for _, transition := range append(lifecycle.Transitions(), lifecycle.Promote, lifecycle.Demote) {
		for _, reason := range []string{"", "    ", "four", strings.Repeat("x", 10<<10)} {
			answer := admin.Post("/admin/users/"+person.ID.String()+"/"+transition.Noun(), url.Values{"reason": {reason}})
			if answer.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s for %.10q answered %d", transition, reason, answer.Status)
			}
		}
	}
	if got := bench.text("select status || version from users where id = $1", person.ID); got != "active1" {
		t.Errorf("they are %s", got)
	}
}
