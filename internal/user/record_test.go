package user_test

import (
	"net/url"
	"strings"
	"testing"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard024NoClinicReadsWhatThePlatformOrAnotherClinicSaidOfItsPeople(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, bench := world.SuperAdmin(), benchOf(t, world)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	person := alfa.Staff.ID
	bench.do("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, person)
	bench.do("update tenants set status = 'suspended' where id = $1", alfa.ID)
	admin.Post("/admin/tenants/"+beta.ID.String()+"/deletion", url.Values{"reason": {"unpaid since May"}})
	if got := bench.text("select status || ' ' || status_reason || ' ' || disabled_by_tenant from users where id = $1", person); got != "suspended unpaid since May "+beta.ID.String() {
		t.Fatalf("they are %s", got)
	}
	for _, transition := range []lifecycle.Transition{lifecycle.Activate, lifecycle.Delete, lifecycle.Restore, lifecycle.Suspend} {
		must(t, admin, person, transition)
	}
	edit(admin, person, "name", "Ana Nouă")
	own := bench.text("select string_agg(audit_events::text, E'\\n' order by occurred_at, id) from audit_events where tenant_id = $1", alfa.ID)
	for _, secret := range []string{beta.ID.String(), "Clinic beta", "unpaid", why, "status_reason", "disabled_by_tenant", "deleted_by"} {
		if strings.Contains(own, secret) {
			t.Errorf("the clinic's log holds %q", secret)
		}
	}
	told := bench.text(`select string_agg(action || ' ' || coalesce(before ->> 'status', before ->> 'name') || ' ' || coalesce(after ->> 'status', after ->> 'name'), ', ' order by occurred_at, id)
		from audit_events where tenant_id = $1 and target_id = $2`, alfa.ID, person)
	if wanted := "user_activate suspended active, user_delete active deleted, user_restore deleted active, user_suspend active suspended, user_update staff of alfa Ana Nouă"; told != wanted {
		t.Errorf("the clinic's log says %s, want %s", told, wanted)
	}
	if n := bench.text(`select count(*)::text from platform_audit_events where target_id = $1 and action = 'user_activate' and reason = $2
		and before ->> 'status_reason' = 'unpaid since May' and before ->> 'disabled_by_tenant' = $3`, person, why, beta.ID.String()); n != "1" {
		t.Errorf("the platform's log holds the whole of it %s times", n)
	}
}

func TestEachMembershipThatEndsOrReturnsWithAPersonStandsInBothLogs(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, bench := world.SuperAdmin(), benchOf(t, world)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	person := alfa.Staff.ID
	bench.do("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, person)
	bench.do("update tenants set status = 'deleted', deleted_at = now() where id = $1", beta.ID)
	bench.do("update memberships set status = 'disabled', disabled_by_tenant = true where tenant_id = $1 and user_id = $2", beta.ID, person)
	must(t, admin, person, lifecycle.Delete)
	must(t, admin, person, lifecycle.Restore)
	for of, wanted := range map[*clinic.Clinic]string{
		alfa: "membership_disable active revoked, membership_restore revoked active",
		beta: "membership_disable disabled revoked, membership_restore revoked disabled",
	} {
		for log, reason := range map[string]string{"audit_events": "", "platform_audit_events": why} {
			told := bench.text(`select coalesce(string_agg(action || ' ' || (before ->> 'status') || ' ' || (after ->> 'status'), ', ' order by occurred_at, events.id), '')
				from `+log+` events join memberships on memberships.id = events.target_id and memberships.tenant_id = events.tenant_id
				where events.tenant_id = $1 and target_kind = 'membership' and memberships.user_id = $2 and reason = $3 and target_name = 'staff of alfa'`, of.ID, person, reason)
			if told != wanted {
				t.Errorf("%s says %q, want %q", log, told, wanted)
			}
		}
	}
}

func TestAnEditOfAPersonThatChangesNothingIsNone(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, bench := world.SuperAdmin(), world.Clinic("alfa"), benchOf(t, world)
	for range 2 {
		if answer := edit(admin, alfa.Staff.ID, "name", "Ana Nouă"); !done(answer) {
			t.Fatalf("answered %d", answer.Status)
		}
	}
	if got := bench.text("select name || version from users where id = $1", alfa.Staff.ID); got != "Ana Nouă2" {
		t.Errorf("stored is %s", got)
	}
	for _, log := range []string{"audit_events", "platform_audit_events"} {
		if n := bench.text("select count(*)::text from "+log+" where target_id = $1", alfa.Staff.ID); n != "1" {
			t.Errorf("%s holds %s rows", log, n)
		}
	}
}
