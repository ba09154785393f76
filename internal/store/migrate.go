package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	migrations "frontdesk/db/migrations"
)

// JobSchema is where the job queue keeps its tables.
const JobSchema = "river"

// migrationLock is the advisory lock under which one process migrates at a time.
const migrationLock = 4_617_801

// Migrator changes the schema as its owner.
type Migrator struct {
	pool     *pgxpool.Pool
	provider *goose.Provider
	database *sql.DB
	logins   map[string]string
}

// NewMigrator connects as the owner. The two run-time URLs tell which logins to
// make, with which password, when the database lacks them.
func NewMigrator(ctx context.Context, ownerURL string, runTime Config) (*Migrator, error) {
	config, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a Postgres URL")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	database := stdlib.OpenDBFromPool(pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, database, migrations.Files)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return &Migrator{
		pool: pool, provider: provider, database: database,
		logins: map[string]string{TenantLogin: runTime.TenantURL, PlatformLogin: runTime.PlatformURL},
	}, nil
}

// Close ends the owner's connections.
func (m *Migrator) Close() error {
	err := m.database.Close()
	m.pool.Close()
	return err
}

// Up brings the schema to this program's version. Two that run at once take
// turns, and the second finds nothing to do. It refuses a schema that is newer.
func (m *Migrator) Up(ctx context.Context) error {
	return m.alone(ctx, func() error {
		database, program, err := m.Version(ctx)
		if err != nil {
			return fmt.Errorf("read the schema's version: %w", err)
		}
		if database > program {
			return newerSchema(database, program)
		}
		if err := m.makeLogins(ctx); err != nil {
			return err
		}
		if err := m.boundLogins(ctx); err != nil {
			return err
		}
		if err := m.migrateJobs(ctx); err != nil {
			return err
		}
		if _, err := m.provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return m.CloseDatabase(ctx)
	})
}

// Down undoes the latest migration.
func (m *Migrator) Down(ctx context.Context) error {
	return m.alone(ctx, func() error {
		if _, err := m.provider.Down(ctx); err != nil {
			return fmt.Errorf("migrate down: %w", err)
		}
		return nil
	})
}

// Status lists every migration with whether it has been applied.
func (m *Migrator) Status(ctx context.Context) ([]*goose.MigrationStatus, error) {
	return m.provider.Status(ctx)
}

// Version is the schema's version in the database, and the newest that this
// program knows.
func (m *Migrator) Version(ctx context.Context) (database, program int64, err error) {
	database, err = m.provider.GetDBVersion(ctx)
	return database, ProgramVersion(), err
}

// alone holds an advisory lock on a connection of its own while fn runs.
func (m *Migrator) alone(ctx context.Context, fn func() error) error {
	connection, err := m.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer connection.Release()
	if _, err := connection.Exec(ctx, "select pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for another migration: %w", err)
	}
	err = fn()
	_, unlockErr := connection.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", migrationLock)
	return errors.Join(err, unlockErr)
}

func (m *Migrator) migrateJobs(ctx context.Context) error {
	if _, err := m.pool.Exec(ctx, "create schema if not exists "+JobSchema); err != nil {
		return fmt.Errorf("create schema %s: %w", JobSchema, err)
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(m.pool), &rivermigrate.Config{Schema: JobSchema})
	if err != nil {
		return fmt.Errorf("job migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

// ProgramVersion is the newest schema version that this program knows.
func ProgramVersion() int64 {
	sources, err := goose.NewProvider(goose.DialectPostgres, &sql.DB{}, migrations.Files)
	if err != nil {
		return 0
	}
	listed := sources.ListSources()
	return listed[len(listed)-1].Version
}

// SchemaHash changes with any migration's text, for tests that keep a migrated
// template.
func SchemaHash() string {
	sum := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return ""
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.Files, name)
		if err != nil {
			return ""
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
