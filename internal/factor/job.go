package factor

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"frontdesk/internal/store"
)

// SweepArguments is the job that removes challenges which nobody can answer any more.
type SweepArguments struct{}

// Kind implements river.JobArgs.
func (SweepArguments) Kind() string { return "challenge_sweep" }

// SweepEvery is how often it runs.
const SweepEvery = time.Hour

// SweepWorker does the job.
type SweepWorker struct {
	river.WorkerDefaults[SweepArguments]
	Store *store.Store
}

// Work implements river.Worker.
func (w *SweepWorker) Work(ctx context.Context, _ *river.Job[SweepArguments]) error {
	return w.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.ChallengeSweep(ctx) })
}
