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

// planOf is how the database would answer what ask asks, as the platform's login.
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
	world := clinic.New(t)
	world.Crowd(1000, 20000)
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
