package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/db"
)

// Read returns queries that see the rows of the actor's tenant and write
// nothing. Each statement goes out in one round trip together with its tenant,
// as an implicit transaction of its own, so that two statements may see two
// states: what must be seen as one belongs in one query, or in Tenant.
func (s *Store) Read(ctx context.Context) *db.Queries {
	tenantID, err := tenantOf(ctx)
	return db.New(&reader{pool: s.tenant, tenantID: tenantID, refusal: err})
}

// PlatformStatement returns single statements of the platform's login, each in one
// round trip: the guard's question on every request.
func (s *Store) PlatformStatement() *db.Queries {
	return db.New(&reader{pool: s.platform})
}

// reader sends the settings and the statement as one pipelined batch.
type reader struct {
	pool     *pgxpool.Pool
	tenantID uuid.UUID
	refusal  error
}

const (
	setReader = `select set_config('app.tenant_id', $1, true), set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '8000', true)`
)

// Exec implements db.DBTX. Postgres refuses a statement that writes.
func (r *reader) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	rows, err := r.Query(ctx, sql, arguments...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

// QueryRow implements db.DBTX.
func (r *reader) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	rows, err := r.Query(ctx, sql, arguments...)
	return &oneRow{rows: rows, err: err}
}

// Query implements db.DBTX.
func (r *reader) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	if r.refusal != nil {
		return nil, r.refusal
	}
	if inside(ctx) {
		return nil, errNested
	}
	rows, err := r.send(ctx, sql, arguments)
	if err != nil && pgconn.SafeToRetry(err) {
		rows, err = r.send(ctx, sql, arguments)
	}
	if err != nil {
		return nil, translate(err)
	}
	return rows, nil
}

func (r *reader) send(ctx context.Context, sql string, arguments []any) (pgx.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, transactionTimeout)
	connection, err := acquire(ctx, r.pool)
	if err != nil {
		cancel()
		return nil, err
	}
	if r.tenantID == uuid.Nil {
		rows, err := connection.Query(ctx, sql, arguments...)
		if err != nil {
			connection.Release()
			cancel()
			return nil, err
		}
		return &heldRows{Rows: rows, release: func() error { connection.Release(); cancel(); return nil }}, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(setReader, r.tenantID.String())
	batch.Queue(sql, arguments...)
	results := connection.SendBatch(ctx, batch)
	release := func() error {
		err := results.Close()
		connection.Release()
		cancel()
		return err
	}
	if _, err := results.Exec(); err != nil {
		return nil, firstError(fmt.Errorf("set tenant: %w", err), release())
	}
	rows, err := results.Query()
	if err != nil {
		return nil, firstError(err, release())
	}
	return &heldRows{Rows: rows, release: release}, nil
}

func firstError(first, _ error) error { return first }

// heldRows gives the connection back when its rows have been read.
type heldRows struct {
	pgx.Rows
	release  func() error
	released bool
	err      error
}

// Next implements pgx.Rows.
func (h *heldRows) Next() bool {
	if h.Rows.Next() {
		return true
	}
	h.Close()
	return false
}

// Close implements pgx.Rows.
func (h *heldRows) Close() {
	h.Rows.Close()
	if h.released {
		return
	}
	h.released = true
	h.err = h.Rows.Err()
	if err := h.release(); h.err == nil {
		h.err = err
	}
}

// Err implements pgx.Rows.
func (h *heldRows) Err() error {
	if h.released {
		return translate(h.err)
	}
	return translate(h.Rows.Err())
}

// oneRow reads the first row and gives the connection back.
type oneRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (o *oneRow) Scan(targets ...any) error {
	if o.err != nil {
		return o.err
	}
	defer o.rows.Close()
	if !o.rows.Next() {
		if err := o.rows.Err(); err != nil {
			return err
		}
		return translate(pgx.ErrNoRows)
	}
	if err := o.rows.Scan(targets...); err != nil {
		return translate(err)
	}
	o.rows.Close()
	return o.rows.Err()
}
