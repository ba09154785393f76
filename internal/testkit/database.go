package testkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/store"
)

// rolePassword is the password of every role of the test cluster, which listens
// on a socket in a temporary folder only.
const rolePassword = "frontdesk-test"

// ownerRole owns the test databases; migrations run as it.
const ownerRole = "frontdesk_owner"

// Database is a database of a test's own, migrated, with the URLs of its roles.
type Database struct {
	SuperuserURL, OwnerURL, TenantURL, PlatformURL string
}

// NewDatabase clones the migrated template. The database goes with the test,
// unless the test fails: then it stays for a look.
//
// pgtestdb did this before. It connects three times for each database, knows no
// strategy, and so took three times the work: a copy of the template's files is made
// in half of what Postgres's own way takes, which logs each page.
func NewDatabase(t testing.TB) Database {
	t.Helper()
	cluster, err := sharedCluster()
	if err != nil {
		t.Fatal(err)
	}
	database := databaseOf(cluster.superuser, "test_"+strings.ToLower(rand.Text()))
	if err := cluster.clone(t.Context(), database.name()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("its database is left for a look, while the cluster runs: %s", database.SuperuserURL)
			return
		}
		// Fails, after a while, when the test has left a connection open.
		if err := cluster.execute(context.Background(), "drop database "+database.name()); err != nil {
			t.Error(err)
		}
	})
	return database
}

func (d Database) name() string {
	_, rest, _ := strings.Cut(d.SuperuserURL, "@/")
	name, _, _ := strings.Cut(rest, "?")
	return name
}

// patient has nothing given up on a busy machine, where a request is told to come back, or
// a stream ends, as it should; that is no answer to what most tests ask. A lock is waited
// for as in the program: a test that holds one means it. Tests of the rest open their own.
var patient = store.Patience{Statement: 30 * time.Second, Transaction: time.Minute, Acquire: 30 * time.Second}

// Store opens the database as the run-time roles, so that policies are real.
func (d Database) Store(t testing.TB) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), store.Config{TenantURL: d.TenantURL, PlatformURL: d.PlatformURL, PoolSize: 4, Patience: patient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// Connect opens one connection, for a test that looks at the database itself.
func Connect(t testing.TB, databaseURL string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(context.Background()); err != nil {
			t.Log(err)
		}
	})
	return connection
}

// Execute runs a statement as the superuser, past every policy: for rows that no page
// makes, and states that nobody may make.
func (d Database) Execute(t testing.TB, statement string, arguments ...any) {
	t.Helper()
	d.asSuperuser(t, func(connection *pgx.Conn) error {
		_, err := connection.Exec(t.Context(), statement, arguments...)
		return err
	})
}

// Count asks for one number, likewise: what is there, whoever may see it.
func (d Database) Count(t testing.TB, query string, arguments ...any) (number int) {
	t.Helper()
	d.ask(t, &number, query, arguments)
	return number
}

// Text asks for one text, likewise.
func (d Database) Text(t testing.TB, query string, arguments ...any) (text string) {
	t.Helper()
	d.ask(t, &text, query, arguments)
	return text
}

func (d Database) ask(t testing.TB, answer any, query string, arguments []any) {
	t.Helper()
	d.asSuperuser(t, func(connection *pgx.Conn) error {
		return connection.QueryRow(t.Context(), query, arguments...).Scan(answer)
	})
}

func (d Database) asSuperuser(t testing.TB, do func(*pgx.Conn) error) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), d.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(connection), connection.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func databaseOf(cluster *pgx.ConnConfig, name string) Database {
	as := func(role, password string) string {
		return fmt.Sprintf("postgres://%s:%s@/%s?%s", role, url.QueryEscape(password), name,
			url.Values{"host": {cluster.Host}, "port": {strconv.Itoa(int(cluster.Port))}}.Encode())
	}
	return Database{
		SuperuserURL: as(cluster.User, cluster.Password), OwnerURL: as(ownerRole, rolePassword),
		TenantURL: as(store.TenantLogin, rolePassword), PlatformURL: as(store.PlatformLogin, rolePassword),
	}
}

