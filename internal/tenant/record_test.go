package tenant_test

import (
	"net/http"
	"testing"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/testkit/clinic"
)

func TestEachMembershipThatEndsOrReturnsWithItsClinicStandsInBothLogs(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta")
	both, removed := world.Member(alfa, "Both"), world.Member(alfa, "Removed")
	world.Database.Execute(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, both.ID)
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1", removed.ID)
	must(t, admin, alfa.ID, lifecycle.Delete)
	must(t, admin, alfa.ID, lifecycle.Restore)
	for _, log := range []string{"audit_events", "platform_audit_events"} {
		for action, states := range map[string][2]string{"membership_disable": {"active", "disabled"}, "membership_restore": {"disabled", "active"}} {
			query := `select count(*) from ` + log + ` events join memberships on memberships.id = events.target_id
				join users on users.id = memberships.user_id and users.name = events.target_name
				where events.tenant_id = $1 and events.action = $2 and events.before ->> 'status' = $3 and events.after ->> 'status' = $4 and events.reason = $5`
			if n := world.Database.Count(t, query, alfa.ID, action, states[0], states[1], why); n != 3 {
				t.Errorf("%s holds %d rows of %s", log, n, action)
			}
		}
	}
	if n := world.Database.Count(t, "select count(*) from audit_events where tenant_id = $1", beta.ID); n != 0 {
		t.Errorf("the other clinic's log holds %d rows", n)
	}
}

func TestWhoIsSuspendedAndActivatedWithAClinicHasBothStatesInTheLog(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	must(t, admin, alfa.ID, lifecycle.Delete)
	must(t, admin, alfa.ID, lifecycle.Restore)
	for action, states := range map[string][2]string{"user_suspend": {"active", "suspended"}, "user_activate": {"suspended", "active"}} {
		query := `select count(*) from platform_audit_events where action = $1 and target_id in ($2, $3)
			and before ->> 'status' = $4 and after ->> 'status' = $5 and after ->> 'tenant' = 'Clinic alfa' and reason = $6`
		if n := world.Database.Count(t, query, action, alfa.Owner.ID, alfa.Staff.ID, states[0], states[1], why); n != 2 {
			t.Errorf("the log holds %d rows of %s", n, action)
		}
	}
}

func TestAnEditOfAClinicThatChangesNothingIsNone(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	for range 2 {
		if answer := edit(admin, alfa, "name", "Alfa Dental"); answer.Status != http.StatusSeeOther {
			t.Fatalf("answered %d", answer.Status)
		}
	}
	if got := world.Database.Text(t, "select name || version from tenants where id = $1", alfa.ID); got != "Alfa Dental2" {
		t.Errorf("stored is %s", got)
	}
	for _, log := range []string{"audit_events", "platform_audit_events"} {
		if n := world.Database.Count(t, "select count(*) from "+log+" where target_id = $1", alfa.ID); n != 1 {
			t.Errorf("%s holds %d rows", log, n)
		}
	}
}
