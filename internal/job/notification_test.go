package job_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"frontdesk/internal/job"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

const (
	// insertChannel is where River says that a queue has work.
	insertChannel = store.JobSchema + ".river_insert"
	// inserts are made, each in a transaction of its own, so many at once.
	inserts, inserters = 200, 8
)

// A transaction that notifies holds one lock of the whole database while it commits, so
// that writers of all clinics would queue there. River notifies for each queue once in
// its cooldown, however many transactions add to it meanwhile.
func TestOfManyTransactionsThatEnqueueOneInACooldownNotifies(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	listener := testkit.Connect(t, database.SuperuserURL)
	if _, err := listener.Exec(t.Context(), "listen "+pgx.Identifier{insertChannel}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	doors := database.Store(t)
	workers := river.NewWorkers()
	river.AddWorker(workers, &reminderWorker{})
	queue, err := job.New(doors, job.Options{Log: slog.New(slog.DiscardHandler), Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	enqueueMany(t, doors, queue)
	cooldowns := int(time.Since(began)/river.FetchCooldownDefault) + 1
	notified := notifications(t, database, listener)
	t.Logf("%d of %d transactions notified, in %d cooldowns", notified, inserts, cooldowns)
	if notified == 0 || notified > cooldowns {
		t.Errorf("%d of %d transactions notified, in %d cooldowns", notified, inserts, cooldowns)
	}
}

func enqueueMany(t *testing.T, doors *store.Store, queue *job.Queue) {
	t.Helper()
	var writers errgroup.Group
	writers.SetLimit(inserters)
	for range inserts {
		writers.Go(func() error {
			return doors.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return queue.Enqueue(ctx, tx, reminderArguments{ID: uuid.New()})
			})
		})
	}
	if err := writers.Wait(); err != nil {
		t.Fatal(err)
	}
}

// notifications counts those that came before one of its own, which is the last.
func notifications(t *testing.T, database testkit.Database, listener *pgx.Conn) (count int) {
	t.Helper()
	const last = "the last"
	if _, err := testkit.Connect(t, database.SuperuserURL).Exec(t.Context(), "select pg_notify($1, $2)", insertChannel, last); err != nil {
		t.Fatal(err)
	}
	ctx, giveUp := context.WithTimeout(t.Context(), time.Minute)
	defer giveUp()
	for {
		heard, err := listener.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if heard.Payload == last {
			return count
		}
		count++
	}
}
