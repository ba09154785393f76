package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/actor"
	"frontdesk/internal/fault"
)

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
	begin := beginWriting
	if who.ReadOnly {
		begin = beginReading
	}
	err = s.tenant.run(ctx, s.tenant.opening(begin, who.TenantID), fn)
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

// Snapshot runs fn in a transaction that reads the rows of the actor's tenant and writes
// nothing: all its answers are of one state, that of its first round. A page that asks
// several things asks them with Tx.Last, in one round trip.
func (s *Store) Snapshot(ctx context.Context, fn func(context.Context, *Tx) error) error {
	who, err := tenantActor(ctx)
	if err != nil {
		return err
	}
	return s.tenant.run(ctx, s.tenant.opening(beginSnapshot, who.TenantID), fn)
}

// Platform runs fn in a transaction of the platform's login, which reaches
// people, tenants and the job queue, and no clinic table.
func (s *Store) Platform(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.platform.run(ctx, s.platform.opening(beginWriting, uuid.Nil), fn)
}

// PlatformSnapshot is Snapshot through the platform's door.
func (s *Store) PlatformSnapshot(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.platform.run(ctx, s.platform.opening(beginSnapshot, uuid.Nil), fn)
}

func tenantActor(ctx context.Context) (actor.Actor, error) {
	who, ok := actor.From(ctx)
	if !ok || who.TenantID == uuid.Nil {
		return who, errNoTenant
	}
	return who, nil
}

// How a transaction begins. One that only reads cannot be made a writing one again:
// that is refused once it has asked anything.
const (
	beginWriting  = "begin"
	beginReading  = "begin read only"
	beginSnapshot = "begin isolation level repeatable read, read only"
)

// opening is what goes out before a transaction's first question, with it: how it
// begins, and what it is bound by until it ends.
func (l login) opening(begin string, tenantID uuid.UUID) []statement {
	if tenantID == uuid.Nil {
		return []statement{{sql: begin}, {setPatience, l.settings("")}}
	}
	return []statement{{sql: begin}, {setPatience + setTenant, l.settings(tenantID.String())}}
}

func (l login) run(ctx context.Context, opening []statement, fn func(context.Context, *Tx) error) error {
	if inside(ctx) {
		return errNested
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, insideKey{}, true), l.patience.Transaction)
	defer cancel()
	err := l.attempt(ctx, opening, fn)
	if worthAnotherTry(err) {
		pause(ctx)
		err = l.attempt(ctx, opening, fn)
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

// attempt runs one transaction, which ends also when fn panics.
func (l login) attempt(ctx context.Context, opening []statement, fn func(context.Context, *Tx) error) (err error) {
	tx := newTx(ctx, l, opening)
	defer func() { err = errors.Join(err, tx.open.release()) }()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.open.commit()
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
