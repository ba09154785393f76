package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/db"
)

// Statement returns queries that see the rows of the actor's tenant and write
// nothing. Each statement goes out in one round trip together with its tenant,
// as an implicit transaction of its own, so that two statements may see two
// states: what must be seen as one belongs in one query, or in Snapshot.
func (s *Store) Statement(ctx context.Context) *db.Queries {
	who, err := tenantActor(ctx)
	if err != nil {
		return db.New(refusing{err})
	}
	return db.New(single{login: s.tenant, set: setPatience + setReadOnly + setTenant, tenant: who.TenantID.String()})
}

// PlatformStatement is Statement through the platform's door.
func (s *Store) PlatformStatement() *db.Queries {
	return db.New(single{login: s.platform, set: setPatience + setReadOnly})
}

// PlatformWrite returns single statements of the platform's login that write, each a
// transaction of its own in one round trip. What writes together, or is recorded in a
// log, belongs in Platform.
func (s *Store) PlatformWrite() *db.Queries {
	return db.New(single{login: s.platform, set: setPatience})
}

// GuardStatement is PlatformStatement for the guard's question, which is the same on
// every request: its plan is made once for each connection, where Postgres would make
// one for each session's token.
func (s *Store) GuardStatement() *db.Queries {
	return db.New(single{login: s.platform, set: setPatience + setReadOnly + setGenericPlan})
}

// What is set before a statement, with it, ends with its transaction.
const (
	setPatience    = `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`
	setTenant      = `, set_config('app.tenant_id', $3, true)`
	setReadOnly    = `, set_config('transaction_read_only', 'on', true)`
	setGenericPlan = `, set_config('plan_cache_mode', 'force_generic_plan', true)`
)

// settings are the arguments of setPatience and, unless tenant is empty, setTenant.
func (l login) settings(tenant string) []any {
	settings := []any{
		strconv.FormatInt(l.patience.Lock.Milliseconds(), 10),
		strconv.FormatInt(l.patience.Statement.Milliseconds(), 10),
	}
	if tenant != "" {
		settings = append(settings, tenant)
	}
	return settings
}

// statement is SQL with its arguments.
type statement struct {
	sql       string
	arguments []any
}

// single implements db.DBTX: it sends the settings and one statement as one
// pipelined batch.
type single struct {
	login  login
	set    string
	tenant string // empty for the platform
}

// Exec implements db.DBTX. Postgres refuses a statement that writes in Statement.
func (s single) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	return executed(s.Query(ctx, sql, arguments...))
}

// executed reads what is left of rows that nobody looks at.
func executed(rows pgx.Rows, err error) (pgconn.CommandTag, error) {
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

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
	batch.Queue(s.set, s.login.settings(s.tenant)...)
	batch.Queue(sql, arguments...)
	results := connection.SendBatch(ctx, batch)
	// A connection on which something is left unread is closed by the pool.
	release := func() error {
		defer cancel()
		defer connection.Release()
		return results.Close()
	}
	if _, err := results.Exec(); err != nil {
		return nil, abandoned(fmt.Errorf("set up the statement: %w", err), release)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, abandoned(err, release)
	}
	return &answer{Rows: rows, end: release}, nil
}

// abandoned releases after a failure. Closing repeats the failure of the batch;
// only another one is worth adding.
func abandoned(failure error, release func() error) error {
	if err := release(); err != nil && !errors.Is(failure, err) {
		return errors.Join(failure, err)
	}
	return failure
}

// answer is the rows of one statement among those that went out with it. Its end, which
// frees what it holds, comes when they have been read or closed.
type answer struct {
	pgx.Rows
	end    func() error
	closed bool
	err    error
}

func (a *answer) Next() bool {
	if a.Rows.Next() {
		return true
	}
	a.Close()
	return false
}

func (a *answer) Close() {
	if a.closed {
		return
	}
	a.closed = true
	a.Rows.Close()
	a.err = a.Rows.Err()
	// The end of the batch may be the transaction's commit, which may fail where every
	// row came well.
	if err := a.end(); a.err == nil {
		a.err = err
	}
}

func (a *answer) Err() error {
	if a.closed {
		return translate(a.err)
	}
	return translate(a.Rows.Err())
}

// oneRow reads the first row and gives the connection back.
type oneRow struct {
	rows pgx.Rows
	err  error
}

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

func (r refusing) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, r.reason
}

func (r refusing) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, r.reason }

func (r refusing) QueryRow(context.Context, string, ...any) pgx.Row { return oneRow{err: r.reason} }
