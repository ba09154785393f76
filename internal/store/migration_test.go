package store_test

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	migrations "frontdesk/db/migrations"
	"frontdesk/internal/demo"
	"frontdesk/internal/store"
	"frontdesk/internal/store/rls"
	"frontdesk/internal/testkit"
)

// lowest is the version down to which the way is walked. Those that are older were in
// every installation before there was one to go back from; the one of the audit registry
// (23) has a test of its own beside the seals, which it changes.
const lowest = 27

// schemaNow is everything that a migration may leave behind, one line each. The order of
// columns is not among it: one that is dropped comes back as the last.
const schemaNow = `
with named as (select oid, relname, relkind, relowner, relrowsecurity, relforcerowsecurity, reloptions, relacl from pg_class
    where relnamespace in ('public'::regnamespace, 'river'::regnamespace) and relkind in ('r', 'v', 'S')),
granted as (select oid, acl.grantee::regrole::text || ':' || acl.privilege_type as line
    from named, aclexplode(coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))) as acl)
select line from (
    select format('%s %s secured %s forced %s with %s', relkind, relname, relrowsecurity, relforcerowsecurity, reloptions) as line from named
    union all select format('grant %s %s', oid::regclass, line) from granted
    union all select format('grant %s.%s %s', attrelid::regclass, attname, attacl) from pg_attribute where attrelid in (select oid from named) and attacl is not null
    union all select format('column %s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid in (select oid from named where relkind <> 'S') and attnum > 0 and not attisdropped
    union all select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint where conrelid in (select oid from named)
    union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index where indrelid in (select oid from named)
    union all select format('trigger %s %s', tgenabled, pg_get_triggerdef(oid)) from pg_trigger where tgrelid in (select oid from named) and not tgisinternal
    union all select format('policy %s', to_jsonb(pg_policies)) from pg_policies
    union all select format('function %s %s %s', oid::regprocedure, pg_get_functiondef(oid), (select string_agg(acl.grantee::text || acl.privilege_type, ' ' order by acl.grantee, acl.privilege_type)
        from aclexplode(coalesce(proacl, acldefault('f', proowner))) as acl)) from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    union all select format('enum %s %s', enumtypid::regtype, enumlabel) from pg_enum
) as every order by line`

// way walks a database's schema down and up.
type way struct {
	t         *testing.T
	superuser *pgx.Conn
	migrator  *store.Migrator
}

func wayOf(t *testing.T, database testkit.Database) way {
	t.Helper()
	migrator, err := store.NewMigrator(t.Context(), database.OwnerURL, store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := migrator.Close(); err != nil {
			t.Error(err)
		}
	})
	return way{t, testkit.Connect(t, database.SuperuserURL), migrator}
}

