package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that pgtestdb opens by name
	"github.com/peterldowns/pgtestdb"

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
func NewDatabase(t testing.TB) Database {
	t.Helper()
	cluster := parseCluster(t)
	setPasswords(t, cluster)
	config := pgtestdb.Custom(t, pgtestdb.Config{
		DriverName: "pgx",
		Host:       "localhost",
		Port:       strconv.Itoa(int(cluster.Port)),
		User:       cluster.User,
		Password:   cluster.Password,
		Database:   cluster.Database,
		// The socket's folder wins over the host, which a URL cannot hold.
		Options:  url.Values{"host": {cluster.Host}}.Encode(),
		TestRole: &pgtestdb.Role{Username: ownerRole, Password: rolePassword, Capabilities: "LOGIN"},
	}, migrator{cluster: cluster})
	database := databaseOf(cluster, config.Database)
	closeDatabase(t, database)
	return database
}

// closeDatabase repeats what a clone loses: the privileges on the database itself.
func closeDatabase(t testing.TB, database Database) {
	t.Helper()
	opened, err := store.NewMigrator(t.Context(), database.OwnerURL, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(opened.CloseDatabase(t.Context()), opened.Close()); err != nil {
		t.Fatal(err)
	}
}

// Store opens the database as the run-time roles, so that policies are real.
func (d Database) Store(t testing.TB) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), store.Config{TenantURL: d.TenantURL, PlatformURL: d.PlatformURL, PoolSize: 4})
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

func parseCluster(t testing.TB) *pgx.ConnConfig {
	t.Helper()
	cluster, err := pgx.ParseConfig(environment(t, "TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal(err)
	}
	return cluster
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

// passwordsOnce keeps one process from setting the passwords twice; the lock in
// the database keeps two processes from doing it at once.
var passwordsOnce sync.Once

func setPasswords(t testing.TB, cluster *pgx.ConnConfig) {
	t.Helper()
	passwordsOnce.Do(func() {
		connection, err := pgx.ConnectConfig(t.Context(), cluster)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close(context.Background())
		_, err = connection.Exec(t.Context(), fmt.Sprintf(`
			select pg_advisory_lock(81);
			do $$
			declare login text;
			begin
				foreach login in array array['%s', '%s', '%s'] loop
					if not exists (select from pg_roles where rolname = login) then
						execute format('create role %%I login', login);
					end if;
					execute format('alter role %%I password %%L', login, '%s');
				end loop;
			end $$;
			select pg_advisory_unlock(81)`, ownerRole, store.TenantLogin, store.PlatformLogin, rolePassword))
		if err != nil {
			t.Fatal(err)
		}
	})
}

// migrator makes the template with the program's own migrations.
type migrator struct{ cluster *pgx.ConnConfig }

// Hash implements pgtestdb.Migrator: another schema is another template.
func (migrator) Hash() (string, error) { return "frontdesk-" + store.SchemaHash(), nil }

// Migrate implements pgtestdb.Migrator.
func (m migrator) Migrate(ctx context.Context, _ *sql.DB, config pgtestdb.Config) error {
	database := databaseOf(m.cluster, config.Database)
	opened, err := store.NewMigrator(ctx, database.OwnerURL, store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL})
	if err != nil {
		return err
	}
	if err := opened.Up(ctx); err != nil {
		return err
	}
	return opened.Close()
}
