package session

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// SweepArguments is the job that removes sessions which nobody can use any more, and failed
// sign-ins that no longer count.
type SweepArguments struct{}

// Kind implements river.JobArgs.
func (SweepArguments) Kind() string { return "session_sweep" }

// SweepEvery is how often it runs.
const SweepEvery = time.Hour

// SweepWorker does the job.
type SweepWorker struct {
	river.WorkerDefaults[SweepArguments]
	Store *store.Store
	// Idle is how long a session lasts unused.
	Idle time.Duration
}

// Work implements river.Worker.
func (w *SweepWorker) Work(ctx context.Context, _ *river.Job[SweepArguments]) error {
	return w.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SessionDeleteExpired(ctx, w.Idle); err != nil {
			return err
		}
		return tx.SignInFailureSweep(ctx, guard.AttemptQuiet)
	})
}
