package support_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// setting is a clinic with an owner, and somebody who runs the installation.
type setting struct {
	*clinic.World
	t     *testing.T
	alfa  *clinic.Clinic
	owner *clinic.Browser
	admin *clinic.Browser
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	return &setting{world, t, alfa, alfa.SignInOwner(), world.SuperAdmin()}
}

func (s *setting) allow() {
	s.t.Helper()
	answer := s.owner.Post("/settings/support", url.Values{"reason": {"The calendar is empty"}, "hours": {"4"}})
	if answer.Status != http.StatusSeeOther {
		s.t.Fatalf("allowing is answered %d: %s", answer.Status, answer.Text("main"))
	}
}

func (s *setting) enter() *clinic.Answer {
	s.t.Helper()
	return s.admin.Post("/admin/tenants/"+s.alfa.ID.String()+"/support-session", nil)
}

// inside is the super-admin's browser, once the owner has let them in.
func (s *setting) inside() *clinic.Browser {
	s.t.Helper()
	s.allow()
	if answer := s.enter(); answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		s.t.Fatalf("entering is answered %d %q", answer.Status, answer.Location())
	}
	s.admin.Forget()
	return s.admin
}

// strings reads a column as the superuser.
func (s *setting) strings(sql string, arguments ...any) (values []string) {
	s.t.Helper()
	rows, err := testkit.Connect(s.t, s.Database.SuperuserURL).Query(s.t.Context(), sql, arguments...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			s.t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return values
}

func TestAnOwnerLetsSupportLookUntilTheyLeave(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	card := "#support form"
	page := "/admin/tenants/" + s.alfa.ID.String()
	if s.admin.Get(page).Find(card).Length() != 0 {
		t.Error("the console offers to enter without leave")
	}
	s.allow()
	if shown := s.admin.Get(page); shown.Find(card).Length() != 1 || !strings.Contains(shown.Text("#support"), "The calendar is empty") {
		t.Errorf("the console shows %q", shown.Text("#support"))
	}
	if answer := s.enter(); answer.Status != http.StatusSeeOther {
		t.Fatalf("entering is answered %d", answer.Status)
	}
	s.admin.Forget()
	for _, path := range []string{"/", "/clients", "/calendar?view=week", "/no-such-page"} {
		answer := s.admin.Get(path)
		if banner := answer.Text("[data-support]"); !strings.Contains(banner, "Clinic alfa") {
			t.Errorf("%s (%d) has the banner %q", path, answer.Status, banner)
		}
	}
	if s.owner.Get("/").Find("[data-support]").Length() != 0 {
		t.Error("the owner sees the banner of support")
	}
	left := s.admin.Post("/support-session/ending", nil)
	if left.Status != http.StatusSeeOther || left.Location() != page {
		t.Errorf("leaving is answered %d %q", left.Status, left.Location())
	}
	s.admin.Forget()
	if answer := s.admin.Get("/clients"); answer.Status != http.StatusForbidden {
		t.Errorf("after leaving, the clinic's pages answer %d", answer.Status)
	}
	if answer := s.admin.Get(page); answer.Status != http.StatusOK || answer.Find("[data-support]").Length() != 0 {
		t.Errorf("after leaving, the console answers %d", answer.Status)
	}
}

func TestHazard021WithoutAnOpenGrantNobodyLooks(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	beta := s.Clinic("beta")
	refused := func(name string) {
		t.Helper()
		if answer := s.enter(); answer.Status != http.StatusForbidden {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	refused("never granted")
	for _, granted := range []struct{ name, expires, revoked string }{
		{"an expired grant", "now() - interval '1 second'", "null"}, {"a revoked grant", "now() + interval '1 hour'", "now()"},
	} {
		s.Database.Execute(s.t, `insert into support_grants (tenant_id, id, granted_by, reason, created_at, expires_at, revoked_at)
			values ($1, $2, $3, 'for a test', now() - interval '1 hour', `+granted.expires+`, `+granted.revoked+`)`, s.alfa.ID, uuid.New(), s.alfa.Owner.ID)
		refused(granted.name)
	}
	s.Database.Execute(s.t, "insert into support_grants (tenant_id, id, granted_by, reason, expires_at) values ($1, $2, $3, 'for a test', now() + interval '1 hour')", beta.ID, uuid.New(), beta.Owner.ID)
	refused("another clinic's grant")
	if answer := s.admin.Post("/admin/tenants/"+uuid.NewString()+"/support-session", nil); answer.Status != http.StatusNotFound {
		t.Errorf("an unknown clinic: %d", answer.Status)
	}
	s.allow()
	s.Database.Execute(s.t, "update tenants set status = 'suspended' where id = $1", s.alfa.ID)
	refused("a suspended clinic's grant")
	if found := s.strings("select id::text from sessions where support_grant_id is not null"); len(found) != 0 {
		t.Errorf("%d sessions of support", len(found))
	}
}

func TestSupportEndsAtTheNextRequestAndItsTokensAreSpent(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]string{
		"revoked": "update support_grants set revoked_at = now()",
		"expired": "update support_grants set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'",
		"demoted": "update users set super_admin = false where super_admin",
	} {
		s := newSetting(t)
		console := s.strings("select encode(token_hash, 'hex') from sessions where tenant_id is null")
		support := s.inside()
		if again := s.strings("select encode(token_hash, 'hex') from sessions where tenant_id is null"); len(console) != 1 || len(again) != 0 {
			t.Errorf("%s: the console's session outlived the entering", name)
		}
		if answer := support.Get("/clients"); answer.Status != http.StatusOK {
			t.Fatalf("%s: before it %d", name, answer.Status)
		}
		s.Database.Execute(s.t, ending)
		for _, path := range []string{"/clients", "/admin"} {
			if answer := support.Get(path); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
				t.Errorf("%s: %s answers %d %q", name, path, answer.Status, answer.Location())
			}
		}
	}
}

func TestBothLogsHoldWhatSupportDid(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	support := s.inside()
	support.Get("/clients?q=secret")
	support.Get("/inbox/unread") // an open page asks for that by itself
	support.Post("/support-session/ending", nil)
	grant := s.strings("select id::text from support_grants")[0]
	if answer := s.owner.Post("/settings/support/"+grant+"/revocation", nil); answer.Status != http.StatusSeeOther {
		t.Errorf("ending is answered %d", answer.Status)
	}
	own := s.strings("select action || ' ' || actor_kind || ' ' || coalesce(after ->> 'path', '') || ' ' || reason from audit_events where action::text like 'support%' order by occurred_at, id")
	wanted := []string{"support_grant person  The calendar is empty", "support_enter support  ", "support_view support /clients ", "support_leave support  ", "support_revoke person  "}
	if strings.Join(own, "\n") != strings.Join(wanted, "\n") {
		t.Errorf("the clinic's log holds %q", own)
	}
	platform := s.strings("select action || ' ' || actor_kind || ' ' || tenant_id from platform_audit_events where action::text like 'support%' order by occurred_at, id")
	if id := s.alfa.ID.String(); strings.Join(platform, "\n") != "support_enter person "+id+"\nsupport_leave person "+id {
		t.Errorf("the platform's log holds %q", platform)
	}
}

func TestAPageThatCannotBeRecordedIsNotShown(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	support := s.inside()
	s.Database.Execute(s.t, "revoke insert on audit_events from frontdesk_tenant")
	if answer := support.Get("/clients"); answer.Status != http.StatusInternalServerError || strings.Contains(answer.Text("main"), "Clients") {
		t.Errorf("the page is answered %d", answer.Status)
	}
}

func TestTheDatabaseRefusesWhatSupportWrites(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	ctx := actor.With(t.Context(), actor.Actor{UserID: uuid.New(), TenantID: s.alfa.ID, Support: true, ReadOnly: true})
	for name, sql := range map[string]string{
		"a row":         "insert into services (id, name, duration) values (gen_random_uuid(), 'Planted', 30)",
		"an update":     "update support_grants set revoked_at = null",
		"a way around":  "set transaction read write",
		"another mode":  "select set_config('transaction_read_only', 'off', true)",
		"a job's table": "insert into audit_pending (event_id) values (gen_random_uuid())",
	} {
		err := s.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Raw().Exec(ctx, sql)
			return err
		})
		if err == nil {
			t.Errorf("%s is taken", name)
		}
		if name == "a row" && !fault.Is(err, fault.Forbidden) {
			t.Errorf("a handler that forgets is answered with %v", err)
		}
	}
	if planted := s.strings("select name from services where name = 'Planted'"); len(planted) != 0 {
		t.Error("the row is there")
	}
}

