package chain

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// SealEvery is how often what was written is sealed: every row within ten seconds.
const SealEvery = 5 * time.Second

// JobQueue is the sealer's own queue: no other work keeps a row unsealed.
const JobQueue = "audit"

// SealArguments is the job that seals both logs.
type SealArguments struct{}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (SealArguments) Kind() string { return "audit_seal" }

// InsertOpts implements river.JobArgsWithInsertOpts. One that fails is not tried
// again: the next comes in a few seconds anyway.
func (SealArguments) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: JobQueue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// SealWorker hands the job to the Sealer, which knows no queue.
type SealWorker struct {
	river.WorkerDefaults[SealArguments]
	Sealer *Sealer
}

// Work seals what waits in both logs.
func (w *SealWorker) Work(ctx context.Context, _ *river.Job[SealArguments]) error {
	return w.Sealer.Run(ctx)
}
