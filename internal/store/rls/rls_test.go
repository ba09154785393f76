package rls_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"frontdesk/internal/store/rls"
	"frontdesk/internal/testkit"
)

func TestTheMigratedSchemaHoldsEveryRule(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for login, url := range map[string]string{
		"superuser": database.SuperuserURL, "owner": database.OwnerURL, "tenant": database.TenantURL, "platform": database.PlatformURL,
	} {
		report, err := rls.Check(t.Context(), url)
		if err != nil {
			t.Fatalf("as %s: %v", login, err)
		}
		for _, violation := range report.Violations {
			t.Errorf("as %s: %+v", login, violation)
		}
		if len(report.Tables) < 15 {
			t.Errorf("as %s: only %d tables seen", login, len(report.Tables))
		}
	}
}

// breakage is one way to undo the isolation, and what the check says of it.
type breakage struct {
	statement string
	want      []string // "rule object", all of them
}

var breakages = map[string]breakage{
	"security off":  {"alter table clients disable row level security", []string{"security-off public.clients"}},
	"force off":     {"alter table clients no force row level security", []string{"security-unsure public.clients"}},
	"users unsafe":  {"alter table users disable row level security", []string{"security-off public.users"}},
	"policy gone":   {"drop policy clients_tenant on clients", []string{"policy-missing public.clients"}},
	"second policy": {"create policy also on clients for select to frontdesk_tenant using (true)", []string{"policy-twice public.clients", "policy-wrong public.clients"}},
	"second policy for everybody": {"create policy also on clients to public using (true)",
		[]string{"policy-platform public.clients", "policy-twice public.clients", "policy-wrong public.clients"}},
	"second policy like the first": {`create policy also on clients to frontdesk_tenant
		using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()))`, []string{"policy-twice public.clients"}},
	"policy without WITH CHECK": {`drop policy clients_tenant on clients;
		create policy clients_tenant on clients to frontdesk_tenant using (tenant_id = (select current_tenant()))`, []string{"policy-wrong public.clients"}},
	"policy that checks nothing": {"alter policy clients_tenant on clients with check (true)", []string{"policy-wrong public.clients"}},
	"policy that uses nothing":   {"alter policy clients_tenant on clients using (true)", []string{"policy-wrong public.clients"}},
	"policy with an or": {"alter policy clients_tenant on clients using (tenant_id = (select current_tenant()) or first_name = 'x')",
		[]string{"policy-wrong public.clients"}},
	"policy of another function": {`create schema elsewhere;
		create function elsewhere.current_tenant() returns uuid language sql stable return '00000000-0000-0000-0000-000000000000'::uuid;
		alter policy clients_tenant on clients using (tenant_id = (select elsewhere.current_tenant()))`, []string{"policy-wrong public.clients"}},
	"policy for one command": {`drop policy clients_tenant on clients;
		create policy clients_tenant on clients for select to frontdesk_tenant using (tenant_id = (select current_tenant()))`, []string{"policy-wrong public.clients"}},
	"policy of users widened": {"alter policy users_tenant on users using (true)", []string{"policy-wrong public.users"}},
	"policy for the platform": {"create policy also on clients to frontdesk_platform using (true)", []string{"policy-platform public.clients"}},
	"policy on sessions":      {"create policy also on sessions to frontdesk_tenant using (tenant_id = (select current_tenant()))", []string{"policy-wrong public.sessions"}},
	"tenant_id null":          {"alter table attachments drop constraint attachments_pkey; alter table attachments alter tenant_id drop not null", []string{"tenant-nullable public.attachments"}},
	"plain foreign key": {`create table notes (tenant_id uuid not null, id uuid not null, message_id uuid, primary key (tenant_id, id));
		alter table notes enable row level security; alter table notes force row level security;
		create policy notes_tenant on notes to frontdesk_tenant using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
		create unique index tokens on invites (id);
		alter table notes add foreign key (message_id) references invites (id)`, []string{"key-global public.invites", "foreign-key public.notes"}},
	"foreign key led by another column": {`create unique index turned on services (tenant_id, id);
		create table notes (tenant_id uuid not null, id uuid not null, service_id uuid, primary key (tenant_id, id));
		alter table notes enable row level security; alter table notes force row level security;
		create policy notes_tenant on notes to frontdesk_tenant using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
		alter table notes add foreign key (id, service_id) references services (tenant_id, id)`, []string{"foreign-key public.notes"}},
	"unique index":                     {"create unique index clients_telephone on clients (phone, tenant_id)", []string{"key-global public.clients"}},
	"unique expression":                {"create unique index clients_telephone on clients (lower(phone), tenant_id)", []string{"key-global public.clients"}},
	"unique constraint":                {"alter table services add constraint services_id unique (id)", []string{"key-global public.services"}},
	"primary key":                      {"alter table attachments drop constraint attachments_pkey, add primary key (id)", []string{"key-global public.attachments"}},
	"exclusion constraint":             {"alter table clients add constraint alone exclude using gist (id with =)", []string{"key-global public.clients"}},
	"table without tenant":             {"create table colours (id int); grant select on colours to frontdesk_tenant", []string{"tenant-reach public.colours"}},
	"column of a table without tenant": {"create table colours (id int); grant select (id) on colours to frontdesk_tenant", []string{"tenant-reach public.colours"}},
	"credentials":                      {"grant select (password_hash) on users to frontdesk_tenant", []string{"tenant-reach public.users"}},
	"tenants written":                  {"grant update (name) on tenants to frontdesk_tenant", []string{"tenant-reach public.tenants"}},
	"sessions read":                    {"grant select on sessions to frontdesk_tenant", []string{"tenant-reach public.sessions"}},
	"queue of leaders read":            {"grant select on river.river_leader to frontdesk_tenant", []string{"tenant-reach river.river_leader"}},
	"large objects":                    {"grant execute on function lo_create(oid) to frontdesk_tenant", []string{"login-uncovered frontdesk_tenant"}},
	"large objects of everybody": {"grant execute on function lo_put(oid, bigint, bytea) to public",
		[]string{"login-uncovered frontdesk_platform", "login-uncovered frontdesk_tenant"}},
	"sessions of others":         {"grant execute on function pg_terminate_backend(integer, bigint) to frontdesk_platform", []string{"login-uncovered frontdesk_platform"}},
	"a large object":             {"select lo_create(4711); alter large object 4711 owner to frontdesk_platform", []string{"login-owns frontdesk_platform"}},
	"a tenant for every session": {"alter role frontdesk_tenant set app.tenant_id = '01920000-0000-7000-8000-000000000000'", []string{"login-settings frontdesk_tenant"}},
	"a tenant for every session here": {"do $$ begin execute format('alter role frontdesk_tenant in database %I set app.tenant_id to x', current_database()); end $$",
		[]string{"login-settings frontdesk_tenant"}},
	"sessions that only read":          {"alter role frontdesk_platform set default_transaction_read_only = on", []string{"login-settings frontdesk_platform"}},
	"sessions with a limit of nothing": {"alter role frontdesk_tenant set statement_timeout = '0min'", []string{"login-settings frontdesk_tenant"}},
	"sessions without a limit here": {"do $$ begin execute format('alter role frontdesk_tenant in database %I set lock_timeout to 0', current_database()); end $$",
		[]string{"login-settings frontdesk_tenant"}},
	"sessions with limits of the operator's": {"alter role frontdesk_tenant set statement_timeout = '30s'", nil},
	"sessions without a limit":               {"alter role frontdesk_platform reset lock_timeout", []string{"login-settings frontdesk_platform"}},
	"jobs changed":                           {"grant update (args) on river.river_job to frontdesk_tenant", []string{"tenant-reach river.river_job"}},
	"jobs of all":                            {"alter policy river_job_tenant on river.river_job using (true)", []string{"policy-wrong river.river_job"}},
	"jobs for all":                           {"alter policy river_job_tenant on river.river_job with check (true)", []string{"policy-wrong river.river_job"}},
	"jobs in the way of others":              {"drop policy river_job_place on river.river_job", []string{"policy-missing river.river_job"}},
	"jobs without security":                  {"alter table river.river_job disable row level security", []string{"security-off river.river_job"}},
	"jobs deleted":                           {"grant delete on river.river_job to frontdesk_tenant", []string{"tenant-reach river.river_job"}},
	"materialized view": {`create materialized view everybody as select tenant_id, id, first_name from clients;
		grant select on everybody to frontdesk_tenant`, []string{"tenant-reach public.everybody"}},
	"platform reads clients":          {"grant select on clients to frontdesk_platform", []string{"platform-reach public.clients"}},
	"platform reads a client's name":  {"grant select (first_name) on clients to frontdesk_platform", []string{"platform-reach public.clients"}},
	"platform writes clients":         {"grant delete on clients to frontdesk_platform", []string{"platform-reach public.clients"}},
	"truncate":                        {"grant truncate on clients to frontdesk_tenant", []string{"grant-too-wide public.clients"}},
	"references":                      {"grant references on sessions to frontdesk_platform", []string{"grant-too-wide public.sessions"}},
	"references on a column":          {"grant references (id) on clients to frontdesk_tenant", []string{"grant-too-wide public.clients"}},
	"trigger":                         {"grant trigger on clients to frontdesk_tenant", []string{"grant-too-wide public.clients"}},
	"table to everybody":              {"grant insert on goose_db_version to public", []string{"grant-public public.goose_db_version", "tenant-reach public.goose_db_version"}},
	"column to everybody":             {"grant update (notes) on appointments to public", []string{"grant-public public.appointments", "platform-reach public.appointments"}},
	"sequence to everybody":           {"grant usage on sequence river.river_job_id_seq to public", []string{"grant-public river.river_job_id_seq"}},
	"definer function to everybody":   {"create function peek() returns bigint language sql security definer set search_path = pg_catalog as 'select 1::bigint'; alter function peek() owner to frontdesk_owner", []string{"grant-public public.peek()"}},
	"definer function without path":   {"create function peek() returns bigint language sql security definer as 'select 1::bigint'; alter function peek() owner to frontdesk_owner; revoke all on function peek() from public", []string{"definer-path public.peek()"}},
	"definer function of a superuser": {"create function peek() returns bigint language sql security definer set search_path = pg_catalog as 'select 1::bigint'; revoke all on function peek() from public", []string{"definer-owner public.peek()"}},
	"view of its owner":               {"create view everybody as select tenant_id, id from clients", []string{"view-owner public.everybody"}},
	"view of its owner, said so":      {"create view everybody with (security_invoker = false) as select tenant_id, id from clients; grant select on everybody to frontdesk_tenant", []string{"view-owner public.everybody"}},
	"view of its asker":               {"create view everybody with (security_invoker = on) as select tenant_id, id from clients; grant select on everybody to frontdesk_tenant", nil},
	"folded function":                 {"create function mine() returns uuid language sql immutable as $$ select current_setting('app.tenant_id')::uuid $$", []string{"function-immutable public.mine()"}},
	"folded reader":                   {"alter function current_tenant() immutable", []string{"function-immutable public.current_tenant()"}},
	"silent reader": {`create or replace function current_tenant() returns uuid language sql stable parallel safe
		set search_path = pg_catalog return current_setting('app.tenant_id', true)::uuid`, []string{"setting-reader public.current_tenant()"}},
	"table of the tenant login":  {"create table own (id int); alter table own owner to frontdesk_tenant", []string{"login-owns frontdesk_tenant", "grant-too-wide public.own", "tenant-reach public.own"}},
	"schema open":                {"grant create on schema public to frontdesk_platform", []string{"login-creates frontdesk_platform"}},
	"table without any security": {"create table notes (tenant_id uuid not null, id uuid, primary key (tenant_id, id))", []string{"policy-missing public.notes", "security-off public.notes", "security-unsure public.notes"}},
	"partitioned table": {"create table notes (tenant_id uuid not null, id uuid, primary key (tenant_id, id)) partition by hash (tenant_id)",
		[]string{"policy-missing public.notes", "security-off public.notes", "security-unsure public.notes"}},
}

