package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// raw shows a transaction as the driver's interface, for libraries that bring their own
// SQL. They may ask; how the transaction begins and ends is the door's business, and what
// would go past its rounds is refused.
type raw struct{ asking }

var errNotOfADoor = errors.New("store: a door's transaction only answers questions")

func (raw) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOfADoor }

func (raw) Commit(context.Context) error { return errNotOfADoor }

func (raw) Rollback(context.Context) error { return errNotOfADoor }

// CopyFrom implements pgx.Tx. There is no COPY beneath a policy.
func (raw) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errNotOfADoor
}

func (raw) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return refusedBatch{} }

func (raw) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

func (raw) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errNotOfADoor
}

func (raw) Conn() *pgx.Conn { return nil }

// refusedBatch is a batch that was not sent.
type refusedBatch struct{}

func (refusedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, errNotOfADoor }

func (refusedBatch) Query() (pgx.Rows, error) { return nil, errNotOfADoor }

func (refusedBatch) QueryRow() pgx.Row { return oneRow{err: errNotOfADoor} }

func (refusedBatch) Close() error { return errNotOfADoor }

func (refusedBatch) Tx() pgx.Tx { return nil }
