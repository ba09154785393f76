package job

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

const (
	// roundEvery is how often a process says that it lives, and looks after the others.
	roundEvery = 4 * time.Second
	// roundsOfSilence is for how many rounds in a row a process has to stand still before
	// it counts as ended: what it held is free within 20 s, and worked on a second later
	// (hazard 129). Rounds are counted and no time is measured, so that a machine that
	// slept, its processes and its database with it, wakes up with all of them living.
	roundsOfSilence = 4
)

// Watch is one process's part in finding the processes that ended without a word. River
// finds their jobs as well, after minutes.
type Watch struct {
	store *store.Store
	// id is the process's own.
	id   uuid.UUID
	seen map[uuid.UUID]sighting
}

// sighting is a process's number, and for how many rounds it has stood still.
type sighting struct {
	beat  int64
	still int
}

// NewWatch returns the watch of a process that works, by the id under which its jobs run.
func NewWatch(s *store.Store, id uuid.UUID) *Watch { return &Watch{store: s, id: id} }

// Round says that the process lives, and frees what those held that have ended.
func (w *Watch) Round(ctx context.Context) error {
	silent, err := w.look(ctx)
	if err != nil {
		return err
	}
	for _, ended := range silent {
		if err := w.bury(ctx, ended); err != nil {
			return err
		}
	}
	return nil
}

// look returns those that have stood still for long enough.
func (w *Watch) look(ctx context.Context) (silent []db.Worker, err error) {
	var rows []db.Worker
	err = w.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.WorkerBeat(ctx, w.id); err != nil {
			return err
		}
		rows, err = tx.WorkerList(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look after the processes that work: %w", err)
	}
	seen := make(map[uuid.UUID]sighting, len(rows))
	for _, row := range rows {
		now := sighting{beat: row.Beat}
		if before, known := w.seen[row.ID]; known && before.beat == row.Beat {
			now.still = before.still + 1
		}
		seen[row.ID] = now
		if now.still >= roundsOfSilence {
			silent = append(silent, row)
		}
	}
	w.seen = seen
	return silent, nil
}

// processEnded is what a job says of an attempt that its process did not live to end.
const processEnded = "its process ended"

// freeJobs lets the jobs of an ended process run again. That a process ends is seldom its
// job's fault, so that the last attempt is not lost by it; of one that goes with its
// process time after time it is.
const freeJobs = `
update ` + store.JobSchema + `.river_job as job
set state = (case when job.metadata ? 'cancel_attempted_at' then 'cancelled' when again then 'available' else 'discarded' end)::` + store.JobSchema + `.river_job_state,
    max_attempts = case when again then greatest(job.max_attempts, job.attempt + 1) else job.max_attempts end,
    finalized_at = case when again and not job.metadata ? 'cancel_attempted_at' then null else now() end,
    scheduled_at = now(),
    errors = array_append(job.errors, jsonb_build_object('at', now(), 'attempt', job.attempt, 'error', $2::text, 'trace', ''))
from (
    select id, attempt < max_attempts or (select count(*) from unnest(errors) as failure where failure ->> 'error' = $2::text) < 2 as again
    from ` + store.JobSchema + `.river_job where state = 'running' and attempted_by[cardinality(attempted_by)] = $1::text
) as held
where job.id = held.id and job.state = 'running'`

// bury frees what an ended process held. Of several that find it one does so.
func (w *Watch) bury(ctx context.Context, ended db.Worker) error {
	err := w.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		buried, err := tx.WorkerBury(ctx, db.WorkerBuryParams(ended))
		if err != nil || buried == 0 {
			return err
		}
		_, err = tx.Raw().Exec(ctx, freeJobs, ended.ID.String(), processEnded)
		return err
	})
	if err != nil {
		return fmt.Errorf("free the jobs of a process that ended: %w", err)
	}
	return nil
}

// end says that the process works no more and holds nothing.
func (w *Watch) end(ctx context.Context) error {
	return w.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.WorkerEnd(ctx, w.id) })
}

// run goes its rounds until ctx ends. One that fails, as while the database is away, is
// no reason to stop: whoever cannot say that they live cannot look after others either.
func (w *Watch) run(ctx context.Context, log *slog.Logger) {
	ticks := time.NewTicker(roundEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if err := w.Round(ctx); err != nil && ctx.Err() == nil {
				log.LogAttrs(ctx, slog.LevelWarn, "the processes that work were not looked after", slog.String("error", err.Error()))
			}
		}
	}
}

// Worker names the process that the job of ctx runs in, as its row in workers does; nil
// outside of a job.
func Worker(ctx context.Context) *uuid.UUID {
	client, err := river.ClientFromContextSafely[pgx.Tx](ctx)
	if err != nil {
		return nil
	}
	id, err := uuid.Parse(client.ID())
	if err != nil {
		return nil
	}
	return &id
}