// down undoes every migration above the lowest; each is told of the version it is at.
func (w way) down(each func(at int64)) {
	w.t.Helper()
	for {
		at, _, err := w.migrator.Version(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		each(at)
		if at <= lowest {
			return
		}
		if err := w.migrator.Down(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// fresh empties the schema, and takes off the queue's table, which is River's, what it does
// not take along. It makes the schema anew from its first migration on; each is told of
// the versions from the lowest, as nobody had been above them.
func (w way) fresh(database testkit.Database, each func(at int64)) {
	w.t.Helper()
	w.exec(`drop schema public cascade; create schema public authorization pg_database_owner; grant usage on schema public to public;
		alter table river.river_job disable row level security; drop policy river_job_platform on river.river_job`)
	owner, err := sql.Open("pgx", database.OwnerURL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer owner.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, owner, migrations.Files)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := provider.UpTo(w.t.Context(), lowest); err != nil {
		w.t.Fatal(err)
	}
	for _, step := range provider.ListSources() {
		if step.Version < lowest {
			continue
		}
		if _, err := provider.UpTo(w.t.Context(), step.Version); err != nil {
			w.t.Fatal(err)
		}
		each(step.Version)
	}
}

func (w way) up() {
	w.t.Helper()
	if err := w.migrator.Up(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w way) lines(statement string, arguments ...any) []string {
	w.t.Helper()
	rows, err := w.superuser.Query(w.t.Context(), statement, arguments...)
	if err != nil {
		w.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}

func (w way) exec(statements string) {
	w.t.Helper()
	if _, err := w.superuser.Exec(w.t.Context(), statements); err != nil {
		w.t.Fatalf("%s: %v", statements, err)
	}
}

// columns are those of each table, as far as the rows of a clinic and of the console go.
func (w way) columns() map[string][]string {
	columns := map[string][]string{}
	for _, line := range w.lines(`select table_name || ' ' || column_name from information_schema.columns join pg_class on oid = ('public.' || table_name)::regclass
		where table_schema = 'public' and table_name <> 'goose_db_version' and table_name not like 'revision%' and relkind = 'r'`) {
		table, column, _ := strings.Cut(line, " ")
		columns[table] = append(columns[table], column)
	}
	return columns
}

// rows are all rows of the tables, as far as the columns go, in one line for each table.
func (w way) rows(columns map[string][]string) map[string]string {
	rows := map[string]string{}
	for table, kept := range columns {
		statement := "select coalesce(string_agg(line, ' ' order by line), '') from (select jsonb_object_agg(key, value)::text as line from (select ctid, jsonb_each(to_jsonb(" +
			table + ")) as pair from " + table + ") as parts, lateral (select (pair).key, (pair).value) as part where key = any($1) group by ctid) as every"
		rows[table] = w.lines(statement, kept)[0]
	}
	return rows
}

// written are rows of what the demo does not make: forms that were answered, with and
// without what was sent, and on both sides.
const written = `
insert into idempotency_keys (tenant_id, route, key, location, created_at, content)
    select id, '/clients', gen_random_uuid(), '/clients/1', now() - interval '40 days', sha256('x') from tenants;
insert into platform_idempotency_keys (route, key, location, content) values ('/admin/tenants', gen_random_uuid(), '/admin/tenants/1', sha256('x'));`

// writtenBelow are rows as the program of the lowest version writes them.
const writtenBelow = `
insert into idempotency_keys (tenant_id, route, key, location) select id, '/clients', gen_random_uuid(), '/clients/2' from tenants;
insert into platform_idempotency_keys (route, key, location) values ('/admin/tenants', gen_random_uuid(), '/admin/tenants/2');
update conversations set unread = not unread;
update clients set first_name = first_name || ' Ana';`

func TestTheWayDownAndUpAgainLosesNoRowAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	bare, full := testkit.NewDatabase(t), testkit.NewDatabase(t)
	if _, err := demo.Fill(t.Context(), full.Store(t), demo.DefaultSize()); err != nil {
		t.Fatal(err)
	}
	schemas := map[int64][]string{}
	columns := map[string][]string{}
	built := wayOf(t, bare)
	built.fresh(bare, func(at int64) {
		schemas[at] = built.lines(schemaNow)
		if at == lowest {
			columns = built.columns()
		}
	})
	filled := wayOf(t, full)
	filled.exec(written)
	rows := filled.rows(columns)
	var versions []int64
	filled.down(func(at int64) {
		versions = append(versions, at)
		sameLines(t, "with rows", at, schemas[at], filled.lines(schemaNow))
		sameRows(t, at, rows, filled.rows(columns))
	})
	if len(versions) < 5 {
		t.Fatalf("only %v were walked", versions)
	}
	filled.exec(writtenBelow)
	rows = filled.rows(columns)
	filled.up()
	sameRows(t, versions[0], rows, filled.rows(columns))
	sameLines(t, "up again", versions[0], schemas[versions[0]], filled.lines(schemaNow))
	report, err := rls.Check(t.Context(), full.OwnerURL)
	if err != nil || len(report.Violations) > 0 {
		t.Errorf("after it: %v, %+v", err, report.Violations)
	}
	// And down once more: what the way up makes the way down knows.
	filled.down(func(at int64) { sameLines(t, "the second time", at, schemas[at], filled.lines(schemaNow)) })
	filled.up()
}

func sameLines(t *testing.T, when string, at int64, want, got []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s, at version %d is missing: %s", when, at, line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s, at version %d is left: %s", when, at, line)
		}
	}
}

func sameRows(t *testing.T, at int64, want, got map[string]string) {
	t.Helper()
	for _, table := range slices.Sorted(maps.Keys(want)) {
		if want[table] != got[table] {
			t.Errorf("at version %d the rows of %s are others", at, table)
		}
	}
}
