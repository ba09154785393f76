package store_test

import (
	"slices"
	"testing"

	"frontdesk/internal/store"
	"frontdesk/internal/store/rls"
	"frontdesk/internal/testkit"
)

// uncovered are ways past every policy: large objects belong to a login, and so do the
// sessions of all clinics.
var uncovered = []string{
	"select lo_creat(-1)", "select lo_create(0)", "select lo_create(4711)", "select lo_from_bytea(0, 'x')", "select lo_put(4711, 0, 'x')",
	"select lo_get(4711)", "select lo_get(4711, 0, 1)", "select lo_open(4711, 393216)", "select lowrite(0, 'x')", "select loread(0, 1)",
	"select lo_lseek(0, 0, 0)", "select lo_lseek64(0, 0, 0)", "select lo_tell(0)", "select lo_tell64(0)", "select lo_truncate(0, 0)",
	"select lo_truncate64(0, 0)", "select lo_close(0)", "select lo_unlink(4711)", "select lo_import('/etc/hostname')", "select lo_export(4711, '/dev/null')",
	"select pg_terminate_backend(0)", "select pg_cancel_backend(0)",
}

func TestHazard107NeitherLoginReachesWhatNoPolicyCovers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.exec(t, "select lo_create(4711)")
	for login, url := range map[string]string{"tenant": f.TenantURL, "platform": f.PlatformURL} {
		psql := testkit.Connect(t, url)
		for _, sql := range uncovered {
			if _, err := psql.Exec(t.Context(), sql); codeOf(err) != "42501" {
				t.Errorf("as %s: %s: %v", login, sql, err)
			}
		}
	}
	if n := f.count(t, "select count(*) from pg_largeobject_metadata"); n != 1 {
		t.Errorf("there are %d large objects", n)
	}
}

// An owner who is no superuser cannot close Postgres's own functions: a migration goes on,
// and the check says so.
func TestHazard107WhatAnOwnerCannotCloseTheCheckNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.exec(t, "grant execute on function lo_create(oid), lo_from_bytea(oid, bytea) to public")
	migrator, err := store.NewMigrator(t.Context(), f.OwnerURL, store.Config{TenantURL: f.TenantURL, PlatformURL: f.PlatformURL})
	if err != nil {
		t.Fatal(err)
	}
	if err := migrator.Up(t.Context()); err != nil {
		t.Error(err)
	}
	if err := migrator.Close(); err != nil {
		t.Error(err)
	}
	named := f.violations(t, rls.LoginUncovered)
	if !slices.Equal(named, []string{store.PlatformLogin, store.TenantLogin}) {
		t.Errorf("named are %q", named)
	}
	f.exec(t, store.CloseFunctions)
	if named = f.violations(t, rls.LoginUncovered); len(named) > 0 {
		t.Errorf("closed by the superuser, named are %q", named)
	}
}

// violations are the objects that the check names by a rule.
func (f *fixture) violations(t *testing.T, rule rls.Rule) (objects []string) {
	t.Helper()
	report, err := rls.Check(t.Context(), f.PlatformURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range report.Violations {
		if violation.Rule == rule {
			objects = append(objects, violation.Object)
		}
	}
	return objects
}

func TestARunTimeLoginIsBoundFromTheBeginningOfItsSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pooledTenant, pooledPlatform := testkit.Pooler(t, f.Database)
	for way, url := range map[string]string{
		"the tenant's login": f.TenantURL, "the platform's login": f.PlatformURL,
		"the tenant's login through a pooler": pooledTenant, "the platform's login through a pooler": pooledPlatform,
	} {
		psql := testkit.Connect(t, url+"&default_query_exec_mode=simple_protocol")
		for name, want := range store.LoginLimits {
			var limit string
			if err := psql.QueryRow(t.Context(), "select current_setting($1)", name).Scan(&limit); err != nil || limit != want {
				t.Errorf("%s begins with %s %q, want %q (%v)", way, name, limit, want, err)
			}
		}
	}
	for way, url := range map[string]string{"the owner": f.OwnerURL, "the superuser": f.SuperuserURL} {
		var limit string
		if err := testkit.Connect(t, url).QueryRow(t.Context(), "show statement_timeout").Scan(&limit); err != nil || limit != "0" {
			t.Errorf("%s, who migrates or backs up, is cut off after %s (%v)", way, limit, err)
		}
	}
}
