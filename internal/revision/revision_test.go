package revision_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"frontdesk/internal/revision"
	"frontdesk/internal/testkit"
)

const (
	addClients = "insert into clients (tenant_id, id, first_name) select $1, gen_random_uuid(), 'Ana' from generate_series(1, $2::integer)"
	addService = "insert into services (tenant_id, id, name, duration) values ($1, gen_random_uuid(), gen_random_uuid()::text, 30)"
)

// many is as much as one statement may write without holding up its commit.
const many = 50_000

func TestEveryLoginRaisesTheClinicOfTheRowsThatItWrites(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for name, by := range map[string]struct {
		url, before, statement, after string
		area                          revision.Area
	}{
		"the tenant's login": {
			database.TenantURL, "select set_config('app.tenant_id', $1, true)",
			"insert into clients (id, first_name) select gen_random_uuid(), 'Ana' from generate_series(1, $2::integer) where $1 <> ''", "", revision.Clients,
		},
		"the platform's login": {
			database.PlatformURL, "",
			"insert into invites (tenant_id, id, email, name, role, token_hash, expires_at) select $1::uuid, gen_random_uuid(), n || '@ana.example', 'Ana', 'staff', sha256(n::text::bytea), now() from generate_series(1, $2::integer) n", "", revision.Settings,
		},
		"the owner, in a migration that changes the table as well": {
			database.OwnerURL, "alter table services no force row level security",
			"insert into services (tenant_id, id, name, duration) select $1::uuid, gen_random_uuid(), n::text, 30 from generate_series(1, $2::integer) n",
			"alter table services force row level security", revision.Settings,
		},
		"the superuser, in psql": {database.SuperuserURL, "", strings.Replace(addClients, "$1", "$1::uuid", 1), "", revision.Clients},
	} {
		t.Run(name, func(t *testing.T) {
			admin := testkit.Connect(t, database.SuperuserURL)
			clinic, other := tenant(t, admin), tenant(t, admin)
			before, beside := numbers(t, admin, clinic), numbers(t, admin, other)
			tx := begin(t, testkit.Connect(t, by.url))
			if strings.Contains(by.before, "$1") {
				execute(t, tx, by.before, clinic.String())
			} else {
				execute(t, tx, by.before)
			}
			execute(t, tx, by.statement, clinic.String(), many)
			execute(t, tx, by.after)
			if numbers(t, admin, clinic) != before {
				t.Error("raised before the commit")
			}
			commit(t, tx)
			assertMoved(t, before, numbers(t, admin, clinic), by.area)
			assertMoved(t, beside, numbers(t, admin, other))
		})
	}
}

func TestAnUpdateADeletionAndEmptyingATableRaiseToo(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	clinic, other := tenant(t, admin), tenant(t, admin)
	write(t, admin, addClients, clinic, 2)
	for _, step := range []struct {
		statement string
		clinic    []revision.Area
		other     []revision.Area
	}{
		{"update clients set phone = '1'", []revision.Area{revision.Clients}, nil},
		{"update clients set phone = '2' where false", nil, nil},
		{"update clients set tenant_id = '" + other.String() + "' where id = (select min(id::text)::uuid from clients)", []revision.Area{revision.Clients}, []revision.Area{revision.Clients}},
		{"delete from clients where tenant_id = '" + clinic.String() + "'", []revision.Area{revision.Clients}, nil},
		{"truncate clients cascade", []revision.Area{revision.Calendar, revision.Clients}, []revision.Area{revision.Calendar, revision.Clients}},
	} {
		before, beside := numbers(t, admin, clinic), numbers(t, admin, other)
		write(t, admin, step.statement)
		t.Log(step.statement)
		assertMoved(t, before, numbers(t, admin, clinic), step.clinic...)
		assertMoved(t, beside, numbers(t, admin, other), step.other...)
	}
}

