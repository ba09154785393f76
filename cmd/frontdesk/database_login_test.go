package main

import (
	"path/filepath"
	"testing"

	"frontdesk/internal/testkit"
)

func TestHazard107AProgramWithItsOwnDatabaseBoundsItsLoginsAndKeepsNoConnectionOfTheOwner(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(folder(t), "data")
	program := serveProgram(t, settings{"DATA_DIR": dataDir})
	superuser := superuserURL(t, dataDir)
	testkit.Eventually(t, "the end of the owner's connections", func() bool {
		return psql(t, superuser, "select count(*) from pg_stat_activity where usename = 'frontdesk_owner'") == "0"
	})
	if unbound := psql(t, superuser, `select string_agg(rolname, ' ') from pg_roles where rolname in ('frontdesk_tenant', 'frontdesk_platform')
		and (select count(*) from unnest(rolconfig) setting where setting ~ '^(statement|lock|idle_in_transaction_session)_timeout=') <> 3`); unbound != "" {
		t.Errorf("without limits are %s", unbound)
	}
	if able := psql(t, superuser, `select string_agg(login, ' ') from unnest(array['frontdesk_tenant', 'frontdesk_platform']) login
		where has_function_privilege(login, 'lo_create(oid)', 'execute')`); able != "" {
		t.Errorf("%s make large objects", able)
	}
	must(t, settings{"DATA_DIR": dataDir}, "rls", "check")
	if code := program.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, program.logged())
	}
}
