package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/fault"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

func TestReadRefusesWrites(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	statement, err := f.open(t, nil).RawStatement(in(t, f.alfa))
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"update clients set last_name = 'x'",
		"insert into clients (id, first_name) values (gen_random_uuid(), 'x')",
		"delete from provider_hours",
		"with changed as (update clients set last_name = 'x' returning id) select count(*) from changed",
	} {
		if _, err := statement.Exec(t.Context(), sql); codeOf(err) != "25006" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// codeOf is what Postgres called the failure (its appendix A).
func codeOf(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return fmt.Sprint(err)
}

// Every way in which a statement can end gives its connection back: a pool of
// one would not survive a single leak.
func TestNoErrorPathKeepsAConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 1 })
	ctx := in(t, f.alfa)
	statement, err := s.RawStatement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	var number int
	for name, end := range map[string]func() error{
		"syntax":             func() error { _, err := statement.Exec(ctx, "selec"); return err },
		"fails at its start": func() error { _, err := statement.Exec(ctx, "select 1/0"); return err },
		"fails midway": func() error {
			_, err := store.Collect[int](statement.Query(ctx, "select 1/(3-n) from generate_series(1, 5) n"))
			return err
		},
		"a value of the wrong type": func() error { return statement.QueryRow(ctx, "select 'x'").Scan(&number) },
		"an argument of the wrong type": func() error {
			_, err := statement.Exec(ctx, "select $1::uuid", struct{}{})
			return err
		},
		"no row":    func() error { return statement.QueryRow(ctx, "select 1 where false").Scan(&number) },
		"cancelled": func() error { _, err := statement.Exec(cancelled, "select 1"); return err },
		"cancelled midway": func() error {
			midway, cancel := context.WithCancel(ctx)
			rows, err := statement.Query(midway, "select n from generate_series(1, 1000000) n")
			if err != nil {
				cancel()
				return err
			}
			rows.Next()
			cancel()
			for rows.Next() {
			}
			return rows.Err()
		},
	} {
		if err := end(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if names, err := firstNames(ctx, s); err != nil || len(names) != 1 {
			t.Errorf("after %s: %v (%v)", name, names, err)
		}
	}
	rows, err := statement.Query(ctx, "select n from generate_series(1, 100000) n")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	rows.Close()
	if err := rows.Err(); err != nil {
		t.Errorf("rows that were closed early: %v", err)
	}
	var first, second int
	if err := statement.QueryRow(ctx, "select n from generate_series(1, 3) n").Scan(&first); err != nil || first != 1 {
		t.Errorf("the first of several rows: %d, %v", first, err)
	}
	if err := s.PlatformWrite().SessionTouch(ctx, nil); err != nil {
		t.Error(err)
	}
	if err := statement.QueryRow(ctx, "select 2").Scan(&second); err != nil || second != 2 {
		t.Errorf("%d, %v", second, err)
	}
}

func TestNoRowIsNotFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	if _, err := s.Statement(in(t, f.alfa)).ServiceGet(t.Context(), uuid.New()); !fault.Is(err, fault.NotFound) || !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("read: %v", err)
	}
	err := s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ServiceGet(ctx, uuid.New())
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("door: %v", err)
	}
}

func TestAReadAndABeginAreOneRoundTripEach(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	line, through := testkit.NewDatabaseProxy(t, f.TenantURL)
	s := f.open(t, func(c *store.Config) { c.TenantURL, c.PoolSize = through, 1 })
	ctx := in(t, f.alfa)
	read := func() error { _, err := firstNames(ctx, s); return err }
	empty := func() error { return s.Tenant(ctx, func(context.Context, *store.Tx) error { return nil }) }
	for name, asked := range map[string]struct {
		do   func() error
		want int64
	}{
		"read":                            {read, 1},
		"a transaction that asks nothing": {empty, 0},
		"begin with a write, commit":      {func() error { return rename(ctx, s, "x") }, 2},
		"all in the last round": {func() error {
			return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
				return tx.Last(func() error {
					_, err := tx.Raw().Exec(ctx, "update clients set last_name = 'y'")
					return err
				})
			})
		}, 1},
	} {
		// The first run on a connection prepares.
		if err := asked.do(); err != nil {
			t.Fatal(err)
		}
		before := line.Trips.Load()
		if err := asked.do(); err != nil {
			t.Fatal(err)
		}
		if trips := line.Trips.Load() - before; trips != asked.want {
			t.Errorf("%s: %d round trips, want %d", name, trips, asked.want)
		}
	}
}

func TestHazard030TwoClinicsThroughOneConnectionNeverMeet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 1 })
	const requests, workers = 10_000, 4
	var done sync.WaitGroup
	for worker := range workers {
		done.Go(func() {
			for i := worker; i < requests; i += workers {
				ctx, own := in(t, f.alfa), "alfa"
				if i%2 == 1 {
					ctx, own = in(t, f.beta), "beta"
				}
				names, err := seen(ctx, s, i/2%2 == 0)
				if err != nil || len(names) != 1 || names[0] != own {
					t.Errorf("request %d of %s sees %v (%v)", i, own, names, err)
					return
				}
			}
		})
	}
	done.Wait()
}

func seen(ctx context.Context, s *store.Store, reading bool) (names []string, err error) {
	if reading {
		return firstNames(ctx, s)
	}
	err = s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		names, err = store.Collect[string](tx.Raw().Query(ctx, "select first_name from clients order by first_name"))
		return err
	})
	return names, err
}
