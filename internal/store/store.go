// Package store is the only way to the database. It has two doors: Tenant (and
// Statement, its cheaper form for pages that only read) for a clinic's work, and
// Platform for sign-in, invites, the console and scheduling. Each door is a
// login of its own that neither owns anything nor bypasses a policy.
//
// No network call and no rendering happens inside a door: a transaction holds a
// connection, of which there are few.
package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/fault"
)

// Config says where the run-time logins connect to.
type Config struct {
	TenantURL, PlatformURL string
	// PoolSize is the number of connections of each login.
	PoolSize int
	Patience Patience
}

// Store holds the connections of the two run-time logins.
type Store struct {
	tenant, platform login
	grace            grace
}

// Open connects both logins and refuses any that could bypass a policy. It waits
// for a database that cannot be reached yet.
func Open(ctx context.Context, config Config) (*Store, error) {
	patience := config.Patience.orDefaults()
	tenant, err := openPool(ctx, "TENANT_DATABASE_URL", config.TenantURL, TenantLogin, config.PoolSize, patience)
	if err != nil {
		return nil, err
	}
	platform, err := openPool(ctx, "PLATFORM_DATABASE_URL", config.PlatformURL, PlatformLogin, config.PoolSize, patience)
	if err != nil {
		tenant.Close()
		return nil, err
	}
	return &Store{tenant: login{pool: tenant, patience: patience}, platform: login{pool: platform, patience: patience}}, nil
}

// Close waits for open transactions and closes all connections.
func (s *Store) Close() {
	s.tenant.pool.Close()
	s.platform.pool.Close()
}

// Ping reports whether both logins reach the database, for /readyz.
func (s *Store) Ping(ctx context.Context) error {
	for _, pool := range []*pgxpool.Pool{s.tenant.pool, s.platform.pool} {
		if err := pool.Ping(ctx); err != nil {
			return translate(err)
		}
	}
	return nil
}

// PlatformPool is the platform login's pool, for the job queue alone, which
// brings its own queries.
func (s *Store) PlatformPool() *pgxpool.Pool { return s.platform.pool }

// Statistics are a pool's figures at one instant.
type Statistics struct {
	Acquired, Idle, Max int32
	Waits               int64
}

// Statistics returns the figures of each login's pool, for /metrics.
func (s *Store) Statistics() map[string]Statistics {
	figures := map[string]Statistics{}
	for login, pool := range map[string]*pgxpool.Pool{TenantLogin: s.tenant.pool, PlatformLogin: s.platform.pool} {
		stat := pool.Stat()
		figures[login] = Statistics{
			Acquired: stat.AcquiredConns(), Idle: stat.IdleConns(), Max: stat.MaxConns(), Waits: stat.EmptyAcquireCount(),
		}
	}
	return figures
}

func openPool(ctx context.Context, variable, url, login string, size int, patience Patience) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%s is not a Postgres URL", variable)
	}
	config.MaxConns = int32(max(size, 1))
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.RuntimeParams["application_name"] = "frontdesk"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	if err := patiently(ctx, patience.Start, func() error { return refuseBypass(ctx, pool, variable, login) }); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// patiently repeats try while the database cannot be reached.
func patiently(ctx context.Context, limit time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try()
		if err == nil || !fault.Is(translate(err), fault.Unavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}
