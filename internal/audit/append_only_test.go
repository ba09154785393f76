package audit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/testkit"
)

func TestHazard035NoLoginChangesOrEmptiesALog(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for login, url := range map[string]string{"tenant": database.TenantURL, "platform": database.PlatformURL, "owner": database.OwnerURL} {
		connection := testkit.Connect(t, url)
		if _, err := connection.Exec(t.Context(), "select set_config('app.tenant_id', gen_random_uuid()::text, false)"); err != nil {
			t.Fatal(err)
		}
		for table, column := range map[string]string{
			"audit_events": "reason = 'x'", "platform_audit_events": "reason = 'x'", "audit_seals": "position = 1", "platform_audit_seals": "position = 1",
		} {
			for _, statement := range []string{"update " + table + " set " + column, "delete from " + table, "truncate " + table + " cascade"} {
				assertRefused(t, login, statement, func() error { _, err := connection.Exec(t.Context(), statement); return err })
			}
		}
	}
}

func TestHazard035EachOfTheTwoLocksHoldsByItself(t *testing.T) {
	t.Parallel()
	// A superuser needs no grant: what refuses here is the trigger alone.
	connection := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	for _, table := range []string{"audit_events", "platform_audit_events", "audit_seals", "platform_audit_seals"} {
		for _, statement := range []string{"update " + table + " set id = id", "delete from " + table, "truncate " + table + " cascade"} {
			statement = strings.Replace(statement, "_seals set id = id", "_seals set position = position", 1)
			assertRefused(t, "superuser", statement, func() error { _, err := connection.Exec(t.Context(), statement); return err })
		}
		// And here the grants, of the table and of any column.
		for _, login := range []string{"frontdesk_tenant", "frontdesk_platform"} {
			var granted bool
			err := connection.QueryRow(t.Context(), `select has_any_column_privilege($1, $2, 'update') or has_table_privilege($1, $2, 'update, delete, truncate, trigger')`, login, table).Scan(&granted)
			if err != nil || granted {
				t.Errorf("%s may change %s: %v %v", login, table, granted, err)
			}
		}
	}
}

func TestHazard035ThePlatformAddsToAClinicsLogAndReadsNothingOfIt(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).PlatformURL)
	for _, table := range []string{"audit_events", "audit_seals"} {
		assertRefused(t, "platform", table, func() error { _, err := connection.Exec(t.Context(), "select from "+table); return err })
	}
}

// assertRefused expects insufficient_privilege: by a grant that is missing, or by
// the trigger that is the second lock.
func assertRefused(t *testing.T, login, what string, try func() error) {
	t.Helper()
	err := try()
	if failure, ok := errors.AsType[*pgconn.PgError](err); !ok || failure.Code != "42501" {
		t.Errorf("%s: %s is answered with %v", login, what, err)
	}
}
