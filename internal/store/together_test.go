package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// number asks a number in a part of its own.
func number(ctx context.Context, tx *store.Tx, into *int, sql string) func() error {
	return func() error { return tx.Raw().QueryRow(ctx, sql).Scan(into) }
}

func TestPartsThatDoNotDependOnEachOtherAreOneRoundTrip(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	line, through := testkit.NewDatabaseProxy(t, f.TenantURL)
	s := f.open(t, func(c *store.Config) { c.TenantURL, c.PoolSize = through, 1 })
	ctx := in(t, f.alfa)
	three := func(ctx context.Context, tx *store.Tx) []func() error {
		var a, b, c int
		return []func() error{number(ctx, tx, &a, "select 1"), number(ctx, tx, &b, "select 2"), number(ctx, tx, &c, "select 3")}
	}
	inARow := func(ctx context.Context, tx *store.Tx) []func() error {
		var a int
		return append(three(ctx, tx), func() error {
			return errors.Join(number(ctx, tx, &a, "select 4")(), number(ctx, tx, &a, "select 5")())
		})
	}
	for name, asked := range map[string]struct {
		parts func(context.Context, *store.Tx) []func() error
		last  bool
		want  int64
	}{
		"the last round":            {three, true, 1},
		"a round, then the end":     {three, false, 2},
		"two in a row, and the end": {inARow, false, 3},
	} {
		run := func() error {
			return s.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
				if asked.last {
					return tx.Last(asked.parts(ctx, tx)...)
				}
				return tx.Together(asked.parts(ctx, tx)...)
			})
		}
		// The first run on a connection prepares.
		if err := run(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before := line.Trips.Load()
		if err := run(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if trips := line.Trips.Load() - before; trips != asked.want {
			t.Errorf("%s: %d round trips, want %d", name, trips, asked.want)
		}
		assertClean(t, s)
	}
}

func TestASnapshotSeesOneStateAndWritesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	var before, after int
	err := s.Snapshot(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		if err := number(ctx, tx, &before, "select count(*) from clients")(); err != nil {
			return err
		}
		f.exec(t, "insert into clients (tenant_id, id, first_name) values ($1, $2, 'later')", f.alfa, uuid.Must(uuid.NewV7()))
		return tx.Last(number(ctx, tx, &after, "select count(*) from clients"))
	})
	if err != nil || before != 1 || after != 1 {
		t.Errorf("%d, then %d (%v)", before, after, err)
	}
	for name, snapshot := range map[string]func(context.Context, func(context.Context, *store.Tx) error) error{
		"tenant": s.Snapshot, "platform": s.PlatformSnapshot,
	} {
		err := snapshot(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Raw().Exec(ctx, "delete from "+map[string]string{"tenant": "clients", "platform": "sessions"}[name])
			return err
		})
		if codeOf(err) != "25006" {
			t.Errorf("%s: a snapshot writes: %v", name, err)
		}
	}
	if err := s.PlatformStatement().SessionTouch(t.Context(), make([]byte, 32)); codeOf(err) != "25006" {
		t.Errorf("a statement of the platform writes: %v", err)
	}
}

// Every way in which parts can end leaves a clean connection, with a pool of one.
func TestHazard030PartsThatFailLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 1 })
	own := errors.New("of a part")
	ask := func(ctx context.Context, tx *store.Tx, sql string) func() error {
		return func() error { _, err := tx.Raw().Exec(ctx, sql); return err }
	}
	for name, parts := range map[string]func(context.Context, context.CancelFunc, *store.Tx) []func() error{
		"a statement fails": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{ask(ctx, tx, "select 1"), ask(ctx, tx, "select 1/0"), ask(ctx, tx, "select 2")}
		},
		"a statement is none": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{ask(ctx, tx, "select 1"), ask(ctx, tx, "selec")}
		},
		"rows fail midway": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{ask(ctx, tx, "select 1/(3-n) from generate_series(1, 5) n"), ask(ctx, tx, "select 1")}
		},
		"a part gives up before it asks": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{func() error { return own }, ask(ctx, tx, "select 1")}
		},
		"a panic while others wait": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{ask(ctx, tx, "select 1"), func() error { panic("at the desk") }}
		},
		"a panic over open rows": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{func() error {
				rows, err := tx.Raw().Query(ctx, "select n from generate_series(1, 100000) n")
				if err != nil {
					return err
				}
				rows.Next()
				panic("at the desk")
			}, ask(ctx, tx, "select 1")}
		},
		"a question over open rows": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{func() error {
				rows, err := tx.Raw().Query(ctx, "select n from generate_series(1, 3) n")
				if err != nil {
					return err
				}
				defer rows.Close()
				rows.Next()
				return ask(ctx, tx, "select 1")()
			}}
		},
		"cancelled": func(ctx context.Context, cancel context.CancelFunc, tx *store.Tx) []func() error {
			return []func() error{ask(ctx, tx, "select 1"), func() error { cancel(); return ask(ctx, tx, "select 2")() }}
		},
	} {
		for _, door := range []string{"Together", "Last"} {
			err := through(in(t, f.alfa), s, func(ctx context.Context, cancel context.CancelFunc, tx *store.Tx) error {
				if door == "Last" {
					return tx.Last(parts(ctx, cancel, tx)...)
				}
				return tx.Together(parts(ctx, cancel, tx)...)
			})
			if err == nil {
				t.Errorf("%s: %s says that it went well", name, door)
			}
			assertClean(t, s)
			if names, err := firstNames(in(t, f.beta), s); err != nil || fmt.Sprint(names) != "[beta]" {
				t.Errorf("%s: after %s the next borrower sees %v (%v)", name, door, names, err)
			}
		}
	}
}

