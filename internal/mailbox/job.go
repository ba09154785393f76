package mailbox

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"frontdesk/internal/actor"
	"frontdesk/internal/job"
	"frontdesk/internal/store"
)

// JobQueue is the queue of the jobs that wait for mail servers.
const JobQueue = "mail"

// once is for jobs of which a second one, while the first has not ended, would do
// nothing (hazard 83).
var once = river.InsertOpts{Queue: JobQueue, MaxAttempts: 5, UniqueOpts: river.UniqueOpts{
	ByArgs: true,
	ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	},
}}

// ScheduleArguments is the job that has every clinic's mailboxes read. It runs on
// a schedule.
type ScheduleArguments struct{}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (ScheduleArguments) Kind() string { return "mailbox_schedule" }

// InsertOpts keeps it out of the queue that waits for mail servers.
func (ScheduleArguments) InsertOpts() river.InsertOpts {
	opts := once
	opts.Queue = river.QueueDefault
	return opts
}

// ScheduleWorker works as the platform: it sees which clinics are active, and
// nothing of their mailboxes.
type ScheduleWorker struct {
	river.WorkerDefaults[ScheduleArguments]
	Store *store.Store
}

// Work plans a job for each active clinic.
func (w *ScheduleWorker) Work(ctx context.Context, _ *river.Job[ScheduleArguments]) error {
	queue := job.Working(ctx)
	return w.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		tenants, err := tx.TenantListActive(ctx)
		if err != nil {
			return err
		}
		for _, id := range tenants {
			if err := queue.Enqueue(ctx, tx, TenantArguments{TenantID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// TenantArguments is the job that has one clinic's mailboxes read.
type TenantArguments struct {
	TenantID uuid.UUID `json:"tenant_id" river:"unique"`
}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (TenantArguments) Kind() string { return "mailbox_tenant" }

// InsertOpts keeps it out of the queue that waits for mail servers.
func (TenantArguments) InsertOpts() river.InsertOpts {
	opts := once
	opts.Queue = river.QueueDefault
	return opts
}

// TenantWorker works inside the clinic, and opens no connection to a mail server.
type TenantWorker struct {
	river.WorkerDefaults[TenantArguments]
	Store *store.Store
	// Every is how often a mailbox is read; one that fails waits longer.
	Every time.Duration
}

// Work plans a job for each mailbox whose turn has come.
func (w *TenantWorker) Work(ctx context.Context, asked *river.Job[TenantArguments]) error {
	queue := job.Working(ctx)
	ctx = actor.With(ctx, actor.System(asked.Args.TenantID))
	return w.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		due, err := tx.MailboxListDue(ctx, w.Every)
		if err != nil {
			return err
		}
		for _, id := range due {
			if err := queue.Enqueue(ctx, tx, SyncArguments{TenantID: asked.Args.TenantID, MailboxID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// SyncArguments is the job that reads one mailbox.
type SyncArguments struct {
	TenantID  uuid.UUID `json:"tenant_id" river:"unique"`
	MailboxID uuid.UUID `json:"mailbox_id" river:"unique"`
}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (SyncArguments) Kind() string { return "mailbox_sync" }

// InsertOpts lets one job for a mailbox wait or run at a time.
func (SyncArguments) InsertOpts() river.InsertOpts { return once }

// SyncWorker reads a mailbox as its Sync does, and asks for another turn where that has not come to the end.
type SyncWorker struct {
	river.WorkerDefaults[SyncArguments]
	Sync *Sync
}

// How long a sync waits before it goes on, and before it asks again for a turn
// among its clinic's.
const (
	pauseForMore = time.Second
	pauseForTurn = 5 * time.Second
)

// Work implements river.Worker. What a mail server does wrong is no failure of
// the job: it is kept with the mailbox, and the schedule comes again.
func (w *SyncWorker) Work(ctx context.Context, asked *river.Job[SyncArguments]) error {
	outcome, err := w.Sync.Run(actor.With(ctx, actor.System(asked.Args.TenantID)), asked.Args.MailboxID)
	switch {
	case err != nil:
		return err
	case outcome == More:
		return river.JobSnooze(pauseForMore)
	case outcome == Crowded:
		return river.JobSnooze(pauseForTurn)
	case outcome == TenantInactive:
		// Recorded with the job (hazard 85).
		return river.JobCancel(errors.New("the clinic is not active"))
	}
	return nil
}