func TestEveryRuleSeesWhatBreaksItAndNamesTheTable(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	for name, breakage := range breakages {
		found := brokenBy(t, connection, rls.RunTime, breakage.statement)
		if got, want := strings.Join(found, "\n"), strings.Join(breakage.want, "\n"); got != want {
			t.Errorf("%s: found\n%s\nwant\n%s", name, got, want)
		}
	}
}

// brokenBy checks inside a transaction that is rolled back, so that breakages do
// not meet.
func brokenBy(t *testing.T, connection *pgx.Conn, logins rls.Logins, statement string) []string {
	t.Helper()
	tx, err := connection.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(context.Background()); err != nil {
			t.Fatal(err)
		}
	}()
	if _, err := tx.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	report, err := rls.CheckLogins(t.Context(), tx, rls.OneByOne, logins)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, violation := range report.Violations {
		found = append(found, string(violation.Rule)+" "+violation.Object)
	}
	return found
}

// A role belongs to the whole cluster, so these make one of their own, which
// holds what the tenant login holds by being a member of it, in a transaction
// that never commits.
func TestALoginThatCouldStepAroundPoliciesIsNamed(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	login := "login_" + random(t)
	for statement, rule := range map[string]string{
		"create role X in role frontdesk_tenant; alter role X set statement_timeout = 1; alter role X set lock_timeout = 1; alter role X set idle_in_transaction_session_timeout = 1": "",
		"create role X in role frontdesk_tenant":                                                    "login-settings",
		"create role X bypassrls in role frontdesk_tenant":                                          "login-bypasses",
		"create role X superuser in role frontdesk_tenant":                                          "login-bypasses",
		"create role X createrole in role frontdesk_tenant":                                         "login-bypasses",
		"create role X in role frontdesk_tenant; create role X_other bypassrls; grant X_other to X": "login-bypasses",
		"create role X noinherit in role frontdesk_tenant; grant frontdesk_owner to X":              "login-owns",
	} {
		found := brokenBy(t, connection, rls.Logins{Tenant: login, Platform: "frontdesk_platform"}, strings.ReplaceAll(statement, "X", login))
		seen := false
		for _, violation := range found {
			seen = seen || violation == rule+" "+login
		}
		if rule == "" && len(found) > 0 || rule != "" && !seen {
			t.Errorf("%s: found %q", statement, found)
		}
	}
}

