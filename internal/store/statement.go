package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/db"
)

// Statement returns queries that see the rows of the actor's tenant and write
// nothing. Each statement goes out in one round trip together with its tenant,
// as an implicit transaction of its own, so that two statements may see two
// states: what must be seen as one belongs in one query, or in Tenant.
func (s *Store) Statement(ctx context.Context) *db.Queries {
	who, err := tenantActor(ctx)
	if err != nil {
		return db.New(refusing{err})
	}
	return db.New(single{login: s.tenant, set: setForTenant, tenant: who.TenantID.String()})
}

// PlatformStatement returns single statements of the platform's login, each in one
// round trip: the guard's question on every request.
func (s *Store) PlatformStatement() *db.Queries {
	return db.New(single{login: s.platform, set: setForPlatform})
}

// GuardStatement is PlatformStatement for the guard's question, which is the same on
// every request: its plan is made once for each connection, where Postgres would make
// one for each session's token.
func (s *Store) GuardStatement() *db.Queries {
	return db.New(single{login: s.platform, set: setForGuard})
}

// The settings that go out before a statement end with its implicit transaction.
const (
	setForPlatform = `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`
	setForGuard    = setForPlatform + `, set_config('plan_cache_mode', 'force_generic_plan', true)`
	setForTenant   = setForPlatform + `, set_config('transaction_read_only', 'on', true), set_config('app.tenant_id', $3, true)`
)

// single implements db.DBTX: it sends the settings and one statement as one
// pipelined batch.
type single struct {
	login  login
	set    string
	tenant string // empty for the platform
}

// Exec implements db.DBTX. Postgres refuses a statement that writes in Statement.
func (s single) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	rows, err := s.Query(ctx, sql, arguments...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

// QueryRow implements db.DBTX.
func (s single) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	rows, err := s.Query(ctx, sql, arguments...)
	return oneRow{rows: rows, err: err}
}

// Query implements db.DBTX. Who asks must read the rows to their end or close
// them: until then they hold a connection.
func (s single) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	if inside(ctx) {
		return nil, errNested
	}
	rows, err := s.send(ctx, sql, arguments)
	if err != nil && pgconn.SafeToRetry(err) {
		rows, err = s.send(ctx, sql, arguments)
	}
	if err != nil {
		return nil, translate(err)
	}
	return rows, nil
}

func (s single) send(ctx context.Context, sql string, arguments []any) (pgx.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, s.login.patience.Transaction)
	connection, err := s.login.acquire(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	batch := &pgx.Batch{}
	batch.Queue(s.set, s.settings()...)
	batch.Queue(sql, arguments...)
	held := &heldRows{results: connection.SendBatch(ctx, batch), connection: connection, cancel: cancel}
	if _, err := held.results.Exec(); err != nil {
		return nil, held.abandon(fmt.Errorf("set up the statement: %w", err))
	}
	if held.Rows, err = held.results.Query(); err != nil {
		return nil, held.abandon(err)
	}
	return held, nil
}

func (s single) settings() []any {
	settings := []any{
		strconv.FormatInt(s.login.patience.Lock.Milliseconds(), 10),
		strconv.FormatInt(s.login.patience.Statement.Milliseconds(), 10),
	}
	if s.tenant != "" {
		settings = append(settings, s.tenant)
	}
	return settings
}

// heldRows gives the connection back when its rows have been read or closed. A
// connection on which something is left unread is closed by the pool.
type heldRows struct {
	pgx.Rows
	results    pgx.BatchResults
	connection *pgxpool.Conn
	cancel     context.CancelFunc
	released   bool
	err        error
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
	if h.released {
		return
	}
	h.Rows.Close()
	h.err = h.Rows.Err()
	// The end of the batch is the implicit transaction's commit, which may fail
	// where every row came well.
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

// release ends the batch and gives the connection back, once.
func (h *heldRows) release() error {
	h.released = true
	err := h.results.Close()
	h.connection.Release()
	h.cancel()
	return err
}

// abandon releases after a failure. Closing repeats the failure of the batch;
// only another one is worth adding.
func (h *heldRows) abandon(failure error) error {
	if err := h.release(); err != nil && !errors.Is(failure, err) {
		return errors.Join(failure, err)
	}
	return failure
}

// oneRow reads the first row and gives the connection back.
type oneRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (o oneRow) Scan(targets ...any) error {
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

// refusing implements db.DBTX for a context that may not ask.
type refusing struct{ reason error }

// Exec implements db.DBTX.
func (r refusing) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, r.reason
}

// Query implements db.DBTX.
func (r refusing) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, r.reason }

// QueryRow implements db.DBTX.
func (r refusing) QueryRow(context.Context, string, ...any) pgx.Row { return oneRow{err: r.reason} }
