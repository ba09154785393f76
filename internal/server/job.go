package server

import (
	"log/slog"

	"github.com/riverqueue/river"

	"frontdesk/internal/job"
	"frontdesk/internal/session"
)

// jobConcurrency is how many jobs a process does at once: they wait for mail
// servers more than they work.
const jobConcurrency = 8

// newQueue is the job table: every kind of job with its worker, and what runs on
// a schedule.
func newQueue(parts Parts) (*job.Queue, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &session.SweepWorker{Store: parts.Store})
	periodic := []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(session.SweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return session.SweepArguments{}, nil }, nil),
	}
	return job.New(parts.Store, job.Options{
		Log: quieter(parts.Log), Workers: workers, Periodic: periodic, Concurrency: jobConcurrency, Poll: parts.Config.DatabasePooler,
	})
}

// quieter keeps the queue's daily routine out of the log.
func quieter(log *slog.Logger) *slog.Logger { return slog.New(levelHandler{log.Handler()}) }
