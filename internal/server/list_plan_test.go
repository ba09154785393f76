package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"

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
