package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/testkit"
)

func TestADoorInsideADoorIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	ctx := in(t, f.alfa)
	nothing := func(context.Context, *store.Tx) error { return nil }
	for name, open := range map[string]func(context.Context) error{
		"tenant":            func(ctx context.Context) error { return s.Tenant(ctx, nothing) },
		"platform":          func(ctx context.Context) error { return s.Platform(ctx, nothing) },
		"snapshot":          func(ctx context.Context) error { return s.Snapshot(ctx, nothing) },
		"platform snapshot": func(ctx context.Context) error { return s.PlatformSnapshot(ctx, nothing) },
		"read":              func(ctx context.Context) error { _, err := firstNames(ctx, s); return err },
		"statement": func(ctx context.Context) error {
			_, err := s.PlatformStatement().TenantGet(ctx, f.alfa)
			return err
		},
	} {
		err := s.Tenant(ctx, func(ctx context.Context, _ *store.Tx) error { return open(ctx) })
		if err == nil || fault.KindOf(err) != "" {
			t.Errorf("%s inside a door: %v", name, err)
		}
	}
}

func TestWithoutATenantNothingIsAsked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	if err := rename(t.Context(), s, "x"); err == nil {
		t.Error("a door opened without a tenant")
	}
	if _, err := s.Statement(t.Context()).ServiceGet(t.Context(), f.alfa); err == nil {
		t.Error("a read went through without a tenant")
	}
	if err := rename(in(t, uuid.Nil), s, "x"); err == nil {
		t.Error("a door opened for the zero tenant")
	}
}

func TestHazard030APanicOrCancelledTransactionLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 1 })
	if err := rename(in(t, f.alfa), s, "whole"); err != nil {
		t.Fatal(err)
	}
	assertClean(t, s)
	panicking := func(_ context.Context, cancel context.CancelFunc) { panic("at the desk") }
	cancelling := func(_ context.Context, cancel context.CancelFunc) { cancel() }
	for name, end := range map[string]func(context.Context, context.CancelFunc){"panic": panicking, "cancel": cancelling} {
		ended := endMidway(in(t, f.alfa), s, end)
		if ended == nil {
			t.Errorf("%s: the transaction says that it went well", name)
		}
		assertClean(t, s)
		if n := f.count(t, "select count(*) from clients where last_name = 'half'"); n != 0 {
			t.Errorf("%s: %d rows of a transaction that did not end", name, n)
		}
		if names, err := firstNames(in(t, f.beta), s); err != nil || fmt.Sprint(names) != "[beta]" {
			t.Errorf("%s: the next borrower sees %v (%v)", name, names, err)
		}
	}
}

// endMidway writes and then ends a transaction by force.
func endMidway(ctx context.Context, s *store.Store, end func(context.Context, context.CancelFunc)) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Raw().Exec(ctx, "update clients set last_name = 'half'"); err != nil {
			return err
		}
		end(ctx, cancel)
		_, err := tx.Raw().Exec(ctx, "select 1")
		return err
	})
}

// assertClean borrows the one connection of the pool and finds no tenant on it.
func assertClean(t *testing.T, s *store.Store) {
	t.Helper()
	connection, err := s.TenantPool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Release()
	var tenant string
	if err := connection.QueryRow(t.Context(), "select coalesce(current_setting('app.tenant_id', true), '')").Scan(&tenant); err != nil {
		t.Fatal(err)
	}
	if tenant != "" {
		t.Errorf("a borrowed connection still stands in tenant %s", tenant)
	}
	if _, err := connection.Exec(t.Context(), "select from clients"); err == nil {
		t.Error("a connection without a tenant reads clients")
	}
}

func TestADeadlockIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.Patience.Lock = 5 * time.Second })
	for _, name := range []string{"first", "second"} {
		f.exec(t, "insert into clients (tenant_id, id, first_name) values ($1, $2, $3)", f.alfa, uuid.Must(uuid.NewV7()), name)
	}
	var both sync.WaitGroup
	both.Add(2)
	var tries atomic.Int32
	update := func(order ...string) error {
		met := false
		return s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			tries.Add(1)
			for i, name := range order {
				if _, err := tx.Raw().Exec(ctx, "update clients set last_name = 'done' where first_name = $1", name); err != nil {
					return err
				}
				if i == 0 && !met {
					met = true
					both.Done()
					both.Wait()
				}
			}
			return nil
		})
	}
	results := make(chan error, 2)
	go func() { results <- update("first", "second") }()
	go func() { results <- update("second", "first") }()
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if tries.Load() < 3 {
		t.Errorf("%d tries: the two did not meet", tries.Load())
	}
}