func TestAPermissionNeedsAReasonAndAKnownSpan(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	for field, forms := range map[string][]url.Values{
		"reason": {{"reason": {""}}, {"reason": {"four"}}, {"reason": {strings.Repeat("a", 501)}}, {}},
		"hours":  {{"reason": {"long enough"}, "hours": {"169"}}, {"reason": {"long enough"}, "hours": {"-1"}}, {"reason": {"long enough"}, "hours": {"forever"}}},
	} {
		for _, form := range forms {
			answer := s.owner.Post("/settings/support", form)
			if answer.Status != http.StatusUnprocessableEntity || answer.Find(`#allow-form [name="`+field+`"][aria-invalid="true"]`).Length() != 1 {
				t.Errorf("%.60q is answered %d", form.Encode(), answer.Status)
			}
		}
	}
	if made := s.strings("select id::text from support_grants"); len(made) != 0 {
		t.Errorf("%d grants were made", len(made))
	}
	week := s.owner.Post("/settings/support", url.Values{"reason": {"exactly a week"}, "hours": {"168"}, "tenant_id": {uuid.NewString()}, "expires_at": {"2100-01-01"}})
	if week.Status != http.StatusSeeOther {
		t.Errorf("a week is answered %d", week.Status)
	}
	if left := s.strings("select (expires_at - created_at)::text from support_grants"); len(left) != 1 || left[0] != "7 days" && left[0] != "168:00:00" {
		t.Errorf("it lasts %q", left)
	}
}

func TestHazard072OnePermissionForOneFormAndOneEnd(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	key := s.owner.Get("/settings/support").Value(`#allow-form [name="_idempotency_key"]`)
	for range 5 {
		s.owner.Post("/settings/support", url.Values{"reason": {"once only"}, "hours": {"1"}, "_idempotency_key": {key}})
	}
	made := s.strings("select id::text from support_grants")
	if len(made) != 1 {
		t.Fatalf("%d grants", len(made))
	}
	statuses := []int{}
	for range 2 {
		statuses = append(statuses, s.owner.Post("/settings/support/"+made[0]+"/revocation", nil).Status)
	}
	if statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusConflict {
		t.Errorf("ending twice is answered %d", statuses)
	}
	page := s.owner.Get("/settings/support")
	if page.Find("#support-grant-"+made[0]).Length() != 1 || page.Find("#grants form").Length() != 0 {
		t.Error("what is over is not shown, or can be ended")
	}
}
