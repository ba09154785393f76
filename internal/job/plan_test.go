package job_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/job"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// reminderArguments are of a noun as later ones will be: its row holds the plan.
type reminderArguments struct {
	ID    uuid.UUID `json:"id"`
	DueAt time.Time `json:"due_at"`
}

func (reminderArguments) Kind() string { return "test_reminder" }

type reminderWorker struct {
	river.WorkerDefaults[reminderArguments]
	store *store.Store
	// took is told of each job whether it found its plan.
	took chan bool
}

func (w *reminderWorker) Work(ctx context.Context, planned *river.Job[reminderArguments]) error {
	var took bool
	err := w.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		tag, err := tx.Raw().Exec(ctx, "update reminders set due_at = null, done = done + 1 where id = $1 and due_at = $2", planned.Args.ID, planned.Args.DueAt)
		took = tag.RowsAffected() == 1
		return err
	})
	w.took <- took
	return err
}

type planned struct {
	t         *testing.T
	database  testkit.Database
	superuser *pgx.Conn
	store     *store.Store
	queue     *job.Queue
	took      chan bool
}

func newPlanned(t *testing.T) *planned {
	t.Helper()
	database := testkit.NewDatabase(t)
	p := &planned{t: t, database: database, superuser: testkit.Connect(t, database.SuperuserURL), took: make(chan bool, 10)}
	if _, err := p.superuser.Exec(t.Context(), `create table reminders (id uuid primary key, due_at timestamptz, done integer not null default 0);
		grant select, insert, update on reminders to frontdesk_platform`); err != nil {
		t.Fatal(err)
	}
	p.deploy()
	return p
}

