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
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"frontdesk/internal/store"
)

// Options say what a queue does in this process.
type Options struct {
	Log *slog.Logger
	// Workers do the jobs; nil only enqueues.
	Workers *river.Workers
	// Periodic are enqueued on a schedule by one of all the copies of the
	// program.
	Periodic []*river.PeriodicJob
	// Concurrency is how many jobs run at once in this process.
	Concurrency int
	// Poll asks for jobs instead of listening: behind a pooler in transaction
	// mode there is nothing to listen on.
	Poll bool
}

// Queue is the installation's job queue.
type Queue struct {
	client *river.Client[pgx.Tx]
	works  bool
}

// New returns the queue. It does nothing until Start.
func New(s *store.Store, options Options) (*Queue, error) {
	config := &river.Config{
		Schema: store.JobSchema, Logger: options.Log, PollOnly: options.Poll,
		JobTimeout: 2 * time.Minute, FetchPollInterval: time.Second,
	}
	if options.Workers != nil {
		config.Workers = options.Workers
		config.PeriodicJobs = options.Periodic
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(options.Concurrency, 1)}}
	}
	client, err := river.NewClient(riverpgxv5.New(s.PlatformPool()), config)
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client: client, works: options.Workers != nil}, nil
}

// Enqueue adds a job in the transaction: of a tenant or of the platform.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, arguments river.JobArgs) error {
	if _, err := q.client.InsertTx(ctx, tx.Raw(), arguments, nil); err != nil {
		return fmt.Errorf("enqueue %s: %w", arguments.Kind(), err)
	}
	return nil
}

// Start begins to work, if this process has workers.
func (q *Queue) Start(ctx context.Context) error {
	if !q.works {
		return nil
	}
	return q.client.Start(ctx)
}

// Stop lets jobs that run now finish, until ctx ends; then it cancels them, and
// they run again later.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.works {
		return nil
	}
	err := q.client.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return q.client.StopAndCancel(hard)
	}
	return err
}
