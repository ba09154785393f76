package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
)

// Tx is an open transaction of one of the doors.
type Tx struct {
	*db.Queries
	tx pgx.Tx
}

// Raw is the driver's transaction, for the job queue, which enqueues in it.
func (t *Tx) Raw() pgx.Tx { return t.tx }

// errNested means that code opened a door inside a door. Both would hold a
// connection, and a pool of one would wait for itself for ever.
var errNested = errors.New("store: a door was opened inside a door")

// errNoTenant means that the context's actor stands in no tenant.
var errNoTenant = errors.New("store: no tenant: the context has no actor of a clinic")

type insideKey struct{}

func inside(ctx context.Context) bool { return ctx.Value(insideKey{}) != nil }

// Tenant runs fn in a transaction that sees the rows of the actor's tenant only,
// because Postgres says so. fn's error, or a panic, rolls back; a deadlock or a
// serialization failure is tried once more, so fn must be safe to run twice.
func (s *Store) Tenant(ctx context.Context, fn func(context.Context, *Tx) error) error {
	tenantID, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	return s.run(ctx, s.tenant, beginQuery(tenantID), fn)
}

// Platform runs fn in a transaction of the platform's login, which reaches
// people, tenants and the job queue, and no clinic table.
func (s *Store) Platform(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.run(ctx, s.platform, beginQuery(uuid.Nil), fn)
}

func tenantOf(ctx context.Context) (uuid.UUID, error) {
	who, ok := actor.From(ctx)
	if !ok || who.TenantID == uuid.Nil {
		return uuid.Nil, errNoTenant
	}
	return who.TenantID, nil
}

// beginQuery opens a transaction and sets it up in the same round trip. The
// tenant is a typed UUID, so that formatting it into the text is safe.
func beginQuery(tenantID uuid.UUID) string {
	query := fmt.Sprintf("begin; select set_config('lock_timeout', '%d', true), set_config('statement_timeout', '%d', true)",
		lockTimeout.Milliseconds(), statementTimeout.Milliseconds())
	if tenantID != uuid.Nil {
		query += fmt.Sprintf(", set_config('app.tenant_id', '%s', true)", tenantID)
	}
	return query
}

func (s *Store) run(ctx context.Context, pool *pgxpool.Pool, begin string, fn func(context.Context, *Tx) error) error {
	if inside(ctx) {
		return errNested
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, insideKey{}, true), transactionTimeout)
	defer cancel()
	err := attempt(ctx, pool, begin, fn)
	if worthAnotherTry(err) {
		err = attempt(ctx, pool, begin, fn)
	}
	return translate(err)
}

// attempt runs one transaction. The rollback has a context of its own: it must
// happen also when the request's has died.
func attempt(ctx context.Context, pool *pgxpool.Pool, begin string, fn func(context.Context, *Tx) error) error {
	connection, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer connection.Release()
	tx, err := connection.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer rollback(ctx, tx)
	if err := fn(ctx, &Tx{Queries: db.New(tx), tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback ends what is still open. A connection on which that fails is closed
// by the driver, so nobody borrows it with our tenant set.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		if closeErr := tx.Conn().Close(ctx); closeErr != nil {
			return
		}
	}
}

// errPoolExhausted means that no connection came free in time.
var errPoolExhausted = errors.New("store: no free connection")

func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, acquireTimeout)
	defer cancel()
	connection, err := pool.Acquire(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: %w", errPoolExhausted, err)
	}
	return connection, err
}

// worthAnotherTry is true for what Postgres undid whole (a deadlock, a
// serialization failure) and for a connection that was found dead before
// anything was sent on it. A commit whose answer was lost is neither.
func worthAnotherTry(err error) bool {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code == "40P01" || failure.Code == "40001"
	}
	return err != nil && pgconn.SafeToRetry(err)
}