// deploy puts a process of its own in place of the one that there is, without the kinds
// of job that only a later program knows.
func (p *planned) deploy(unknown ...string) {
	p.t.Helper()
	p.store = p.database.Store(p.t)
	workers := river.NewWorkers()
	if !slices.Contains(unknown, reminderArguments{}.Kind()) {
		river.AddWorker(workers, &reminderWorker{store: p.store, took: p.took})
	}
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[otherArguments]) error {
		p.took <- false
		return nil
	}))
	queue, err := job.New(p.store, job.Options{Log: slog.New(slog.DiscardHandler), Workers: workers, Concurrency: 2, Poll: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.queue = queue
}

// otherArguments are of a job that every program knows.
type otherArguments struct{}

func (otherArguments) Kind() string { return "test_other" }

// plan sets the row's time, which may be the same again, and plans the job.
func (p *planned) plan(id uuid.UUID, at time.Time) {
	p.t.Helper()
	err := p.store.Platform(p.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "insert into reminders (id, due_at) values ($1, $2) on conflict (id) do update set due_at = excluded.due_at", id, at)
		if err != nil {
			return err
		}
		return p.queue.Plan(ctx, tx, reminderArguments{ID: id, DueAt: at}, at)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// work does the jobs that are due, of which there are so many, and counts those that
// found their plan.
func (p *planned) work(jobs int) (took int) {
	p.t.Helper()
	if err := p.queue.Start(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	defer func() {
		if err := p.queue.Stop(context.WithoutCancel(p.t.Context())); err != nil {
			p.t.Error(err)
		}
	}()
	bound := time.After(time.Minute)
	for range jobs {
		select {
		case found := <-p.took:
			if found {
				took++
			}
		case <-bound:
			p.t.Fatal("a job that is due is not done")
		}
	}
	return took
}

func (p *planned) done(id uuid.UUID) (done int) {
	p.t.Helper()
	if err := p.superuser.QueryRow(p.t.Context(), "select done from reminders where id = $1", id).Scan(&done); err != nil {
		p.t.Fatal(err)
	}
	return done
}

// long are instants that have passed, so that their jobs are due.
var long = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestAPlanThatWasMovedOrCancelledOrIsDoneTwiceIsFoundVoid(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	moved, cancelled, twice := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	p.plan(moved, long)
	p.plan(moved, long.Add(time.Hour))
	p.plan(cancelled, long)
	if _, err := p.superuser.Exec(t.Context(), "update reminders set due_at = null where id = $1", cancelled); err != nil {
		t.Fatal(err)
	}
	p.plan(twice, long)
	p.plan(twice, long)
	if took := p.work(5); took != 2 {
		t.Errorf("of five jobs %d found a plan, not two", took)
	}
	for id, want := range map[uuid.UUID]int{moved: 1, cancelled: 0, twice: 1} {
		if done := p.done(id); done != want {
			t.Errorf("done %d times, not %d", done, want)
		}
	}
}

func TestAJobThatIsPlannedWaitsForItsTime(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	due, later := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	at := time.Date(2199, 1, 1, 9, 0, 0, 0, time.UTC)
	p.plan(later, at)
	p.plan(due, long)
	if took := p.work(1); took != 1 || p.done(due) != 1 || p.done(later) != 0 {
		t.Errorf("%d taken, %d of what is due and %d of what is not", took, p.done(due), p.done(later))
	}
	var state string
	var scheduled time.Time
	err := p.superuser.QueryRow(t.Context(), "select state, scheduled_at from river.river_job where args->>'id' = $1::text", later.String()).Scan(&state, &scheduled)
	if err != nil || state != "scheduled" || !scheduled.Equal(at) {
		t.Errorf("it is %s for %s: %v", state, scheduled, err)
	}
}

func TestAPlanOfATransactionThatFailsIsNotMade(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	err := p.store.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := p.queue.Plan(ctx, tx, reminderArguments{ID: uuid.Must(uuid.NewV7()), DueAt: long}, long); err != nil {
			return err
		}
		return context.Canceled
	})
	var jobs int
	if scanErr := p.superuser.QueryRow(t.Context(), "select count(*) from river.river_job").Scan(&jobs); scanErr != nil || err == nil || jobs != 0 {
		t.Errorf("%d jobs: %v, %v", jobs, err, scanErr)
	}
}

func TestAPlanOutlivesTheProcessThatMadeItAndIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	kept, moved := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	p.plan(kept, long)
	p.plan(moved, long)
	p.deploy()
	p.plan(moved, long.Add(time.Hour))
	p.deploy()
	if took := p.work(3); took != 2 || p.done(kept) != 1 || p.done(moved) != 1 {
		t.Errorf("%d plans found; the one done %d times, the other %d", took, p.done(kept), p.done(moved))
	}
}

// In a rolling deploy an old copy may take a job that only the new program knows.
func TestHazard094APlanThatAnOldCopyTakesIsLeftForTheNewOne(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	id := uuid.Must(uuid.NewV7())
	p.plan(id, long)
	err := p.store.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error { return p.queue.Enqueue(ctx, tx, otherArguments{}) })
	if err != nil {
		t.Fatal(err)
	}
	makeAvailable := "update river.river_job set state = 'available', scheduled_at = now() where kind = 'test_reminder'"
	if _, err := p.superuser.Exec(t.Context(), makeAvailable); err != nil {
		t.Fatal(err)
	}
	p.deploy(reminderArguments{}.Kind())
	p.work(1)
	var state string
	var failures int
	err = p.superuser.QueryRow(t.Context(), "select state, coalesce(array_length(errors, 1), 0) from river.river_job where kind = 'test_reminder'").Scan(&state, &failures)
	if err != nil || failures != 1 || state != "retryable" && state != "available" || p.done(id) != 0 {
		t.Fatalf("the old copy left it %s after %d failures, done %d times: %v", state, failures, p.done(id), err)
	}
	// Its turn comes by itself, a second later; the test does not wait for it.
	if _, err := p.superuser.Exec(t.Context(), makeAvailable); err != nil {
		t.Fatal(err)
	}
	p.deploy()
	if took := p.work(1); took != 1 || p.done(id) != 1 {
		t.Errorf("%d taken, done %d times", took, p.done(id))
	}
}