func TestWhatIsRolledBackRaisesNothingAndWhatCameAfterItDoes(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	admin := testkit.Connect(t, database.SuperuserURL)
	clinic := tenant(t, admin)
	before := numbers(t, admin, clinic)
	tx := begin(t, testkit.Connect(t, database.SuperuserURL))
	execute(t, tx, "savepoint s")
	execute(t, tx, addClients, clinic, 1)
	execute(t, tx, "rollback to s")
	commit(t, tx)
	assertMoved(t, before, numbers(t, admin, clinic))
	tx = begin(t, testkit.Connect(t, database.SuperuserURL))
	execute(t, tx, "savepoint s")
	execute(t, tx, addClients, clinic, 1)
	execute(t, tx, "rollback to s")
	execute(t, tx, addClients, clinic, 1)
	commit(t, tx)
	assertMoved(t, before, numbers(t, admin, clinic), revision.Clients)
	assertNoNotes(t, admin)
}

func TestChecksThatAreMadeAtOnceRaiseAtOnceAndLoseNothing(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	admin := testkit.Connect(t, database.SuperuserURL)
	clinic := tenant(t, admin)
	before := numbers(t, admin, clinic)
	tx := begin(t, testkit.Connect(t, database.SuperuserURL))
	execute(t, tx, "set constraints all immediate")
	execute(t, tx, addClients, clinic, 1)
	execute(t, tx, addService, clinic)
	execute(t, tx, addClients, clinic, 1)
	commit(t, tx)
	assertMoved(t, before, numbers(t, admin, clinic), revision.Clients, revision.Settings)
	assertNoNotes(t, admin)
}

// Whoever may write SQL as the tenant's login may raise a number, by writing a row of
// their clinic, and nothing else: they cannot hide a change, nor raise a neighbour's.
func TestTheTenantsLoginReachesNeitherNumbersNorNotes(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for _, login := range []string{database.TenantURL, database.PlatformURL} {
		connection := testkit.Connect(t, login)
		for _, statement := range []string{
			"update revisions set calendar = 1", "insert into revisions (tenant_id) values (gen_random_uuid())", "delete from revisions",
			"table revision_notes", "insert into revision_notes (clinic, area) values (gen_random_uuid(), 'inbox')",
			"delete from revision_notes", "select revision_follow('clients', 'inbox')",
			"alter table clients disable trigger revision_insert", "set session_replication_role = replica",
		} {
			if _, err := connection.Exec(t.Context(), statement); err == nil {
				t.Errorf("%s went through", statement)
			}
		}
	}
	if _, err := testkit.Connect(t, database.TenantURL).Exec(t.Context(), "table revisions"); err == nil {
		t.Error("the tenant's login reads the numbers of all clinics")
	}
}

