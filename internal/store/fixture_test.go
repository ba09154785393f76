package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// fixture is a database with two clinics, each with clients of its own.
type fixture struct {
	testkit.Database
	superuser    *pgx.Conn
	alfa, beta   uuid.UUID
	alfas, betas uuid.UUID // a client of each
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	made := &fixture{Database: testkit.NewDatabase(t)}
	made.superuser = testkit.Connect(t, made.SuperuserURL)
	made.alfa, made.alfas = made.clinic(t, "alfa")
	made.beta, made.betas = made.clinic(t, "beta")
	return made
}

// clinic makes a tenant with a service, a provider and a client, all named after it.
func (f *fixture) clinic(t *testing.T, slug string) (tenantID, clientID uuid.UUID) {
	t.Helper()
	tenantID, clientID = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	f.exec(t, "insert into tenants (id, name, slug, timezone, max_seats) values ($1, $2, $2, 'Europe/Bucharest', 5)", tenantID, slug)
	f.exec(t, "insert into clients (tenant_id, id, first_name) values ($1, $2, $3)", tenantID, clientID, slug)
	f.exec(t, "insert into services (tenant_id, id, name, duration) values ($1, $2, $3, 30)", tenantID, uuid.Must(uuid.NewV7()), slug)
	f.exec(t, "insert into providers (tenant_id, id, name, color) values ($1, $2, $3, 'blue')", tenantID, uuid.Must(uuid.NewV7()), slug)
	return tenantID, clientID
}

// exec changes the database as superuser, whom no policy binds.
func (f *fixture) exec(t *testing.T, sql string, arguments ...any) {
	t.Helper()
	if _, err := f.superuser.Exec(t.Context(), sql, arguments...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// count asks as superuser.
func (f *fixture) count(t *testing.T, sql string, arguments ...any) (count int) {
	t.Helper()
	if err := f.superuser.QueryRow(t.Context(), sql, arguments...).Scan(&count); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return count
}

// open opens a store; a change may point it at a proxy or shrink its patience.
func (f *fixture) open(t *testing.T, change func(*store.Config)) *store.Store {
	t.Helper()
	config := store.Config{TenantURL: f.TenantURL, PlatformURL: f.PlatformURL, PoolSize: 4}
	if change != nil {
		change(&config)
	}
	opened, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// in is a context that acts in a tenant.
func in(t *testing.T, tenantID uuid.UUID) context.Context {
	t.Helper()
	return actor.With(t.Context(), actor.System(tenantID))
}

// firstNames are the clients that a statement of a tenant sees.
func firstNames(ctx context.Context, s *store.Store) ([]string, error) {
	statement, err := s.RawStatement(ctx)
	if err != nil {
		return nil, err
	}
	return store.Collect[string](statement.Query(ctx, "select first_name from clients order by first_name"))
}

// rename writes in a transaction of a tenant.
func rename(ctx context.Context, s *store.Store, to string) error {
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "update clients set last_name = $1", to)
		return err
	})
}