func TestHazard088TerminatedConnectionsCostOneErrorEach(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 3 })
	var warm sync.WaitGroup
	for range 3 {
		warm.Go(func() {
			if err := rename(in(t, f.alfa), s, "warm"); err != nil {
				t.Error(err)
			}
		})
	}
	warm.Wait()
	f.exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'frontdesk_tenant' and datname = current_database()")
	failed := 0
	for i := range 20 {
		var err error
		if i%2 == 0 {
			err = rename(in(t, f.alfa), s, "after")
		} else {
			_, err = firstNames(in(t, f.alfa), s)
		}
		if err == nil {
			continue
		}
		failed++
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("a lost connection reads as %v", err)
		}
	}
	if failed > 3 {
		t.Errorf("%d errors for 3 connections", failed)
	}
}

func TestHazard088ASilentDatabaseIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	line, through := testkit.NewDatabaseProxy(t, f.TenantURL)
	s := f.open(t, func(c *store.Config) {
		c.TenantURL, c.PoolSize = through, 2
		c.Patience = store.Patience{Transaction: 300 * time.Millisecond, Acquire: 200 * time.Millisecond}
	})
	ctx := in(t, f.alfa)
	if _, err := firstNames(ctx, s); err != nil {
		t.Fatal(err)
	}
	line.Silent.Store(true)
	for name, ask := range map[string]func() error{
		"read":  func() error { _, err := firstNames(ctx, s); return err },
		"write": func() error { return rename(ctx, s, "x") },
		"again": func() error { return rename(ctx, s, "x") },
	} {
		started := time.Now()
		err := ask()
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("%s hung for %s", name, took)
		}
	}
	line.Heal()
	eventually(t, func() error { return rename(ctx, s, "back") })
}

// eventually waits for what heals by itself; the pool's own time is real time.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("did not heal: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestHazard089ALostCommitIsUnavailableAndItsKeyTellsTheOutcome(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	line, through := testkit.NewDatabaseProxy(t, f.TenantURL)
	s := f.open(t, func(c *store.Config) { c.TenantURL = through })
	ctx, key := in(t, f.alfa), uuid.New()
	submit := func() (location string, err error) {
		err = s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
			location, err = tx.Once(ctx, "/clients", submission.Key{ID: key}, func() (string, error) {
				id := uuid.Must(uuid.NewV7())
				_, err := tx.Raw().Exec(ctx, "insert into clients (id, first_name) values ($1, 'once')", id)
				return "/clients/" + id.String(), err
			})
			return err
		})
		return location, err
	}
	mark := []byte("commit")
	line.CutAt.Store(&mark)
	made, err := submit()
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("a lost commit reads as %v", err)
	}
	line.CutAt.Store(nil)
	var again string
	eventually(t, func() (err error) { again, err = submit(); return err })
	if n := f.count(t, "select count(*) from clients where first_name = 'once'"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	if again != made {
		t.Errorf("the key leads to %s, and %s was made", again, made)
	}
}

func TestHazard090ALockedRowIsGivenUpSoon(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize, c.Patience.Lock = 1, 200*time.Millisecond })
	// A connection prepares a statement before it knows the limits, so that one
	// that has never run waits as long as a silent database: ten seconds.
	if _, err := firstNames(in(t, f.alfa), s); err != nil {
		t.Fatal(err)
	}
	if err := s.PlatformWrite().SessionTouch(t.Context(), make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	blocker, err := f.superuser.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Rollback(context.Background())
	if _, err := blocker.Exec(t.Context(), "select from clients for update"); err != nil {
		t.Fatal(err)
	}
	assertRetryLater(t, func() error { return rename(in(t, f.alfa), s, "x") })

	// A read waits for no row, but for a table that is being changed.
	if _, err := blocker.Exec(t.Context(), "lock table clients in access exclusive mode; lock table sessions in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	assertRetryLater(t, func() error { _, err := firstNames(in(t, f.alfa), s); return err })
	assertRetryLater(t, func() error {
		return s.PlatformWrite().SessionTouch(t.Context(), make([]byte, 32))
	})
}

func TestHazard090TheDefaultsGiveUpInTwoSeconds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	blocker, err := f.superuser.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Rollback(context.Background())
	if _, err := blocker.Exec(t.Context(), "select from clients for update"); err != nil {
		t.Fatal(err)
	}
	assertRetryLater(t, func() error { return rename(in(t, f.alfa), s, "x") })
}