// cluster makes databases of one template for all tests of a process.
type cluster struct {
	superuser *pgx.ConnConfig
	// pool is the superuser's, for what is done from outside of a test's database. It
	// ends with the process.
	pool     *pgxpool.Pool
	template string
}

// sharedCluster is the cluster of this run, with its roles and template in place.
var sharedCluster = sync.OnceValues(func() (*cluster, error) {
	ctx := context.Background()
	address, err := lookup("TEST_POSTGRES_URL")
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 2 // copies of one template take turns in Postgres anyway
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	made := &cluster{superuser: config.ConnConfig, pool: pool, template: "template_" + store.SchemaHash()}
	return made, made.prepare(ctx)
})

func (c *cluster) execute(ctx context.Context, statement string) error {
	if _, err := c.pool.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// clone makes a database like the template. What PUBLIC may on a database itself is not
// copied with it, and is taken again as migrations take it: see store.CloseDatabase.
func (c *cluster) clone(ctx context.Context, name string) error {
	err := c.execute(ctx, fmt.Sprintf("create database %s template %s strategy file_copy owner %s", name, c.template, ownerRole))
	if err != nil {
		return err
	}
	return c.execute(ctx, fmt.Sprintf("revoke create, temporary on database %s from public", name))
}

// prepare makes the roles and the template. A lock in the database keeps the processes
// of several packages from doing it at once.
func (c *cluster) prepare(ctx context.Context) error {
	connection, err := c.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	if _, err := connection.Exec(ctx, "select pg_advisory_lock(81)"); err != nil {
		return err
	}
	err = c.ensureRoles(ctx)
	if err == nil {
		err = c.ensureTemplate(ctx)
	}
	_, unlock := connection.Exec(ctx, "select pg_advisory_unlock(81)")
	return errors.Join(err, unlock)
}

func (c *cluster) ensureRoles(ctx context.Context) error {
	return c.execute(ctx, fmt.Sprintf(`
		do $$
		declare login text;
		begin
			foreach login in array array['%s', '%s', '%s'] loop
				if not exists (select from pg_roles where rolname = login) then
					execute format('create role %%I login', login);
				end if;
				execute format('alter role %%I password %%L', login, '%s');
			end loop;
		end $$`, ownerRole, store.TenantLogin, store.PlatformLogin, rolePassword))
}

// ensureTemplate migrates the template with the program's own migrations, unless
// another process has. Only a whole one bears the name: one that was cut off half-way
// is made anew.
func (c *cluster) ensureTemplate(ctx context.Context) error {
	var there bool
	if err := c.pool.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", c.template).Scan(&there); err != nil || there {
		return err
	}
	unfinished := c.template + "_unfinished"
	for _, statement := range []string{
		"drop database if exists " + unfinished,
		fmt.Sprintf("create database %s owner %s", unfinished, ownerRole),
	} {
		if err := c.execute(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrate(ctx, databaseOf(c.superuser, unfinished)); err != nil {
		return err
	}
	// The tests' owner is no superuser, who alone may do this: the embedded cluster's is
	// asked to at each start.
	if err := executeAt(ctx, databaseOf(c.superuser, unfinished).SuperuserURL, store.CloseFunctions); err != nil {
		return err
	}
	return c.execute(ctx, fmt.Sprintf("alter database %s rename to %s", unfinished, c.template))
}

func executeAt(ctx context.Context, url, statement string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, statement)
	return errors.Join(err, connection.Close(ctx))
}

func migrate(ctx context.Context, database Database) error {
	opened, err := store.NewMigrator(ctx, database.OwnerURL, store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL})
	if err != nil {
		return err
	}
	return errors.Join(opened.Up(ctx), opened.Close())
}
