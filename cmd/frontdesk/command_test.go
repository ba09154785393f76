package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"frontdesk/internal/testkit"
)

func TestEveryCommandAnswersHelp(t *testing.T) {
	t.Parallel()
	var paths [][]string
	var collect func(*cobra.Command, []string)
	collect = func(parent *cobra.Command, path []string) {
		paths = append(paths, path)
		for _, child := range parent.Commands() {
			collect(child, append(append([]string{}, path...), child.Name()))
		}
	}
	collect(command(), nil)
	for _, path := range paths {
		root := command()
		var output strings.Builder
		root.SetOut(&output)
		root.SetErr(&output)
		root.SetArgs(append(path, "--help"))
		if err := root.ExecuteContext(t.Context()); err != nil || !strings.Contains(output.String(), "Usage:") {
			t.Errorf("%v: %v: %s", path, err, output.String())
		}
	}
	done := runProgram(t, nil, "", "--help")
	if done.code != 0 || done.stderr != "" || !strings.Contains(done.stdout, "serve") {
		t.Errorf("%+v", done)
	}
}

func TestAWrongCommandLineExitsWithOneAndNothingOnStandardOutput(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"sevre"}, {"serve", "--nowhere"}, {"serve", "extra"}, {"admin", "create"}, {"migrate", "sideways"}} {
		assertRefused(t, runProgram(t, nil, "", arguments...))
	}
}

func TestRoutesPrintsWhoMayUseEachAddress(t *testing.T) {
	t.Parallel()
	done := runProgram(t, nil, "", "routes")
	if done.code != 0 || done.stderr != "" {
		t.Fatalf("%+v", done)
	}
	for _, line := range strings.Split(strings.TrimSpace(done.stdout), "\n") {
		if fields := strings.Fields(line); len(fields) < 3 || !strings.HasPrefix(fields[1], "/") {
			t.Errorf("%q", line)
		}
	}
}

// checksums is one line for each table with the rows that the demo makes,
// leaving out when the database wrote them.
const checksums = `
	select 'appointments', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from appointments x
	union all select 'clients', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from clients x
	union all select 'conversations', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from conversations x
	union all select 'memberships', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from memberships x
	union all select 'messages', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from messages x
	union all select 'provider_hours', count(*), md5(string_agg(to_jsonb(x)::text, E'\n' order by id::text)) from provider_hours x
	union all select 'providers', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from providers x
	union all select 'services', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from services x
	union all select 'tenants', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at')::text, E'\n' order by id::text)) from tenants x
	union all select 'users', count(*), md5(string_agg((to_jsonb(x) - 'created_at' - 'updated_at' - 'password_hash')::text, E'\n' order by id::text)) from users x
	order by 1`

func TestTheDemoMakesTheSameRowsForTheSameSeed(t *testing.T) {
	t.Parallel()
	fill := func(seed string) string {
		database := testkit.NewDatabase(t)
		size := []string{"demo", "--seed", seed, "--tenants", "2", "--clients", "50", "--appointments", "60", "--messages", "10"}
		must(t, external(database), size...)
		sums := psql(t, database.SuperuserURL, checksums)
		for _, want := range []string{"appointments|120|", "clients|100|", "messages|20|", "tenants|2|"} {
			if !strings.Contains(sums, want) {
				t.Errorf("seed %s: no %s in\n%s", seed, want, sums)
			}
		}
		if again := must(t, external(database), size...); !strings.Contains(again, "nothing was changed") {
			t.Errorf("a second time: %s", again)
		}
		if after := psql(t, database.SuperuserURL, checksums); after != sums {
			t.Errorf("a second time changed\n%s\nto\n%s", sums, after)
		}
		return sums
	}
	first, again, other := fill("1"), fill("1"), fill("2")
	if first != again {
		t.Errorf("seed 1 made\n%s\nand then\n%s", first, again)
	}
	if first == other {
		t.Error("another seed makes the same")
	}
}

func TestTheDemoLeavesADatabaseWithOtherClinicsAlone(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	psql(t, database.SuperuserURL, `insert into tenants (id, name, slug, timezone, country, currency, max_seats)
		values (gen_random_uuid(), 'Real', 'real', 'Europe/Bucharest', 'RO', 'RON', 5)`)
	assertRefused(t, runProgram(t, external(database), "", "demo"), "not empty")
	if rows := psql(t, database.SuperuserURL, "select count(*) from tenants"); rows != "1" {
		t.Errorf("%s tenants", rows)
	}
}

func TestRLSCheckNamesTheTableThatSomebodyOpened(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	// Without the owner's URL, as on a machine that only serves.
	variables := external(database).with(settings{"DATABASE_URL": ""})
	if said := must(t, variables, "rls", "check"); !strings.Contains(said, "Every rule holds.") {
		t.Errorf("said %s", said)
	}
	for _, c := range []struct{ table, spoil, mend string }{
		{"public.clients", "alter policy clients_tenant on clients using (true)", "alter policy clients_tenant on clients using (tenant_id = (select current_tenant()))"},
		{"public.appointments", "alter table appointments no force row level security", "alter table appointments force row level security"},
		{"public.services", "alter table services add constraint services_id unique (id)", "alter table services drop constraint services_id"},
		{"public.sessions", "grant select on sessions to frontdesk_tenant", "revoke select on sessions from frontdesk_tenant"},
	} {
		psql(t, database.SuperuserURL, c.spoil)
		done := runProgram(t, variables, "", "rls", "check")
		if done.code != 1 || !strings.Contains(done.stdout, c.table) || strings.Count(done.stderr, "\n") != 1 {
			t.Errorf("after %q: %+v", c.spoil, done)
		}
		_, found, _ := strings.Cut(done.stdout, "OBJECT")
		if !strings.Contains(found, c.table) {
			t.Errorf("after %q the violations are %s", c.spoil, found)
		}
		psql(t, database.SuperuserURL, c.mend)
	}
	must(t, variables, "rls", "check")
}