// through runs fn in a transaction and returns a panic as an error.
func through(ctx context.Context, s *store.Store, fn func(context.Context, context.CancelFunc, *store.Tx) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, cancel, tx) })
}

func TestTheFirstErrorOfThePartsComesBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	err := s.Snapshot(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		return tx.Together(
			func() error { _, err := tx.ServiceGet(ctx, uuid.New()); return err },
			func() error { return errors.New("the second, which came first") },
		)
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	err = s.Snapshot(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Together(func() error { _, err := tx.Raw().Exec(ctx, "select 1/0"); return err }); err == nil {
			t.Error("no error")
		}
		return nil
	})
	if codeOf(err) != "22012" {
		t.Errorf("a failure that was passed over: %v", err)
	}
	err = s.Snapshot(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		return tx.Together(func() error { return tx.Together() })
	})
	if err == nil {
		t.Error("Together inside Together")
	}
}

// What Last writes is there exactly when all its statements went well.
func TestTheLastRoundCommitsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	write := func(sqls ...string) error {
		return s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			parts := make([]func() error, len(sqls))
			for i, sql := range sqls {
				parts[i] = func() error { _, err := tx.Raw().Exec(ctx, sql); return err }
			}
			if err := tx.Last(parts...); err != nil && !slices.Contains(sqls, "select 'pass over'") {
				return err
			}
			return nil
		})
	}
	const one, two, fails = "update clients set last_name = 'one'", "update services set name = 'one'", "select 1/0"
	err := s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() error { _, err := tx.Raw().Exec(ctx, one); return err },
			func() error { return fault.New(fault.Conflict, "") },
		)
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a part that gave up before it asked: %v", err)
	}
	for _, sqls := range [][]string{{one, fails, two}, {one, two, fails}, {"select 'pass over'", one, fails}} {
		if err := write(sqls...); err == nil {
			t.Errorf("%v went well", sqls)
		}
	}
	if n := f.count(t, "select count(*) from clients where last_name = 'one'"); n != 0 {
		t.Errorf("%d rows of a round that failed", n)
	}
	if err := write(one, two); err != nil {
		t.Fatal(err)
	}
	if n := f.count(t, "select count(*) from clients where last_name = 'one'"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	err = s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		ask := func() error { _, err := tx.Raw().Exec(ctx, "select 1"); return err }
		if err := tx.Last(ask); err != nil {
			return err
		}
		return ask()
	})
	if err == nil {
		t.Error("a question after the last round")
	}
}

func TestPartsGoThroughAPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenantURL, platformURL := testkit.Pooler(t, f.Database)
	s := f.open(t, func(c *store.Config) {
		c.TenantURL, c.PlatformURL = tenantURL+"&default_query_exec_mode=cache_describe", platformURL+"&default_query_exec_mode=cache_describe"
	})
	for i := range 20 {
		ctx, own := in(t, f.alfa), "alfa"
		if i%2 == 1 {
			ctx, own = in(t, f.beta), "beta"
		}
		var client, service string
		err := s.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
			return tx.Last(
				func() error { return tx.Raw().QueryRow(ctx, "select first_name from clients").Scan(&client) },
				func() error { return tx.Raw().QueryRow(ctx, "select name from services").Scan(&service) },
			)
		})
		if err != nil || client != own || service != own {
			t.Fatalf("%s sees %s and %s (%v)", own, client, service, err)
		}
	}
}
