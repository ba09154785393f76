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

// Begin implements pgx.Tx.
func (raw) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOfADoor }

// Commit implements pgx.Tx.
func (raw) Commit(context.Context) error { return errNotOfADoor }

// Rollback implements pgx.Tx.
func (raw) Rollback(context.Context) error { return errNotOfADoor }

// CopyFrom implements pgx.Tx. There is no COPY beneath a policy.
func (raw) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errNotOfADoor
}

// SendBatch implements pgx.Tx.
func (raw) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return refusedBatch{} }

// LargeObjects implements pgx.Tx.
func (raw) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Prepare implements pgx.Tx.
func (raw) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errNotOfADoor
}

// Conn implements pgx.Tx.
func (raw) Conn() *pgx.Conn { return nil }

// refusedBatch is a batch that was not sent.
type refusedBatch struct{}

// Exec implements pgx.BatchResults.
func (refusedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, errNotOfADoor }

// Query implements pgx.BatchResults.
func (refusedBatch) Query() (pgx.Rows, error) { return nil, errNotOfADoor }

// QueryRow implements pgx.BatchResults.
func (refusedBatch) QueryRow() pgx.Row { return oneRow{err: errNotOfADoor} }

// Close implements pgx.BatchResults.
func (refusedBatch) Close() error { return errNotOfADoor }

// Tx implements pgx.BatchResults.
func (refusedBatch) Tx() pgx.Tx { return nil }
