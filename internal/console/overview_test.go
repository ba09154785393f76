package console_test

import (
	"strings"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

func TestTheOverviewCountsWhatIsThere(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SignIn(world.Person("Super Admin", true).Email)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	world.Database.Execute(t, "update tenants set status = 'suspended' where id = $1", beta.ID)
	world.Database.Execute(t, "update users set status = 'suspended' where id = $1", beta.Staff.ID)
	world.Database.Execute(t, `insert into invites (tenant_id, id, email, name, role, token_hash, expires_at, delivery, created_at) values
		($1, gen_random_uuid(), 'a@x.example', 'A', 'staff', sha256('a'), now() + interval '1 day', 'failed', now()),
		($1, gen_random_uuid(), 'b@x.example', 'B', 'staff', sha256('b'), now() - interval '1 day', 'failed', now() - interval '8 days')`, alfa.ID)
	world.Database.Execute(t, `insert into password_resets (id, user_id, token_hash, expires_at, delivery) values (gen_random_uuid(), $1, sha256('c'), now(), 'failed')`, alfa.Staff.ID)
	failed(t, world, "mail_read", "x")

	page := admin.Get("/admin")
	for selector, wanted := range map[string]string{
		"#figure-tenants .figure-value": "1", "#figure-tenants .figure-note": "1 suspended, 0 deleted",
		"#figure-users .figure-value": "4", "#figure-users .figure-note": "1 suspended, 0 deleted",
		"#figure-invites .figure-value": "1", "#figure-failures .figure-value": "2",
		"#figure-failures .figure-note": "1 invite, 1 password link in 7 days",
		"#queue-discarded .rows-side":   "1", "#queue-running .rows-side": "0",
	} {
		if got := page.Text(selector); got != wanted {
			t.Errorf("%s says %q, expected %q", selector, got, wanted)
		}
	}
	if href, _ := page.Find("#queue-discarded a").Attr("href"); href != "/admin/jobs?state=discarded" {
		t.Errorf("the queue leads to %q", href)
	}
	if page.Find("#tenant-"+beta.ID.String()).Length() != 1 {
		t.Error("the newest clinics are missing")
	}
	if events := page.Text("#events"); !strings.Contains(events, "Super Admin signed in.") {
		t.Errorf("the log's latest rows are missing: %s", events)
	}
}
