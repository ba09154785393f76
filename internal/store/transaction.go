package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/db"
)

// Tx is an open transaction of one of the doors. Each of its queries is a round trip,
// the first one with the beginning in it; Together and Last ask several in one. It is
// for one goroutine at a time.
type Tx struct {
	*db.Queries
	open *transaction
}

func newTx(ctx context.Context, l login, opening []statement) *Tx {
	open := &transaction{ctx: ctx, login: l, opening: opening}
	return &Tx{Queries: db.New(asking{open}), open: open}
}

// Raw is the transaction as the driver knows it, for the job queue, which enqueues in
// it, and for the check of the catalog.
func (t *Tx) Raw() pgx.Tx { return raw{asking{t.open}} }

var (
	// errAfterLast means that something was asked after Last, whose round has ended the
	// transaction.
	errAfterLast = errors.New("store: asked after the last round of the transaction")
	// errUnread means that something was asked while the rows of the statement before
	// were still open.
	errUnread = errors.New("store: asked while rows are unread")
)

// transaction takes its connection and begins with its first round of statements, so
// that one that asks nothing costs nothing.
type transaction struct {
	// ctx is the door's: a round holds the questions of several callers.
	ctx     context.Context
	login   login
	opening []statement
	// connection is nil until the first round.
	connection *pgxpool.Conn
	// answers are those of the round that is being read; nil between rounds.
	answers pgx.BatchResults
	// closing is true when the next round is the last; it takes the commit along.
	closing, closed bool
	// failure is what has broken the transaction: whatever is asked then gets it again.
	failure error
	// running is the part of Together that runs now.
	running *part
}

// send puts a round of statements on the wire; answer reads their answers in order, and
// settle ends the round.
func (t *transaction) send(asked ...statement) error {
	switch {
	case t.failure != nil:
		return t.failure
	case t.closed:
		return errAfterLast
	case t.answers != nil:
		return errUnread
	}
	if err := t.connect(); err != nil {
		return err
	}
	t.closed = t.closing
	t.answers = t.connection.SendBatch(t.ctx, t.batch(asked))
	for range t.opening {
		if _, err := t.answers.Exec(); err != nil {
			return abandoned(fmt.Errorf("begin: %w", err), t.settle)
		}
	}
	t.opening = nil
	return nil
}

func (t *transaction) connect() (err error) {
	if t.connection == nil {
		t.connection, err = t.login.acquire(t.ctx)
		t.failure = err
	}
	return err
}

func (t *transaction) batch(asked []statement) *pgx.Batch {
	batch := &pgx.Batch{}
	for _, part := range [][]statement{t.opening, asked} {
		for _, statement := range part {
			batch.Queue(statement.sql, statement.arguments...)
		}
	}
	if t.closing {
		batch.Queue("commit")
	}
	return batch
}

// answer is the next one of the round, whose end is called when its rows have been read.
func (t *transaction) answer(end func() error) (*answer, error) {
	rows, err := t.answers.Query()
	if err != nil {
		return nil, err
	}
	return &answer{Rows: rows, end: end}, nil
}

// settle ends the round, and with the last one learns whether it was committed.
func (t *transaction) settle() error {
	// What nobody has read is read here; the commit is the last of it.
	err := t.answers.Close()
	t.answers = nil
	if err != nil && (t.closed || t.broken()) {
		t.failure = err
	}
	return err
}

// broken is true when Postgres undoes the transaction, whatever is asked further, or
// cannot be asked any more. What fails before it was sent (an argument that does not
// fit) leaves the transaction as it was.
func (t *transaction) broken() bool {
	return t.connection.Conn().IsClosed() || t.connection.Conn().PgConn().TxStatus() == 'E'
}

// commit ends the transaction unless its last round has done so. What has broken it
// comes out here if fn has passed over it.
func (t *transaction) commit() error {
	if t.connection == nil || t.closed || t.failure != nil {
		return t.failure
	}
	tag, err := t.connection.Exec(t.ctx, "commit")
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// release rolls back what is still open and gives the connection back. It has a context
// of its own: it must happen also when the request's has died. A connection on which it
// fails is closed by the pool, so that nobody borrows it with our tenant set.
func (t *transaction) release() error {
	if t.connection == nil {
		return nil
	}
	defer t.connection.Release()
	if t.answers != nil { // a panic, or rows that were left open
		if err := t.settle(); err != nil && !t.broken() {
			return err
		}
	}
	if t.connection.Conn().IsClosed() || t.connection.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 2*time.Second)
	defer cancel()
	_, err := t.connection.Exec(ctx, "rollback")
	return err
}

// asking implements db.DBTX for a transaction.
type asking struct{ open *transaction }

func (a asking) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	return executed(a.Query(ctx, sql, arguments...))
}

func (a asking) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	rows, err := a.Query(ctx, sql, arguments...)
	return oneRow{rows: rows, err: err}
}

// Query implements db.DBTX. A part of Together waits for the round that its question
// goes out in; elsewhere a question is a round of its own.
func (a asking) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, translate(err)
	}
	asked := statement{sql, arguments}
	if a.open.running != nil {
		return a.open.running.ask(asked)
	}
	if err := a.open.send(asked); err != nil {
		return nil, translate(err)
	}
	rows, err := a.open.answer(a.open.settle)
	if err != nil {
		return nil, translate(abandoned(err, a.open.settle))
	}
	return rows, nil
}
