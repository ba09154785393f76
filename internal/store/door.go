package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
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
	who, err := tenantActor(ctx)
	if err != nil {
		return err
	}
	err = s.tenant.run(ctx, s.tenant.beginQuery(who.TenantID, who.ReadOnly), fn)
	if who.ReadOnly && refusedWriting(err) {
		return fault.Wrap(fault.Forbidden, "support.read_only", err)
	}
	return err
}

// refusedWriting is true for what Postgres says to a write in a transaction that only
// reads.
func refusedWriting(err error) bool {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failure.Code == "25006"
}

// Platform runs fn in a transaction of the platform's login, which reaches
// people, tenants and the job queue, and no clinic table.
func (s *Store) Platform(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.platform.run(ctx, s.platform.beginQuery(uuid.Nil, false), fn)
}

// PlatformSnapshot is Platform for pages that only read and show several answers as
// one state: Postgres refuses a statement that writes.
func (s *Store) PlatformSnapshot(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.platform.run(ctx, s.platform.beginQuery(uuid.Nil, true), fn)
}

func tenantActor(ctx context.Context) (actor.Actor, error) {
	who, ok := actor.From(ctx)
	if !ok || who.TenantID == uuid.Nil {
		return who, errNoTenant
	}
	return who, nil
}

// beginQuery opens a transaction and sets it up in the same round trip. The
// tenant is a typed UUID, so that formatting it into the text is safe. A read-only
// transaction sees one state throughout, whatever is written meanwhile, and cannot be made a writing one again: that is refused once it has
// asked anything.
func (l login) beginQuery(tenantID uuid.UUID, readOnly bool) string {
	query := fmt.Sprintf("begin; select set_config('lock_timeout', '%d', true), set_config('statement_timeout', '%d', true)",
		l.patience.Lock.Milliseconds(), l.patience.Statement.Milliseconds())
	if tenantID != uuid.Nil {
		query += fmt.Sprintf(", set_config('app.tenant_id', '%s', true)", tenantID)
	}
	if readOnly {
		query = strings.Replace(query, "begin;", "begin isolation level repeatable read, read only;", 1)
	}
	return query
}

func (l login) run(ctx context.Context, begin string, fn func(context.Context, *Tx) error) error {
	if inside(ctx) {
		return errNested
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, insideKey{}, true), l.patience.Transaction)
	defer cancel()
	err := l.attempt(ctx, begin, fn)
	if worthAnotherTry(err) {
		pause(ctx)
		err = l.attempt(ctx, begin, fn)
	}
	return translate(err)
}

// pause lets the other side of a deadlock finish: who comes back at once can
// take the freed lock before it does, and both are where they were.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(10*time.Millisecond + rand.N(30*time.Millisecond)):
	}
}

// attempt runs one transaction. The rollback has a context of its own: it must
// happen also when the request's has died.
func (l login) attempt(ctx context.Context, begin string, fn func(context.Context, *Tx) error) (err error) {
	connection, err := l.acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	tx, err := connection.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, rollback(ctx, tx)) }()
	if err := fn(ctx, &Tx{Queries: db.New(tx), tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback ends what is still open. A connection on which that fails is closed
// by the driver, and the pool keeps none in a transaction, so nobody borrows it
// with our tenant set.
func rollback(ctx context.Context, tx pgx.Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := tx.Rollback(ctx); !errors.Is(err, pgx.ErrTxClosed) {
		return err
	}
	return nil
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
