package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/audit"
	"frontdesk/internal/guard"
	"frontdesk/internal/server"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// deed is a form that succeeds, and the row that it leaves in the clinic's log.
type deed struct {
	path   string
	fields url.Values
	// prepare is SQL that makes the deed possible; $1 is the clinic.
	prepare string
	action  string
	// before and after are some of the fields that the row holds, and how many it
	// holds in all.
	before, after map[string]any
	changed       int
	// again is the same form once more, which must leave no row: a key that was used,
	// or a change that is done.
	again bool
}

// deeds are every write of a clinic, in an order in which each succeeds. A new
// route needs its line here, or the test fails.
var deeds = []deed{
	{
		path: "/clients", fields: url.Values{"first_name": {"Ana"}, "last_name": {"Pop"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000001"}},
		action: "client_create", after: map[string]any{"first_name": "Ana", "last_name": "Pop", "email": ""}, changed: 5, again: true,
	},
	{
		path: "/clients/:id", fields: url.Values{"first_name": {"Maria"}, "last_name": {ownMark}, "email": {"marigold@mark.example"}, "version": {"1"}},
		action: "client_update", before: map[string]any{"first_name": ownMark}, after: map[string]any{"first_name": "Maria"}, changed: 1,
	},
	{
		path: "/services", fields: url.Values{"name": {"Cleaning"}, "duration": {"45"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000002"}},
		action: "service_create", after: map[string]any{"name": "Cleaning", "duration": 45.0, "active": true}, changed: 6, again: true,
	},
	{
		path: "/services/:id", fields: url.Values{"name": {ownMark}, "duration": {"60"}, "price": {"12"}, "version": {"1"}},
		action: "service_update", before: map[string]any{"duration": 30.0, "price": 0.0}, after: map[string]any{"duration": 60.0, "price": 1200.0}, changed: 2,
	},
	{path: "/services/:id/deactivation", action: "service_deactivate", before: map[string]any{"active": true}, after: map[string]any{"active": false}, changed: 1, again: true},
	{
		path: "/services/:id/activation", prepare: "update services set active = false where tenant_id = $1",
		action: "service_activate", before: map[string]any{"active": false}, after: map[string]any{"active": true}, changed: 1, again: true,
	},
	{
		path: "/resources", fields: url.Values{"name": {"Room 2"}, "kind": {"Room"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000012"}},
		action: "resource_create", after: map[string]any{"name": "Room 2", "kind": "Room", "active": true}, changed: 3, again: true,
	},
	{
		path: "/resources/:id", fields: url.Values{"name": {ownMark}, "kind": {"Device"}, "version": {"1"}},
		action: "resource_update", before: map[string]any{"kind": "Room"}, after: map[string]any{"kind": "Device"}, changed: 1,
	},
	{path: "/resources/:id/deactivation", action: "resource_deactivate", before: map[string]any{"active": true}, after: map[string]any{"active": false}, changed: 1, again: true},
	{
		path: "/resources/:id/activation", prepare: "update resources set active = false where tenant_id = $1",
		action: "resource_activate", before: map[string]any{"active": false}, after: map[string]any{"active": true}, changed: 1, again: true,
	},
	{
		path: "/providers", fields: url.Values{"name": {"Dr. Ion"}, "color": {"green"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000003"}},
		prepare: "update services set active = true where tenant_id = $1",
		action:  "provider_create", after: map[string]any{"name": "Dr. Ion", "all_services": true, "hours": []any{
			"1 09:00-17:00", "2 09:00-17:00", "3 09:00-17:00", "4 09:00-17:00", "5 09:00-17:00",
		}}, changed: 6, again: true,
	},
	{
		path: "/providers/:id", fields: url.Values{"name": {ownMark}, "color": {"blue"}, "service_ids": {"{/services/:id}"}, "version": {"1"}},
		prepare: "update providers set all_services = true where tenant_id = $1",
		action:  "provider_update", before: map[string]any{"all_services": true, "services": []any{}},
		after: map[string]any{"all_services": false, "services": []any{ownMark}}, changed: 2,
	},
	{path: "/providers/:id/deactivation", action: "provider_deactivate", before: map[string]any{"active": true}, after: map[string]any{"active": false}, changed: 1, again: true},
	{
		path: "/providers/:id/activation", prepare: "update providers set active = false where tenant_id = $1",
		action: "provider_activate", before: map[string]any{"active": false}, after: map[string]any{"active": true}, changed: 1, again: true,
	},
	{
		path: "/appointments", fields: url.Values{
			"client_id": {"{/clients/:id}"}, "provider_id": {"{/providers/:id}"}, "service_id": {"{/services/:id}"},
			"date": {"2027-02-02"}, "time": {"10:00"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000004"},
		},
		prepare: "update providers set active = true where tenant_id = $1",
		action:  "appointment_create", after: map[string]any{"client": "Maria " + ownMark, "provider": ownMark, "service": ownMark, "status": "booked"},
		changed: 7, again: true,
	},
	{
		path: "/appointments/:id", fields: url.Values{"notes": {"bring the X-ray"}, "version": {"1"}},
		action: "appointment_update", before: map[string]any{"notes": ownMark}, after: map[string]any{"notes": "bring the X-ray"}, changed: 1,
	},
	{
		path: "/appointments/:id/cancellation", action: "appointment_cancel",
		before: map[string]any{"status": "booked"}, after: map[string]any{"status": "cancelled"}, changed: 1, again: true,
	},
	{
		path: "/settings/email", fields: mailboxWith("name", "Desk", "address", "desk@alfa.example"),
		action: "mailbox_create", after: map[string]any{"name": "Desk", "imap_host": "mail.example", "active": true}, changed: 10, again: true,
	},
	{
		path: "/settings/email/:id", fields: mailboxWith("name", "Front", "address", "front@alfa.example", "version", "1"),
		action: "mailbox_update", before: map[string]any{"name": ownMark}, after: map[string]any{"name": "Front", "password_replaced": true}, changed: 4,
	},
	{path: "/settings/email/:id/sync", action: "mailbox_sync"},
	{path: "/settings/email/:id/deactivation", action: "mailbox_deactivate", before: map[string]any{"active": true}, after: map[string]any{"active": false}, changed: 1, again: true},
	{
		path: "/settings/email/:id/activation", prepare: "update mailboxes set active = false where tenant_id = $1",
		action: "mailbox_activate", before: map[string]any{"active": false}, after: map[string]any{"active": true}, changed: 1, again: true,
	},
	{
		path: "/inbox/:id/reading", fields: url.Values{"read": {"true"}}, prepare: "update conversations set unread = true where tenant_id = $1",
		action: "conversation_read", before: map[string]any{"unread": true}, after: map[string]any{"unread": false}, changed: 1, again: true,
	},
	{
		path: "/inbox/:id/reading", fields: url.Values{"read": {"false"}}, prepare: "update conversations set unread = false where tenant_id = $1",
		action: "conversation_unread", before: map[string]any{"unread": false}, after: map[string]any{"unread": true}, changed: 1, again: true,
	},
	{
		path: "/inbox/:id/messages", fields: url.Values{"body": {"Until tomorrow."}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000005"}},
		prepare: "update mailboxes set active = true where tenant_id = $1",
		action:  "message_create", after: map[string]any{"delivery": "queued", "from_address": "front@alfa.example"}, changed: 7, again: true,
	},
	{
		path: "/inbox/:id/messages/:message/delivery", prepare: "update messages set delivery = 'failed' where tenant_id = $1 and delivery = 'sent'",
		action: "message_resend", before: map[string]any{"delivery": "failed"}, after: map[string]any{"delivery": "queued"}, changed: 1, again: true,
	},
}

var mailboxFields = url.Values{
	"imap_host": {"mail.example"}, "imap_port": {"993"}, "imap_security": {"tls"}, "smtp_host": {"mail.example"}, "smtp_port": {"465"}, "smtp_security": {"tls"},
	"username": {"desk"}, "password": {"an app's password"}, "_idempotency_key": {"0190b5a0-0000-7000-8000-000000000006"},
}

// elsewhere are writes whose rows their own rooms test: they are the team's, and
// stand in the platform's log as well.
var elsewhere = []string{"/team", "/settings/security", "/settings/support"}

func mailboxWith(pairs ...string) url.Values {
	changed := maps.Clone(mailboxFields)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = []string{pairs[i+1]}
	}
	return changed
}

// entry is a row of the log.
type entry struct {
	ActorKind, ActorName, Action, TargetKind, TargetName, IP, UserAgent, RequestID string
	Before, After                                                                  map[string]any
}

// entriesOf returns the rows of a clinic's log beyond the first seen.
func (n *neighbours) entriesOf(t *testing.T, of *clinic.Clinic, seen int) []entry {
	t.Helper()
	rows, err := testkit.Connect(t, n.Database.SuperuserURL).Query(t.Context(), `
		select actor_kind, actor_name, action, target_kind, target_name, coalesce(host(ip), ''), user_agent, request_id,
		       coalesce(before, '{}'), coalesce(after, '{}')
		from audit_events where tenant_id = $1 order by occurred_at, id offset $2`, of.ID, seen)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// do sends the deed's form.
func (n *neighbours) do(t *testing.T, done deed) *clinic.Answer {
	t.Helper()
	if done.prepare != "" {
		execute(t, n.Database, sql(done.prepare, n.alfa.ID))
	}
	return n.owner.Post(fill(guard.Route{Path: done.path}, n.ownOf), n.fieldsOf(done))
}

// fieldsOf is the deed's form with the ids of alfa's rows.
func (n *neighbours) fieldsOf(done deed) url.Values {
	fields := url.Values{}
	for name, values := range done.fields {
		for _, value := range values {
			if key, isKey := strings.CutPrefix(value, "{"); isKey {
				value = n.own[strings.TrimSuffix(key, "}")].String()
			}
			fields.Add(name, value)
		}
	}
	return fields
}

func TestEveryWriteOfAClinicLeavesItsRow(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	n.owner.Token()
	seen, theirs := len(n.entriesOf(t, n.alfa, 0)), len(n.entriesOf(t, n.beta, 0))
	words := declaredActions(t)
	for _, done := range deeds {
		if answer := n.do(t, done); answer.Status != http.StatusSeeOther {
			t.Fatalf("%s (%s): %d %s", done.path, done.action, answer.Status, answer.Text("main"))
		}
		left := n.entriesOf(t, n.alfa, seen)
		seen += len(left)
		if len(left) != 1 {
			t.Errorf("%s left %d rows: %v", done.action, len(left), left)
			continue
		}
		assertRow(t, done, left[0])
		for field := range left[0].After {
			if words[audit.Action(done.action)][field].Label == "" {
				t.Errorf("%s: the field %s has no words", done.action, field)
			}
		}
		if done.again {
			done.prepare = ""
			n.do(t, done)
			if doubled := n.entriesOf(t, n.alfa, seen); len(doubled) > 0 {
				t.Errorf("%s once more left %v", done.action, doubled)
			}
		}
	}
	if foreign := n.entriesOf(t, n.beta, theirs); len(foreign) > 0 {
		t.Errorf("another clinic's log holds %v", foreign)
	}
}

func assertRow(t *testing.T, done deed, row entry) {
	t.Helper()
	if row.Action != done.action || row.TargetName == "" || !strings.HasPrefix(done.action, row.TargetKind+"_") {
		t.Errorf("%s is %s of the %s %q", done.action, row.Action, row.TargetKind, row.TargetName)
	}
	if row.ActorKind != "person" || row.ActorName != "owner of alfa" || row.IP != "127.0.0.1" || row.UserAgent == "" || row.RequestID == "" {
		t.Errorf("%s by %+v", done.action, row)
	}
	if len(row.After) != done.changed {
		t.Errorf("%s: %d fields changed, want %d: %v", done.action, len(row.After), done.changed, row.After)
	}
	for _, side := range []struct{ want, is map[string]any }{{done.before, row.Before}, {done.after, row.After}} {
		for name, value := range side.want {
			if fmt.Sprint(side.is[name]) != fmt.Sprint(value) {
				t.Errorf("%s: %s is %v, want %v", done.action, name, side.is[name], value)
			}
		}
	}
	if len(done.before) == 0 && len(row.Before) > 0 {
		t.Errorf("%s: before it was %v", done.action, row.Before)
	}
	whole, err := json.Marshal([]any{row.Before, row.After})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"sealed", "app's password", "hash", "token"} {
		if strings.Contains(string(whole), secret) {
			t.Errorf("%s tells a secret: %s", done.action, whole)
		}
	}
}

func TestEveryWriteOfAClinicIsAmongTheDeeds(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	for _, route := range n.Server.Routes() {
		isDeed := slices.ContainsFunc(deeds, func(done deed) bool { return done.path == route.Path })
		isElsewhere := slices.ContainsFunc(elsewhere, func(prefix string) bool { return strings.HasPrefix(route.Path, prefix) })
		if route.Method == http.MethodPost && ofClinic(route) && !isDeed && !isElsewhere {
			t.Errorf("POST %s: nothing tests the row that it leaves; add it to audit_test.go", route.Path)
		}
	}
}

// breakLog makes the clinic's log refuse every row, as a full disk would.
func (n *neighbours) breakLog(t *testing.T) {
	t.Helper()
	execute(t, n.Database,
		sql("create function refuse_row() returns trigger language plpgsql as $$ begin raise exception 'the log is full' using errcode = 'disk_full'; end $$"),
		sql("create trigger refuse_row before insert on audit_events for each row execute function refuse_row()"))
}

func TestHazard035WhatCannotBeWrittenDownIsNotDone(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	n.owner.Token()
	n.breakLog(t)
	for _, done := range deeds {
		n.assertNotDone(t, done)
	}
}

// assertNotDone sends the deed's form and finds an error, and the database as it
// was once the deed was prepared.
func (n *neighbours) assertNotDone(t *testing.T, done deed) {
	t.Helper()
	if done.prepare != "" {
		execute(t, n.Database, sql(done.prepare, n.alfa.ID))
		done.prepare = ""
	}
	before := fingerprint(t, n.Database)
	if answer := n.do(t, done); answer.Status != http.StatusServiceUnavailable {
		t.Errorf("%s without a log: %d %s", done.action, answer.Status, answer.Text("main"))
	}
	assertUntouched(t, n.Database, before)
}

func TestHazard035WhatCannotBeWrittenDownIsNotShown(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	readings := n.readings(t)
	n.breakLog(t)
	for action, path := range readings {
		answer := n.owner.Get(path)
		if answer.Status != http.StatusServiceUnavailable || strings.Contains(string(answer.Body), ownMark) {
			t.Errorf("%s without a log: %d", action, answer.Status)
		}
	}
}

// readings are the pages and files whose reading is recorded, by the action; their
// objects are stored.
func (n *neighbours) readings(t *testing.T) map[string]string {
	t.Helper()
	for _, object := range []string{"/messages/none", "/attachments/none"} {
		if err := n.Storage.Put(t.Context(), "tenants/"+n.alfa.ID.String()+object, strings.NewReader(ownMark)); err != nil {
			t.Fatal(err)
		}
	}
	path := func(of string) string { return fill(guard.Route{Path: of}, n.ownOf) }
	return map[string]string{
		"client_read": path("/clients/:id"), "message_source": path("/inbox/:id/messages/:message/source"),
		"attachment_download": path("/inbox/:id/attachments/:attachment"),
	}
}

func TestReadingARecordAndTakingAFileIsRecorded(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	readings := n.readings(t)
	readings["client_read "] = readings["client_read"] + "/edit"
	seen := len(n.entriesOf(t, n.alfa, 0))
	for action, path := range readings {
		answer := n.owner.Get(path)
		if answer.Status != http.StatusOK || !strings.Contains(string(answer.Body), ownMark) {
			t.Errorf("%s: %d", path, answer.Status)
		}
		left := n.entriesOf(t, n.alfa, seen)
		seen += len(left)
		if len(left) != 1 || left[0].Action != strings.TrimSpace(action) || !strings.HasPrefix(left[0].TargetName, ownMark) || len(left[0].After) > 0 {
			t.Errorf("%s left %+v", path, left)
		}
	}
}

func TestSupportReadsARecordAndMarksNothing(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	admin, grant := n.Person("admin", true), uuid.Must(uuid.NewV7())
	execute(t, n.Database, sql(`insert into support_grants (tenant_id, id, granted_by, reason, expires_at)
		values ($1, $2, $3, 'to be shown', now() + interval '1 hour')`, n.alfa.ID, grant, n.alfa.Owner.ID))
	n.Vouch()
	seen := len(n.entriesOf(t, n.alfa, 0))
	support := n.Enter(clinic.Session{UserID: admin.ID, TenantID: n.alfa.ID, SupportGrantID: grant})
	if answer := support.Get(fill(guard.Route{Path: "/clients/:id"}, n.ownOf)); answer.Status != http.StatusOK {
		t.Errorf("a client's page for support: %d", answer.Status)
	}
	conversation := support.Get(fill(guard.Route{Path: "/inbox/:id"}, n.ownOf))
	if conversation.Status != http.StatusOK || conversation.Find("#reading, textarea[name=body]").Length() > 0 {
		t.Errorf("a conversation for support: %d, %d forms", conversation.Status, conversation.Find("#reading, textarea[name=body]").Length())
	}
	var kinds []string
	for _, row := range n.entriesOf(t, n.alfa, seen) {
		kinds = append(kinds, row.ActorKind+" "+row.Action)
	}
	want := []string{"support support_view", "support client_read", "support support_view"}
	if !slices.Equal(kinds, want) {
		t.Errorf("the log says %q, want %q", kinds, want)
	}
}

// Pages are asked for by GET, and the guard lets support do no more; a page that
// writes all the same is stopped by the database.
func TestWhatSupportAsksForWritesNothingWhateverAPageDoes(t *testing.T) {
	t.Parallel()
	var world *clinic.World
	write := func(c *fiber.Ctx) error {
		return world.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Raw().Exec(ctx, "update clients set first_name = 'Overwritten'")
			return err
		})
	}
	world = clinic.New(t, func(p *server.Parts) {
		p.Routes = []guard.Route{{Method: http.MethodGet, Path: "/writing", Access: guard.Member, Handler: write}}
	})
	alfa, admin := world.Clinic("alfa"), world.Person("admin", true)
	furnish(t, world, alfa, ownMark)
	support := world.Enter(clinic.Session{UserID: admin.ID, TenantID: alfa.ID, SupportGrantID: letIn(t, world, alfa)})
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	for _, asked := range []struct {
		browser *clinic.Browser
		written int
	}{{support, 0}, {alfa.SignInStaff(), 1}} {
		status := asked.browser.Get("/writing").Status
		if written := numberOf(t, connection, "select count(*) from clients where first_name = 'Overwritten'"); written != asked.written || (status == http.StatusOK) != (asked.written == 1) {
			t.Errorf("answered %d, and %d rows were written, not %d", status, written, asked.written)
		}
	}
}
