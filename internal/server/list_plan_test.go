package server_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// errNoted ends a query that was only to be noted.
var errNoted = errors.New("noted")

// noter keeps the statement that a query would have sent.
type noter struct {
	db.DBTX
	statement string
	arguments []any
}

func (n *noter) Query(_ context.Context, statement string, arguments ...any) (pgx.Rows, error) {
	n.statement, n.arguments = statement, arguments
	return nil, errNoted
}

// planOf is how the database would answer what ask asks, as the connection's login.
func planOf(t *testing.T, connection *pgx.Conn, ask func(*db.Queries) error) string {
	t.Helper()
	var noted noter
	if err := ask(db.New(&noted)); !errors.Is(err, errNoted) {
		t.Fatal(err)
	}
	rows, err := connection.Query(t.Context(), "explain "+noted.statement, noted.arguments...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestTheConsolesListsWalkAnIndex(t *testing.T) {
	t.Parallel()
	theConsolesListsWalkAnIndex(t, 200, 4000)
}

func TestTheConsolesListsOfAThousandClinicsWalkAnIndex_Slow(t *testing.T) {
	t.Parallel()
	theConsolesListsWalkAnIndex(t, 1000, 20000)
}

func theConsolesListsWalkAnIndex(t *testing.T, clinics, people int) {
	t.Helper()
	world := clinic.New(t)
	world.Crowd(clinics, people)
	connection := testkit.Connect(t, world.Database.PlatformURL)
	key := "Medica"
	for name, page := range map[string]struct {
		search, status string
		after          *string
		ascending      bool
	}{
		"first": {ascending: true}, "last": {}, "next": {after: &key, ascending: true}, "previous": {after: &key},
		"search": {search: "pop", ascending: true}, "filtered": {status: "active", ascending: true},
	} {
		tenants := planOf(t, connection, func(q *db.Queries) error {
			_, err := q.TenantList(t.Context(), db.TenantListParams{
				Sort: "name", Search: page.search, Status: page.status, Ascending: page.ascending, AfterKey: page.after, PageSize: 51,
			})
			return err
		})
		users := planOf(t, connection, func(q *db.Queries) error {
			_, err := q.UserList(t.Context(), db.UserListParams{
				Sort: "name", Search: page.search, Status: page.status, Ascending: page.ascending, AfterKey: page.after, PageSize: 51,
			})
			return err
		})
		for index, plan := range map[string]string{"tenants_name": tenants, "users_name": users} {
			if !strings.Contains(plan, index) || strings.Contains(plan, "Sort") {
				t.Errorf("the %s page does not walk %s:\n%s", name, index, plan)
			}
		}
	}
}

// manyEvents fills a log with twenty thousand rows of a year: enough for the planner,
// which plans a hundred thousand no other.
const manyEvents = `insert into %s (%s id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, occurred_at)
	select %s gen_random_uuid(), 'person', gen_random_uuid(), 'Ana', 'client_update', 'client', gen_random_uuid(), 'Ion Pop', now() - n * interval '25 minutes'
	from generate_series(1, 20000) n`

func TestAPageOfALongLogWalksAnIndex(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	execute(t, world.Database,
		sql("alter table audit_events disable trigger pending"), sql("alter table platform_audit_events disable trigger pending"),
		sql(fmt.Sprintf(manyEvents, "audit_events", "tenant_id,", "$1::uuid,"), alfa.ID), sql(fmt.Sprintf(manyEvents, "platform_audit_events", "", "")),
		sql("analyze audit_events"), sql("analyze platform_audit_events"))
	tenant, platform := testkit.Connect(t, world.Database.TenantURL), testkit.Connect(t, world.Database.PlatformURL)
	if _, err := tenant.Exec(t.Context(), "select set_config('app.tenant_id', $1, false)", alfa.ID.String()); err != nil {
		t.Fatal(err)
	}
	somebody, last := uuid.New(), uuid.Max
	for name, asked := range map[string]db.AuditEventListNewestParams{
		"first": {}, "next": {At: time.Now().AddDate(0, -6, 0)}, "a day's": {Since: time.Now().AddDate(0, -6, 0), Until: time.Now().AddDate(0, -6, 1)},
		"a client's": {TargetID: &somebody},
	} {
		asked.Most, asked.ID, asked.Until, asked.At = 51, last, cmp.Or(asked.Until, time.Now()), cmp.Or(asked.At, time.Now())
		plans := map[string]string{
			"audit_events": planOf(t, tenant, func(q *db.Queries) error {
				_, err := q.AuditEventListNewest(t.Context(), asked)
				return err
			}),
			"platform_audit_events": planOf(t, platform, func(q *db.Queries) error {
				_, err := q.PlatformAuditEventListNewest(t.Context(), db.PlatformAuditEventListNewestParams{
					Since: asked.Since, Until: asked.Until, TargetID: asked.TargetID, At: asked.At, ID: asked.ID, Most: asked.Most,
				})
				return err
			}),
		}
		for log, plan := range plans {
			if !strings.Contains(plan, "using "+log+"_") || strings.Contains(plan, "Seq Scan on "+log) || strings.Contains(plan, "Sort Key") && asked.TargetID == nil {
				t.Errorf("%s page of %s does not walk an index:\n%s", name, log, plan)
			}
		}
	}
}

// clinicWithRows has so many clients and conversations, every tenth of which is unread, and
// a second mailbox with a hundredth of the mail. A clinic beside it has as many clients. It
// returns a connection as the tenant's login that stands in it.
func clinicWithRows(t *testing.T, rows int) *pgx.Conn {
	t.Helper()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	world.Clinic("beta")
	execute(t, world.Database,
		sql(`insert into clients (tenant_id, id, first_name, last_name, search_text, created_at)
			select tenants.id, gen_random_uuid(), 'Ion ' || n, 'Pop ' || n % 900, 'ion ' || n || ' pop ' || n % 900, now() - n * interval '1 minute'
			from tenants, generate_series(1, $1::integer) n`, rows),
		sql(`insert into mailboxes (tenant_id, id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
			select $1::uuid, gen_random_uuid(), name, name || '@x.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00' from unnest('{desk,lab}'::text[]) name`, alfa.ID),
		sql(`insert into conversations (tenant_id, id, mailbox_id, subject, contact_address, last_message_at, unread)
			select tenant_id, gen_random_uuid(), id, 'Question ' || n, 'c' || n || '@x.example', now() - n * interval '1 minute', n % 10 = 0
			from generate_series(1, $1::integer) n join mailboxes on name = case when n % 100 = 0 then 'lab' else 'desk' end`, rows),
		sql("analyze clients"), sql("analyze conversations"), sql("analyze mailboxes"))
	connection := testkit.Connect(t, world.Database.TenantURL)
	if _, err := connection.Exec(t.Context(), "select set_config('app.tenant_id', $1, false)", alfa.ID.String()); err != nil {
		t.Fatal(err)
	}
	return connection
}

// walks fails for a plan that does not follow an index of a table, or reads or sorts it whole.
func walks(t *testing.T, name, plan, table, index string) {
	t.Helper()
	if !strings.Contains(plan, " using "+index+" on "+table) || strings.Contains(plan, "Seq Scan on "+table) || strings.Contains(plan, "Sort Key") {
		t.Errorf("%s does not walk %s:\n%s", name, index, plan)
	}
}

func TestTheListsOfAClinicWithMuchWalkAnIndexEachWay(t *testing.T) {
	t.Parallel()
	theListsWalkAnIndexEachWay(t, 10_000)
}

func TestTheListsOfAClinicWithAHundredThousandRowsWalkAnIndexEachWay_Slow(t *testing.T) {
	t.Parallel()
	theListsWalkAnIndexEachWay(t, 100_000)
}

func theListsWalkAnIndexEachWay(t *testing.T, rows int) {
	t.Helper()
	connection := clinicWithRows(t, rows)
	var lab uuid.UUID
	if err := connection.QueryRow(t.Context(), "select id from mailboxes where name = 'lab'").Scan(&lab); err != nil {
		t.Fatal(err)
	}
	// In the middle of what there is, so that there is much on either side.
	name, then := "Pop 5", time.Now().Add(-time.Duration(rows/2)*time.Minute)
	for way, ascending := range map[string]bool{"forward": true, "back": false} {
		for index, asked := range map[string]db.ClientListParams{
			"clients_name": {Sort: "name", AfterLastName: &name, AfterFirstName: "Ion"}, "clients_created": {Sort: "created", AfterTime: then},
		} {
			asked.Ascending, asked.PageSize = ascending, 51
			for _, asked.Terms = range [][]string{nil, {"pop"}} {
				walks(t, fmt.Sprintf("clients by %s %s, %q", asked.Sort, way, asked.Terms), planOf(t, connection, func(q *db.Queries) error {
					_, err := q.ClientList(t.Context(), asked)
					return err
				}), "clients", index)
			}
			if asked.Sort == "name" {
				asked.AfterLastName = nil
				walks(t, "the first page of clients "+way, planOf(t, connection, func(q *db.Queries) error {
					_, err := q.ClientList(t.Context(), asked)
					return err
				}), "clients", index)
			}
		}
		for index, asked := range map[string]db.ConversationListParams{
			"conversations_latest": {}, "conversations_unread": {UnreadOnly: true}, "conversations_mailbox": {MailboxID: &lab},
		} {
			asked.Ascending, asked.AfterTime, asked.PageSize = ascending, then, 51
			for _, asked.Terms = range [][]string{nil, {"question"}, {"question", "ion"}} {
				asked.Words = asked.Terms
				plan := planOf(t, connection, func(q *db.Queries) error {
					_, err := q.ConversationList(t.Context(), asked)
					return err
				})
				walks(t, fmt.Sprintf("the inbox %s, %q", way, asked.Terms), plan, "conversations", index)
				if strings.Contains(plan, "Seq Scan on clients") {
					t.Errorf("the inbox %s, %q, reads every client:\n%s", way, asked.Terms, plan)
				}
			}
		}
	}
}

// The lists of services and providers sort what a clinic has, which is little: what must not
// happen is that they read what the others have.
func TestTheShortListsOfAClinicReadItsOwnRowsAlone(t *testing.T) {
	t.Parallel()
	theShortListsReadOwnRowsAlone(t, 100)
}

func TestTheShortListsOfOneClinicInAThousandReadItsOwnRowsAlone_Slow(t *testing.T) {
	t.Parallel()
	theShortListsReadOwnRowsAlone(t, 1000)
}

func theShortListsReadOwnRowsAlone(t *testing.T, clinics int) {
	t.Helper()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	world.Crowd(clinics, 1)
	execute(t, world.Database,
		sql("insert into services (tenant_id, id, name, duration) select tenants.id, gen_random_uuid(), 'Visit ' || n, 30 from tenants, generate_series(1, 40) n"),
		sql("insert into providers (tenant_id, id, name, color) select tenants.id, gen_random_uuid(), 'Dr. ' || n, 'teal' from tenants, generate_series(1, 40) n"),
		sql("analyze services"), sql("analyze providers"))
	connection := testkit.Connect(t, world.Database.TenantURL)
	if _, err := connection.Exec(t.Context(), "select set_config('app.tenant_id', $1, false)", alfa.ID.String()); err != nil {
		t.Fatal(err)
	}
	for _, ascending := range []bool{true, false} {
		plans := map[string]string{"providers": planOf(t, connection, func(q *db.Queries) error {
			_, err := q.ProviderList(t.Context(), db.ProviderListParams{Ascending: ascending, Descending: !ascending, PageSize: 51})
			return err
		})}
		for _, column := range []string{"name", "duration", "price"} {
			plans["services by "+column] = planOf(t, connection, func(q *db.Queries) error {
				_, err := q.ServiceList(t.Context(), db.ServiceListParams{Sort: column, Ascending: ascending, Descending: !ascending, PageSize: 51})
				return err
			})
		}
		for name, plan := range plans {
			table, _, _ := strings.Cut(name, " ")
			if strings.Contains(plan, "Seq Scan on "+table) || !strings.Contains(plan, table+"_pkey") {
				t.Errorf("the list of %s reads the rows of others:\n%s", name, plan)
			}
		}
	}
}
