package job_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/job"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// longArguments are of a job that goes on until it is told to end.
type longArguments struct{}

func (longArguments) Kind() string { return "test_long" }

func TestHazard107WhatALoginAnnouncesNeitherPausesAQueueNorEndsAJob(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	doors := database.Store(t)
	begun, goOn, ended, took := make(chan int64), make(chan struct{}), make(chan error, 1), make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, long *river.Job[longArguments]) error {
		begun <- long.ID
		select {
		case <-goOn:
			ended <- nil
		case <-ctx.Done():
			ended <- context.Cause(ctx)
		}
		return nil
	}))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[otherArguments]) error {
		took <- struct{}{}
		return nil
	}))
	queue, err := job.New(doors, job.Options{Log: slog.New(slog.DiscardHandler), Workers: workers, Concurrency: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := queue.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	enqueue := func(arguments river.JobArgs) {
		err := doors.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error { return queue.Enqueue(ctx, tx, arguments) })
		if err != nil {
			t.Fatal(err)
		}
	}
	enqueue(longArguments{})
	running := received(t, "the long job has begun", begun)
	stranger := testkit.Connect(t, database.TenantURL)
	announce(t, stranger, "river_control", fmt.Sprintf(`{"action":"cancel","job_id":%d,"queue":"default"}`, running))
	announce(t, stranger, "river_control", `{"action":"pause","queue":"*"}`)
	announce(t, stranger, "river_leadership", `{"action":"request_resign"}`)
	// The third would come long after what was announced before the first.
	for range 3 {
		enqueue(otherArguments{})
		received(t, "another job is done", took)
	}
	close(goOn)
	if cause := received(t, "the long job has ended", ended); cause != nil {
		t.Errorf("the job was ended: %v", cause)
	}
}

func announce(t *testing.T, as *pgx.Conn, topic, what string) {
	t.Helper()
	if _, err := as.Exec(t.Context(), "select pg_notify($1, $2)", store.JobSchema+"."+topic, what); err != nil {
		t.Fatal(err)
	}
}

// received waits for what a worker says.
func received[T any](t *testing.T, what string, from <-chan T) (said T) {
	t.Helper()
	testkit.Eventually(t, what, func() bool {
		select {
		case said = <-from:
			return true
		default:
			return false
		}
	})
	return said
}
