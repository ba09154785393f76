package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// tenantTables are the tables with tenant_id that the tenant login may read.
func tenantTables(t *testing.T, f *fixture) []string {
	t.Helper()
	tables, err := store.Collect[string](f.superuser.Query(t.Context(), `
		select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
		where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
		  and has_any_column_privilege('frontdesk_tenant', c.oid, 'select') order by 1`))
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 12 {
		t.Fatalf("only %d tables", len(tables))
	}
	return tables
}

func TestHazard026WithoutATenantEveryStatementIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	psql := testkit.Connect(t, f.TenantURL)
	for _, setting := range []string{"reset app.tenant_id", "set app.tenant_id = ''", "set app.tenant_id = 'x'"} {
		execute(t, psql, setting)
		for _, table := range append(tenantTables(t, f), "tenants") {
			for _, sql := range []string{
				"select count(*) from " + table,
				"delete from " + table,
				"update " + table + " set tenant_id = tenant_id",
				"insert into " + table + " default values",
			} {
				if _, err := psql.Exec(t.Context(), sql); err == nil {
					t.Errorf("after %q: %s went through", setting, sql)
				}
			}
		}
	}
	// The policy of users asks that of memberships, so there must be some.
	f.exec(t, "insert into users (id, email, name) values ($1, 'somebody@example.org', 'Somebody')", f.alfas)
	f.exec(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, $2, $2, 'staff')", f.alfa, f.alfas)
	if _, err := psql.Exec(t.Context(), "select count(id) from users"); err == nil {
		t.Error("users answer without a tenant")
	}
}

