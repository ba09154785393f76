// Package job runs slow or outside work after the transaction that asked for it.
// Jobs live in the same Postgres (River), so that one is enqueued exactly when
// what caused it is committed. Arguments hold ids only; a worker looks them up
// inside their tenant.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"frontdesk/internal/store"
)

// Options say what a queue does in this process.
type Options struct {
	Log *slog.Logger
	// Workers do the jobs, once Start is called.
	Workers *river.Workers
	// Periodic are enqueued on a schedule by one of all the copies of the
	// program.
	Periodic []*river.PeriodicJob
	// Concurrency is how many jobs run at once in this process.
	Concurrency int
	// Queues are further queues by name, each with how many of its jobs run at once:
	// for jobs that wait for others' servers, so that these never hold up the rest.
	Queues map[string]int
	// Poll asks for jobs instead of listening: behind a pooler in transaction
	// mode there is nothing to listen on.
	Poll bool
}

// Queue is the installation's job queue.
type Queue struct {
	client *river.Client[pgx.Tx]
	watch  *Watch
	log    *slog.Logger
	// started is true once this process works; unwatch then ends its rounds and waits
	// until they have ended.
	started atomic.Bool
	unwatch func()
}

const (
	// jobTimeout is how long one run of a job may take.
	jobTimeout = 2 * time.Minute
	// lease is after how long a job counts as lost, and runs again (hazard 82), where no
	// Watch has found its process ended before.
	lease = 3 * time.Minute
)

// New returns the queue. It does nothing until Start.
func New(s *store.Store, options Options) (*Queue, error) {
	id := uuid.New()
	config := &river.Config{
		ID: id.String(), Schema: store.JobSchema, Logger: options.Log, PollOnly: options.Poll,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: lease, FetchPollInterval: time.Second,
		Workers: options.Workers, PeriodicJobs: options.Periodic,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(options.Concurrency, 1)}},
	}
	for name, concurrency := range options.Queues {
		config.Queues[name] = river.QueueConfig{MaxWorkers: concurrency}
	}
	client, err := river.NewClient(attentive{riverpgxv5.New(s.PlatformPool())}, config)
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client: client, watch: NewWatch(s, id), log: options.Log}, nil
}

// Working returns the queue that the job of ctx runs in, for jobs that enqueue
// further ones. It is for workers alone: elsewhere it panics.
func Working(ctx context.Context) *Queue {
	return &Queue{client: river.ClientFromContext[pgx.Tx](ctx)}
}

// Enqueue adds a job in the transaction: of a tenant or of the platform.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, arguments river.JobArgs) error {
	if _, err := q.client.InsertTx(ctx, tx.Raw(), arguments, nil); err != nil {
		return fmt.Errorf("enqueue %s: %w", arguments.Kind(), err)
	}
	return nil
}

// Plan adds a job that is not begun before an instant. Nobody looks for it in the queue
// when the plan changes: the noun's row holds the instant that it is planned for, the
// arguments the id and that instant, and the worker begins by taking the plan off the
// row, where both are still so:
//
//	update reminders set due_at = null where id = @id and due_at = @due_at
//
// A job that takes no row is void, and done: its plan was moved, which made a job of its
// own, or cancelled, or was carried out before.
func (q *Queue) Plan(ctx context.Context, tx *store.Tx, arguments river.JobArgs, at time.Time) error {
	if _, err := q.client.InsertTx(ctx, tx.Raw(), arguments, &river.InsertOpts{ScheduledAt: at}); err != nil {
		return fmt.Errorf("plan %s: %w", arguments.Kind(), err)
	}
	return nil
}

// Start begins to work. That the process lives is known before its first job.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.watch.Round(ctx); err != nil {
		return err
	}
	if err := q.client.Start(ctx); err != nil {
		return err
	}
	watching, end := context.WithCancel(ctx)
	var rounds sync.WaitGroup
	rounds.Go(func() { q.watch.run(watching, q.log) })
	q.unwatch = func() { end(); rounds.Wait() }
	q.started.Store(true)
	return nil
}

// Stop lets jobs that run now finish, until ctx ends; then it cancels them, and
// they run again later. It does nothing where Start was not called.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.started.CompareAndSwap(true, false) {
		return nil
	}
	err := q.client.Stop(ctx)
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if errors.Is(err, context.DeadlineExceeded) {
		err = q.client.StopAndCancel(hard)
	}
	q.unwatch()
	if err != nil {
		// A job that does not end is found by another, as after a kill.
		return err
	}
	return q.watch.end(hard)
}