func assertRetryLater(t *testing.T, ask func() error) {
	t.Helper()
	started := time.Now()
	err := ask()
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("told %v", err)
		return
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
	if found, ok := errors.AsType[*fault.Error](err); !ok || found.RetryAfter <= 0 {
		t.Error("no word on when to come back")
	}
}

func TestHazard090AnExhaustedPoolIsGivenUpSoonAndHeals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize, c.Patience.Acquire = 1, 200*time.Millisecond })
	held, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			// A transaction takes its connection with its first question.
			_, err := tx.Raw().Exec(ctx, "select")
			close(held)
			<-free
			return err
		})
	}()
	<-held
	assertRetryLater(t, func() error { return rename(in(t, f.beta), s, "x") })
	assertRetryLater(t, func() error { _, err := firstNames(in(t, f.beta), s); return err })
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := rename(in(t, f.beta), s, "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestHazard090ADatabaseThatTakesNoMoreConnectionsIsUnavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	f.exec(t, "do $$ begin execute format('alter database %I connection limit 0', current_database()); end $$")
	f.exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'frontdesk_tenant' and datname = current_database()")
	for range 6 {
		assertRetryLater(t, func() error { return rename(in(t, f.alfa), s, "x") })
	}
	f.exec(t, "do $$ begin execute format('alter database %I connection limit -1', current_database()); end $$")
	eventually(t, func() error { return rename(in(t, f.alfa), s, "back") })
}

func TestALoginThatIsNotTheRunTimeOneIsRefused(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	for _, url := range []string{database.SuperuserURL, database.OwnerURL, database.PlatformURL} {
		opened, err := store.Open(t.Context(), store.Config{TenantURL: url, PlatformURL: database.PlatformURL, PoolSize: 1})
		if err == nil {
			opened.Close()
			t.Errorf("%s was taken for the tenant login", url)
		}
	}
}

func TestASnapshotSeesOneStateWhateverIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	err := s.PlatformSnapshot(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.TenantGet(ctx, f.alfa)
		if err != nil {
			return err
		}
		f.exec(t, "update tenants set name = 'Renamed meanwhile' where id = $1", f.alfa)
		after, err := tx.TenantGet(ctx, f.alfa)
		if err == nil && after.Name != before.Name {
			t.Errorf("%q has become %q", before.Name, after.Name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What Postgres says of its own libraries comes under several codes: beneath a running
// server they are of another version, half written, or gone, until it is started anew.
func TestHazard108ALibraryThatCannotBeLoadedIsADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	folder, err := os.MkdirTemp("", "library-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	var installed string
	if err := f.superuser.QueryRow(t.Context(), "select setting from pg_config where name = 'PKGLIBDIR'").Scan(&installed); err != nil {
		t.Fatal(err)
	}
	shell := func(command string) {
		if output, err := exec.CommandContext(t.Context(), "sh", "-euc", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, output)
		}
	}
	shell("chmod 755 " + folder)
	for name, upgrade := range map[string]string{
		"half written": "echo x > %s", "gone": "rm %s", "of another version": "cp " + installed + "/dict_snowball.so %s",
	} {
		library := filepath.Join(folder, strings.ReplaceAll(name, " ", "_")+".so")
		shell("cp " + installed + "/btree_gist.so " + library)
		f.exec(t, fmt.Sprintf("create or replace function of_a_library(oid) returns void language c as '%s', 'gbtreekey_in'", library))
		shell("rm " + library + " && touch " + library + " && " + fmt.Sprintf(upgrade, library)) // its mapped file stays as it is
		err := s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Raw().Exec(ctx, "select of_a_library(0)")
			return err
		})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