func TestAMissingLoginIsNamed(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	found := brokenBy(t, connection, rls.Logins{Tenant: "nobody_here", Platform: "frontdesk_platform"}, "select 1")
	if !slices.Contains(found, string(rls.LoginMissing)+" nobody_here") {
		t.Errorf("found %q", found)
	}
}

func TestADatabaseThatIsOpenToTemporaryTablesIsNamed(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	var grant string
	if err := connection.QueryRow(t.Context(), "select format('grant temporary on database %I to public', current_database())").Scan(&grant); err != nil {
		t.Fatal(err)
	}
	found := brokenBy(t, connection, rls.RunTime, grant)
	if strings.Join(found, ",") != "login-creates frontdesk_platform,login-creates frontdesk_tenant" {
		t.Errorf("found %q", found)
	}
}

func TestTheReportNamesEachTableAndEachViolation(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	connection := testkit.Connect(t, database.SuperuserURL)
	if _, err := connection.Exec(t.Context(), "drop policy clients_tenant on clients"); err != nil {
		t.Fatal(err)
	}
	report, err := rls.Check(t.Context(), database.PlatformURL)
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := report.Write(&first); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"TABLE", "public.appointments", "public.clients", "1 violation", "policy-missing", "river.river_job",
		"SELECT,INSERT,UPDATE", "appointments_tenant", "(tenant_id = ( SELECT public.current_tenant() AS current_tenant))"} {
		if !strings.Contains(first.String(), line) {
			t.Errorf("the report lacks %q:\n%s", line, first.String())
		}
	}
	if err := report.Write(&second); err != nil || first.String() != second.String() {
		t.Errorf("the report differs when written again (%v)", err)
	}
}

func random(t *testing.T) string {
	t.Helper()
	bytes := make([]byte, 8)
	if _, err := rand.Read(bytes); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(bytes)
}