func execute(t *testing.T, connection *pgx.Conn, sql string, arguments ...any) {
	t.Helper()
	if _, err := connection.Exec(t.Context(), sql, arguments...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestHazard027TheRunTimeLoginsCannotStepAround(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for login, url := range map[string]string{"tenant": f.TenantURL, "platform": f.PlatformURL} {
		psql := testkit.Connect(t, url)
		execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
		for _, sql := range []string{
			"set role frontdesk_owner",
			"set role postgres",
			"set session authorization frontdesk_owner",
			"alter table clients disable row level security",
			"alter table clients no force row level security",
			"drop policy clients_tenant on clients",
			"create policy mine on clients to public using (true)",
			"create function mine() returns int language sql return 1",
			"create function pg_temp.mine() returns int language sql return 1",
			"create temp table mine (id int)",
			"create table mine (id int)",
			"create view mine as select 1",
			"create schema mine",
			"truncate clients",
			"truncate sessions",
			"alter role frontdesk_tenant bypassrls",
			"alter role frontdesk_platform superuser",
			"copy (select 1) to program 'true'",
			"copy clients to stdout; set role frontdesk_owner",
			"do $$ begin execute 'set role frontdesk_owner'; end $$",
			"alter function current_tenant() immutable",
			"lock table clients in access exclusive mode",
		} {
			if _, err := psql.Exec(t.Context(), sql); err == nil {
				t.Errorf("as %s: %s went through", login, sql)
			}
		}
		execute(t, psql, "set row_security = off")
		if _, err := psql.Exec(t.Context(), "select from clients"); err == nil {
			t.Errorf("as %s: clients answer with row_security off", login)
		}
	}
	assertTenantLoginIsNot(t, f)
}

// assertTenantLoginIsNot checks that what the platform holds is out of reach.
func assertTenantLoginIsNot(t *testing.T, f *fixture) {
	t.Helper()
	psql := testkit.Connect(t, f.TenantURL)
	execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	for _, sql := range []string{
		"select token_hash from sessions", "select password_hash from users", "select * from users", "select token_hash from invites",
		"select * from platform_idempotency_keys", "set role frontdesk_platform", "delete from river.river_job",
		"update tenants set status = 'active'", "insert into memberships (id, user_id, role) values (gen_random_uuid(), gen_random_uuid(), 'owner')",
	} {
		if _, err := psql.Exec(t.Context(), sql); codeOf(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	platform := testkit.Connect(t, f.PlatformURL)
	for _, table := range []string{"clients", "appointments", "mailboxes", "messages", "attachments", "conversations", "providers", "services"} {
		if _, err := platform.Exec(t.Context(), "select from "+table); codeOf(err) != "42501" {
			t.Errorf("the platform reads %s: %v", table, err)
		}
	}
}

func TestHazard028RowsCannotMoveToAnotherClinic(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	psql := testkit.Connect(t, f.TenantURL)
	execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	for _, table := range []string{"clients", "services", "providers"} {
		if _, err := psql.Exec(t.Context(), "update "+table+" set tenant_id = $1", f.beta); codeOf(err) != "42501" {
			t.Errorf("%s moved: %v", table, err)
		}
	}
	_, err := psql.Exec(t.Context(), "insert into clients (tenant_id, id, first_name) values ($1, $2, 'planted')", f.beta, uuid.New())
	if codeOf(err) != "42501" {
		t.Errorf("a client was planted: %v", err)
	}
	for _, sql := range []string{"update clients set first_name = 'x' where id = $1", "select from clients where id = $1"} {
		tag, err := psql.Exec(t.Context(), sql, f.betas)
		if err != nil || tag.RowsAffected() != 0 {
			t.Errorf("%s reached %d rows (%v)", sql, tag.RowsAffected(), err)
		}
	}
	assertForeignKeysTellNothing(t, f, psql)
}

// assertForeignKeysTellNothing books with what another clinic holds and with
// what nobody holds: both are the same missing row.
func assertForeignKeysTellNothing(t *testing.T, f *fixture, psql *pgx.Conn) {
	t.Helper()
	own := func(table string) (id uuid.UUID) {
		if err := psql.QueryRow(t.Context(), "select id from "+table).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	theirs := func(table string) (id uuid.UUID) {
		if err := f.superuser.QueryRow(t.Context(), "select id from "+table+" where tenant_id = $1", f.beta).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	tables := []string{"clients", "providers", "services"}
	for i, table := range tables {
		refused := []string{}
		for _, foreign := range []uuid.UUID{theirs(table), uuid.New()} {
			arguments := []any{uuid.New(), own("clients"), own("providers"), own("services")}
			arguments[i+1] = foreign
			_, err := psql.Exec(t.Context(), `insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
				values ($1, $2, $3, $4, '2026-01-05 10:00Z', '2026-01-05 11:00Z', '2026-01-05 10:00Z', '2026-01-05 11:00Z')`, arguments...)
			refused = append(refused, codeOf(err)+" "+store.Constraint(err))
		}
		if refused[0] != refused[1] || !strings.HasPrefix(refused[0], "23503 ") {
			t.Errorf("%s: another clinic's %q, nobody's %q", table, refused[0], refused[1])
		}
	}
}

func TestHazard029AKeyThatAnotherClinicHoldsIsFree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	psql := testkit.Connect(t, f.TenantURL)
	execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	for _, sql := range []string{
		"insert into clients (id, first_name) values ($1, 'same id') on conflict do nothing",
		"insert into clients (id, first_name) values ($1, 'same id') on conflict (tenant_id, id) do update set last_name = 'again'",
	} {
		if tag, err := psql.Exec(t.Context(), sql, f.betas); err != nil || tag.RowsAffected() != 1 {
			t.Errorf("%s: %d rows, %v", sql, tag.RowsAffected(), err)
		}
	}
	execute(t, psql, "insert into services (id, name, duration) values ($1, 'BETA', 30)", uuid.New())
	if n := f.count(t, "select count(*) from clients where id = $1 and tenant_id = $2 and first_name = 'beta'", f.betas, f.beta); n != 1 {
		t.Error("the other clinic's row changed")
	}
}

func TestHazard031APreparedStatementForgetsTheClinicBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	psql := testkit.Connect(t, f.TenantURL)
	if _, err := psql.Prepare(t.Context(), "names", "select first_name from clients"); err != nil {
		t.Fatal(err)
	}
	// More than five runs, after which Postgres keeps a generic plan.
	for i := range 20 {
		tenantID, own := f.alfa, "[alfa]"
		if i%2 == 1 {
			tenantID, own = f.beta, "[beta]"
		}
		execute(t, psql, "begin")
		execute(t, psql, "select set_config('app.tenant_id', $1, true)", tenantID)
		names, err := store.Collect[string](psql.Query(t.Context(), "names"))
		if err != nil || fmt.Sprint(names) != own {
			t.Fatalf("run %d: %v instead of %s (%v)", i, names, own, err)
		}
		execute(t, psql, "commit")
	}
}

func TestHazard032EverythingInReachIsOwnOrRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	psql := testkit.Connect(t, f.TenantURL)
	execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	relations, err := store.Collect[string](f.superuser.Query(t.Context(), `
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ('public', 'river') order by 1`))
	if err != nil {
		t.Fatal(err)
	}
	for _, relation := range relations {
		if foreign := foreignRows(t, psql, f, relation); foreign != 0 {
			t.Errorf("%s shows %d rows of another clinic", relation, foreign)
		}
	}
	for _, sql := range []string{"select nextval('goose_db_version_id_seq')", "select setval('river.river_job_id_seq', 1)", "select last_value from river.river_job_id_seq"} {
		if _, err := psql.Exec(t.Context(), sql); codeOf(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// foreignRows counts what a relation shows of beta to alfa; refused is none.
func foreignRows(t *testing.T, psql *pgx.Conn, f *fixture, relation string) (count int) {
	t.Helper()
	column := "tenant_id"
	if relation == "tenants" {
		column = "id"
	}
	err := psql.QueryRow(t.Context(), "select count(*) from "+relation+" where "+column+" <> $1", f.alfa).Scan(&count)
	if code := codeOf(err); err != nil && code != "42501" && code != "42703" {
		t.Errorf("%s: %v", relation, err)
	}
	return count
}

func TestHazard032PeopleOfOtherClinicsAreNotSeen(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tenantID := range []uuid.UUID{f.alfa, f.beta} {
		person := uuid.Must(uuid.NewV7())
		f.exec(t, "insert into users (id, email, name) values ($1, $2, 'Somebody')", person, person.String()+"@example.org")
		f.exec(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, $2, $3, 'staff')", tenantID, uuid.New(), person)
	}
	f.exec(t, "insert into users (id, email, name, super_admin) values ($1, 'admin@example.org', 'Nobody''s', true)", uuid.New())
	psql := testkit.Connect(t, f.TenantURL)
	execute(t, psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	for relation, want := range map[string]int{"users": 1, "memberships": 1, "tenants": 1} {
		var count int
		if err := psql.QueryRow(t.Context(), "select count(id) from "+relation).Scan(&count); err != nil || count != want {
			t.Errorf("%s: %d rows (%v)", relation, count, err)
		}
	}
}

func TestHazard033TextIsKeptAsItWasOrRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	for _, text := range []string{`'`, `''; drop table clients; --`, `$1`, `$$`, `\`, `\'`, `%_`, "😀", "e\u0301", "\u202e", "{{.}}", "\t\n"} {
		if err := rename(in(t, f.alfa), s, text); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var kept string
		if err := f.superuser.QueryRow(t.Context(), "select last_name from clients where id = $1", f.alfas).Scan(&kept); err != nil || kept != text {
			t.Errorf("%q was kept as %q (%v)", text, kept, err)
		}
	}
	for text, kind := range map[string]string{"\x00": "malformed", "\xff\xfe": "malformed", strings.Repeat("x", 101): "invalid"} {
		if err := rename(in(t, f.alfa), s, text); err == nil || !strings.HasPrefix(err.Error(), kind) {
			t.Errorf("%.10q: %v, want %s", text, err, kind)
		}
	}
}

func TestHazard036ValuesDoNotStandInTheActivityView(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	const secret = "Hortensia Secretă"
	err := s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Raw().Exec(ctx, "update clients set last_name = $1", secret); err != nil {
			return err
		}
		if n := f.count(t, "select count(*) from pg_stat_activity where query like '%' || $1 || '%' and pid <> pg_backend_pid()", secret); n != 0 {
			t.Error("a value stands in pg_stat_activity")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
