// Package sweep removes what nobody can use any more: sessions that have ended, links
// and challenges that have run out, failed sign-ins that count no longer, and the keys
// of forms that were answered long ago.
//
// Invites stay, since a clinic's team page and the page of an invite that is no longer
// good show them, and so do grants to support, which the clinic's owner may look up.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

const (
	// Every is how often the sweep runs.
	Every = time.Hour
	// resetKept is for how long a link for a new password that has run out is said to
	// have; later nobody knows it.
	resetKept = 30 * 24 * time.Hour
	// batch is how many rows a transaction removes: some milliseconds, so that no lock
	// is held for long and a run that is cut off has lost little.
	batch = 1000
	// mostBatches bounds a run, which begins where the last one stopped.
	mostBatches = 200
)

// Arguments is the job that sweeps; there is nothing to say to it.
type Arguments struct{}

// Kind names the job in the queue's table.
func (Arguments) Kind() string { return "sweep" }

// KindAliases are the sweeps that this one took the place of. One of them may wait when a
// new program starts, and an old copy beside it puts in another each hour; without a
// worker it would fail for three weeks.
func (Arguments) KindAliases() []string { return []string{"session_sweep", "challenge_sweep"} }

// InsertOpts lets one sweep wait or run at a time, whatever copies of the program ask.
// Two that run all the same step around each other's rows.
func (Arguments) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: Every / 2}}
}

// Worker sweeps by both doors: what people leave as the platform, forms' keys clinic by clinic.
type Worker struct {
	river.WorkerDefaults[Arguments]
	Store *store.Store
	// Idle is how long a session lasts unused.
	Idle time.Duration
}

// remove deletes at most so many rows and returns how many.
type remove func(ctx context.Context, tx *store.Tx, most int32) (int64, error)

// Work sweeps every table. One that cannot be swept does not hold up the others.
func (w *Worker) Work(ctx context.Context, _ *river.Job[Arguments]) error {
	var failures []error
	for _, of := range w.platform() {
		failures = append(failures, emptied(ctx, w.Store.Platform, of))
	}
	tenants, err := w.Store.PlatformStatement().SweepTenantList(ctx)
	failures = append(failures, err)
	for _, id := range tenants {
		failures = append(failures, w.tenant(ctx, id))
	}
	return errors.Join(failures...)
}

// platform are the tables that the platform's login sweeps.
func (w *Worker) platform() []remove {
	return []remove{
		func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
			return tx.SweepSessions(ctx, db.SweepSessionsParams{Idle: w.Idle, Most: most})
		},
		func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
			return tx.SweepChallenges(ctx, most)
		},
		func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
			return tx.SweepPasswordResets(ctx, db.SweepPasswordResetsParams{Kept: resetKept, Most: most})
		},
		func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
			return tx.SweepSignInFailures(ctx, db.SweepSignInFailuresParams{Quiet: guard.AttemptQuiet, Most: most})
		},
		func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
			return tx.SweepPlatformIdempotencyKeys(ctx, db.SweepPlatformIdempotencyKeysParams{Kept: submission.Kept, Most: most})
		},
	}
}

// tenant sweeps what is one clinic's own, by the clinic's login and beneath its policies.
func (w *Worker) tenant(ctx context.Context, id uuid.UUID) error {
	return emptied(actor.With(ctx, actor.System(id)), w.Store.Tenant, func(ctx context.Context, tx *store.Tx, most int32) (int64, error) {
		return tx.SweepIdempotencyKeys(ctx, db.SweepIdempotencyKeysParams{Kept: submission.Kept, Most: most})
	})
}

type door func(context.Context, func(context.Context, *store.Tx) error) error

// emptied removes batch after batch, each in a transaction of its own.
func emptied(ctx context.Context, enter door, of remove) error {
	for range mostBatches {
		var removed int64
		err := enter(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = of(ctx, tx, batch)
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		if removed < batch {
			return nil
		}
	}
	return nil
}
