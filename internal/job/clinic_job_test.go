package job_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"frontdesk/internal/actor"
	"frontdesk/internal/job"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// clinicArguments are of a job of a clinic's, of which one at a time waits or runs.
type clinicArguments struct {
	TenantID uuid.UUID `json:"tenant_id" river:"unique"`
	ID       uuid.UUID `json:"id" river:"unique"`
}

func (clinicArguments) Kind() string { return "test_clinic" }

func (clinicArguments) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// The policies know River's key of a job that is unique: another version of River may make
// another, and is found out here.
func TestHazard107AClinicsUniqueJobIsEnqueuedOnceByEitherDoor(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	doors := database.Store(t)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[clinicArguments]) error { return nil }))
	queue, err := job.New(doors, job.Options{Log: slog.New(slog.DiscardHandler), Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	enqueue := func(open func(context.Context, func(context.Context, *store.Tx) error) error, as uuid.UUID, arguments clinicArguments) error {
		return open(actor.With(t.Context(), actor.System(as)), func(ctx context.Context, tx *store.Tx) error { return queue.Enqueue(ctx, tx, arguments) })
	}
	alfa, beta, id := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for _, clinic := range []uuid.UUID{alfa, beta} {
		for range 2 {
			if err := enqueue(doors.Tenant, clinic, clinicArguments{TenantID: clinic, ID: id}); err != nil {
				t.Errorf("by the clinic: %v", err)
			}
			if err := enqueue(doors.Platform, clinic, clinicArguments{TenantID: clinic, ID: id}); err != nil {
				t.Errorf("by the platform: %v", err)
			}
		}
	}
	if err := enqueue(doors.Tenant, alfa, clinicArguments{TenantID: beta, ID: id}); err == nil {
		t.Error("a clinic enqueues for another")
	}
	if jobs := database.Count(t, "select count(*) from river.river_job"); jobs != 2 {
		t.Errorf("%d jobs are in the queue, want one for each clinic", jobs)
	}
}