func TestTwoAreasInEitherOrderNeverWaitForEachOther(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	admin := testkit.Connect(t, database.SuperuserURL)
	first, second := tenant(t, admin), tenant(t, admin)
	var writers errgroup.Group
	for number := range 32 {
		connection := testkit.Connect(t, database.SuperuserURL)
		writers.Go(func() error {
			for range 20 {
				steps := []func(pgx.Tx) error{
					func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), addClients, first, 1); return err },
					func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), addService, second); return err },
					func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), addService, first); return err },
				}
				if number%2 == 1 {
					slices.Reverse(steps)
				}
				if err := pgx.BeginFunc(t.Context(), connection, func(tx pgx.Tx) error {
					for _, step := range steps {
						if err := step(tx); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := writers.Wait(); err != nil {
		t.Fatal(err)
	}
	assertNoNotes(t, admin)
}

func TestOneStatementOverManyClinicsRaisesEachAndMakesARowThatIsMissing(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	write(t, admin, `insert into tenants (id, name, slug, timezone, max_seats)
		select gen_random_uuid(), n::text, 'clinic-' || n, 'UTC', 5 from generate_series(1, 2000) n`)
	write(t, admin, "insert into clients (tenant_id, id, first_name) select tenants.id, gen_random_uuid(), 'Ana' from tenants, generate_series(1, 3)")
	write(t, admin, "delete from revisions where tenant_id in (select id from tenants limit 1000)")
	write(t, admin, "update clients set phone = '1'")
	var raised int
	if err := admin.QueryRow(t.Context(), "select count(*) from tenants join revisions on tenant_id = id where clients > 0").Scan(&raised); err != nil || raised != 2000 {
		t.Errorf("%d clinics are raised (%v)", raised, err)
	}
	assertNoNotes(t, admin)
}

func TestANumberNeverComesTwiceThoughTheClockGoesBack(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	clinic := tenant(t, admin)
	const later = 1 << 60 // far in the future of the clock
	write(t, admin, "update revisions set clients = $2 where tenant_id = $1", clinic, later)
	write(t, admin, addClients, clinic, 1)
	if now := numbers(t, admin, clinic).Clients; now != later+1 {
		t.Errorf("it is %d", now)
	}
}

func TestPeopleClinicsAndJobsMoveTheConsoleAndWhereTheyShow(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	clinic, other := tenant(t, admin), tenant(t, admin)
	person := uuid.Must(uuid.NewV7())
	for _, step := range []struct {
		statement       string
		console, clinic []revision.Area
	}{
		{"insert into users (id, email, name) values ('" + person.String() + "', 'ana@ana.example', 'Ana')", []revision.Area{revision.People}, nil},
		{"insert into memberships (tenant_id, id, user_id, role) values ('" + clinic.String() + "', gen_random_uuid(), '" + person.String() + "', 'staff')", []revision.Area{revision.People}, []revision.Area{revision.Settings}},
		{"update users set name = 'Ana Pop'", []revision.Area{revision.People}, []revision.Area{revision.Settings}},
		{"update users set language = 'ro', theme = 'dark', password_hash = 'x', last_tenant = '" + clinic.String() + "'", nil, nil},
		{"update memberships set role = 'owner'", []revision.Area{revision.People}, []revision.Area{revision.Settings}},
		{"update tenants set name = 'x' where id = '" + clinic.String() + "'", []revision.Area{revision.Clinics}, []revision.Area{revision.Settings}},
		{"insert into river.river_job (kind, args, max_attempts) values ('x', '{}', 1)", nil, nil},
		{"update river.river_job set attempted_at = now()", nil, nil},
		{"update river.river_job set state = 'running'", []revision.Area{revision.Jobs}, nil},
		{"delete from river.river_job", []revision.Area{revision.Jobs}, nil},
	} {
		console, before, beside := numbers(t, admin, uuid.Nil), numbers(t, admin, clinic), numbers(t, admin, other)
		write(t, admin, step.statement)
		t.Log(step.statement)
		assertMoved(t, console, numbers(t, admin, uuid.Nil), step.console...)
		assertMoved(t, before, numbers(t, admin, clinic), step.clinic...)
		assertMoved(t, beside, numbers(t, admin, other))
	}
}

func TestAReadMailboxRaisesWhatShowsOfItOnly(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	clinic := tenant(t, admin)
	write(t, admin, `insert into mailboxes (tenant_id, id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
		values ($1, $1, 'x', 'x@box.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00')`, clinic)
	before := numbers(t, admin, clinic)
	write(t, admin, "update mailboxes set last_uid = 7, sync_started_at = now(), sync_run = id, sync_claimed_until = now()")
	assertMoved(t, before, numbers(t, admin, clinic))
	write(t, admin, "update mailboxes set sync_error = 'refused'")
	assertMoved(t, before, numbers(t, admin, clinic), revision.Inbox)
}

// withoutArea are the tables whose rows raise nothing, and why.
var withoutArea = map[string]string{
	"revisions": "the numbers themselves", "revision_notes": "what the running transaction has still to raise",
	"goose_db_version": "the schema's version",
	"workers":          "which processes live; no page shows them",
	"audit_events":     "a log", "audit_pending": "what is to be sealed of it", "audit_seals": "its seals", "audit_secrets": "what its seals hash with",
	"platform_audit_events": "a log", "platform_audit_pending": "what is to be sealed of it", "platform_audit_seals": "its seals", "platform_audit_secrets": "what its seals hash with",
	"idempotency_keys": "what forms were answered", "platform_idempotency_keys": "what forms were answered",
	"sessions": "a person's own; their page is neither live nor kept", "second_factors": "likewise", "recovery_codes": "likewise", "passkeys": "likewise", "challenges": "likewise",
	"sign_in_failures": "attempts at signing in; the console's page of them is neither live nor kept", "password_resets": "likewise",
	"mac_grace": "until when rows from before have no MAC; no page shows it",
}

func TestEveryTableHasAnAreaOrAReason(t *testing.T) {
	t.Parallel()
	admin := testkit.Connect(t, testkit.NewDatabase(t).SuperuserURL)
	rows, err := admin.Query(t.Context(), `
		select relname, coalesce((select string_agg(distinct event, ' ' order by event) from pg_trigger,
			lateral (values (4, 'insert'), (16, 'update'), (8, 'delete')) as events (bit, event)
			where tgrelid = pg_class.oid and tgname like 'revision\_%' and tgtype::int & bit > 0), '')
		from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	var table, events string
	seen := map[string]bool{}
	if _, err := pgx.ForEachRow(rows, []any{&table, &events}, func() error {
		seen[table] = true
		switch reason := withoutArea[table]; {
		case reason == "" && events != "delete insert update":
			t.Errorf("%s raises after %q only, and no reason is given: revision_follow(…) in its migration, or a line in this test", table, events)
		case reason != "" && table != "revision_notes" && events != "":
			t.Errorf("%s raises after %q, and has a reason not to: %s", table, events, reason)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for table := range withoutArea {
		if !seen[table] {
			t.Errorf("%s is no table", table)
		}
	}
}

func tenant(t *testing.T, admin *pgx.Conn) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	write(t, admin, "insert into tenants (id, name, slug, timezone, max_seats) values ($1, 'x', $2, 'UTC', 5)", id, "clinic-"+id.String()[24:])
	return id
}

// write is one statement, which commits by itself.
func write(t *testing.T, connection *pgx.Conn, statement string, arguments ...any) {
	t.Helper()
	if _, err := connection.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatal(statement, err)
	}
}

func numbers(t *testing.T, admin *pgx.Conn, clinic uuid.UUID) (now revision.Revisions) {
	t.Helper()
	if err := admin.QueryRow(t.Context(), "select calendar, clients, inbox, settings, clinics, people, jobs from revisions where tenant_id = $1", clinic).
		Scan(&now.Calendar, &now.Clients, &now.Inbox, &now.Settings, &now.Clinics, &now.People, &now.Jobs); err != nil {
		t.Fatal(err)
	}
	return now
}

func assertMoved(t *testing.T, before, now revision.Revisions, wanted ...revision.Area) {
	t.Helper()
	if moved := before.Moved(now); !slices.Equal(moved, wanted) {
		t.Errorf("moved %v, and should have %v", moved, wanted)
	}
}

func assertNoNotes(t *testing.T, admin *pgx.Conn) {
	t.Helper()
	var notes int
	if err := admin.QueryRow(t.Context(), "select count(*) from revision_notes").Scan(&notes); err != nil || notes != 0 {
		t.Errorf("%d notes are left (%v)", notes, err)
	}
}

func begin(t *testing.T, connection *pgx.Conn) pgx.Tx {
	t.Helper()
	tx, err := connection.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
	return tx
}

func execute(t *testing.T, tx pgx.Tx, statement string, arguments ...any) {
	t.Helper()
	if _, err := tx.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatal(statement, err)
	}
}

func commit(t *testing.T, tx pgx.Tx) {
	t.Helper()
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
