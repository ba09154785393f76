package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/config"
	"frontdesk/internal/store"
	"frontdesk/internal/store/embedded"
	"frontdesk/internal/testkit"
)

// assertRefused fails unless the program ended with 1 and one line that holds
// every one of the words, on standard error alone.
func assertRefused(t *testing.T, done result, words ...string) {
	t.Helper()
	if done.code != 1 || done.stdout != "" || strings.Count(done.stderr, "\n") != 1 {
		t.Errorf("exit %d, standard output %q, standard error %q", done.code, done.stdout, done.stderr)
	}
	for _, word := range words {
		if !strings.Contains(done.stderr, word) {
			t.Errorf("%q does not name %q", done.stderr, word)
		}
	}
}

func TestAMalformedSettingStopsTheStartWithALineThatNamesIt(t *testing.T) {
	t.Parallel()
	running := external(testkit.NewDatabase(t))
	for name, wrong := range map[string]settings{
		"LISTEN_ADDR":           {"LISTEN_ADDR": "nonsense"},
		"DATABASE_POOL_SIZE":    {"DATABASE_POOL_SIZE": "many"},
		"PLATFORM_DATABASE_URL": {"PLATFORM_DATABASE_URL": ""},
		"TENANT_DATABASE_URL":   {"TENANT_DATABASE_URL": "not a url"},
		"REDIS_URL":             {"REDIS_URL": "http://somewhere"},
		"SECRET_KEYS":           {"SECRET_KEYS": "short"},
		"SMTP_URL":              {"SMTP_URL": "nonsense", "MAIL_FROM": "desk@example.com"},
		"MAIL_CA_FILE":          {"MAIL_CA_FILE": "/does/not/exist"},
	} {
		assertRefused(t, runProgram(t, running.with(wrong), "", "serve"), name)
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	database := external(testkit.NewDatabase(t))
	first := serveProgram(t, database, "--no-worker")
	taken := settings{"LISTEN_ADDR": strings.TrimPrefix(first.url, "http://")}
	assertRefused(t, runProgram(t, database.with(taken), "", "serve"), "LISTEN_ADDR", "in use")
}

func TestADatabaseThatStaysAwayIsNamedInOneLine(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	away := &installation{config: config.Config{DatabaseURL: "postgres://owner@" + address + "/x"}, urls: databaseURLs{runTime: store.Config{
		TenantURL: "postgres://frontdesk_tenant:secret@" + address + "/x", PlatformURL: "postgres://frontdesk_platform:secret@" + address + "/x",
		PoolSize: 1, Patience: store.Patience{Start: 1500 * time.Millisecond},
	}}}
	began := time.Now()
	_, err := away.openStore(t.Context())
	if err == nil {
		t.Fatal("opened nothing")
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("gave up after %s: a database that starts late is not waited for", took)
	}
	said := oneLine(err)
	if !strings.HasPrefix(said, "TENANT_DATABASE_URL: ") || strings.Contains(said, "secret") || strings.Contains(said, "\n") {
		t.Errorf("said %q", said)
	}
	// The owner's commands are typed by somebody who is there: they do not wait.
	gone := settings{"DATABASE_URL": "postgres://owner:secret@" + address + "/x", "TENANT_DATABASE_URL": away.urls.runTime.TenantURL, "PLATFORM_DATABASE_URL": away.urls.runTime.PlatformURL}
	for _, arguments := range [][]string{{"migrate", "up"}, {"migrate", "version"}, {"rls", "check"}} {
		done := runProgram(t, gone, "", arguments...)
		assertRefused(t, done, "DATABASE_URL")
		if strings.Contains(done.stderr, "secret") {
			t.Errorf("%v tells the password: %s", arguments, done.stderr)
		}
	}
}

func TestASchemaOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	psql(t, database.SuperuserURL, "insert into goose_db_version (version_id, is_applied) values (99999, true)")
	for _, arguments := range [][]string{{"serve"}, {"worker"}, {"demo"}, {"migrate", "up"}} {
		assertRefused(t, runProgram(t, external(database), "", arguments...), "99999", "newer")
	}
	psql(t, database.SuperuserURL, "delete from goose_db_version where version_id >= (select max(version_id) from goose_db_version where version_id < 99999)")
	assertRefused(t, runProgram(t, external(database), "", "serve"), "frontdesk migrate up")
}

func TestARunTimeURLOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for variable, url := range map[string]string{"TENANT_DATABASE_URL": database.OwnerURL, "PLATFORM_DATABASE_URL": database.TenantURL} {
		assertRefused(t, runProgram(t, external(database).with(settings{variable: url}), "", "serve"), variable, "its user must be")
	}
}

// privateCluster is one whose roles a test may spoil: roles are cluster-wide.
func privateCluster(t *testing.T) embedded.URLs {
	t.Helper()
	cluster, err := embedded.Start(t.Context(), folder(t)+"/data", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cluster.URLs()
}

func TestARunTimeLoginThatCouldBypassPoliciesIsRefused(t *testing.T) {
	t.Parallel()
	urls := privateCluster(t)
	database := external(testkit.Database{OwnerURL: urls.Owner, TenantURL: urls.Tenant, PlatformURL: urls.Platform})
	must(t, database, "migrate", "up")
	for _, c := range []struct{ spoil, mend, word, variable string }{
		{"alter role frontdesk_tenant superuser", "alter role frontdesk_tenant nosuperuser", "superuser", "TENANT_DATABASE_URL"},
		{"alter role frontdesk_platform bypassrls", "alter role frontdesk_platform nobypassrls", "BYPASSRLS", "PLATFORM_DATABASE_URL"},
		{"alter table clients owner to frontdesk_tenant", "alter table clients owner to frontdesk_owner", "owns", "TENANT_DATABASE_URL"},
		{"grant frontdesk_owner to frontdesk_platform", "revoke frontdesk_owner from frontdesk_platform", "frontdesk_owner", "PLATFORM_DATABASE_URL"},
	} {
		psql(t, urls.Superuser, c.spoil)
		assertRefused(t, runProgram(t, database, "", "serve"), c.variable, c.word, "row-level security")
		psql(t, urls.Superuser, c.mend)
	}
	serveProgram(t, database, "--no-worker").stop()
}
