package server

import (
	"log/slog"

	"github.com/riverqueue/river"

	"frontdesk/internal/chain"
	"frontdesk/internal/conversation"
	"frontdesk/internal/delivery"
	"frontdesk/internal/imap"
	"frontdesk/internal/job"
	"frontdesk/internal/mail"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/outbound"
	"frontdesk/internal/passwordreset"
	"frontdesk/internal/sweep"
)

// jobConcurrency is how many jobs a process does at once: they wait for mail
// servers more than they work.
const jobConcurrency = 8

// queues are those that wait for mail servers, and the sealer's. Answers have their
// own, so that slow IMAP servers never hold them up.
var queues = map[string]int{mailbox.JobQueue: 8, conversation.SendQueue: 4, chain.JobQueue: 1}

// newQueue is the job table: every kind of job with its worker, and what runs on
// a schedule.
func newQueue(parts Parts, mailer *delivery.Mailer) (*job.Queue, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &sweep.Worker{Store: parts.Store, Idle: parts.Config.SessionIdle})
	river.AddWorker(workers, &chain.SealWorker{Sealer: &chain.Sealer{
		Store: parts.Store, Keys: parts.Keys,
		Keeper: &chain.Keeper{Storage: parts.Storage, Keys: parts.Keys, Log: parts.Log, Now: parts.Now},
	}})
	river.AddWorker(workers, &passwordreset.MailWorker{
		Store: parts.Store, Delivery: mailer, Lifetime: parts.Config.PasswordResetLifetime, Limited: bool(parts.Config.RateLimit),
	})
	if err := addMailWorkers(workers, parts); err != nil {
		return nil, err
	}
	periodic := []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(chain.SealEvery),
			func() (river.JobArgs, *river.InsertOpts) { return chain.SealArguments{}, nil }, &river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(sweep.Every),
			func() (river.JobArgs, *river.InsertOpts) { return sweep.Arguments{}, nil }, nil),
		river.NewPeriodicJob(river.PeriodicInterval(parts.Config.MailSyncInterval),
			func() (river.JobArgs, *river.InsertOpts) { return mailbox.ScheduleArguments{}, nil }, &river.PeriodicJobOpts{RunOnStart: true}),
	}
	return job.New(parts.Store, job.Options{
		Log: quieter(parts.Log), Workers: workers, Periodic: periodic, Concurrency: jobConcurrency, Queues: queues, Poll: parts.Config.DatabasePooler,
	})
}

// addMailWorkers adds what reads and sends clinics' mail. The hosts are typed by
// people, so every connection goes through the guarded dialer.
func addMailWorkers(workers *river.Workers, parts Parts) error {
	dialer, err := outbound.New(parts.Config.MailAllowPrivateHosts, parts.Config.MailCAFile)
	if err != nil {
		return err
	}
	passwords := mailbox.Passwords{Keys: parts.Keys}
	river.AddWorker(workers, &mailbox.ScheduleWorker{Store: parts.Store})
	river.AddWorker(workers, &mailbox.TenantWorker{Store: parts.Store, Every: parts.Config.MailSyncInterval})
	river.AddWorker(workers, &mailbox.SyncWorker{Sync: &mailbox.Sync{
		Store: parts.Store, IMAP: &imap.Client{Dialer: dialer}, Passwords: passwords, Log: parts.Log,
		Receiver: &conversation.Receiver{Store: parts.Store, Storage: parts.Storage, Now: parts.Now},
	}})
	river.AddWorker(workers, &conversation.SendWorker{
		Store: parts.Store, Sender: &mail.Sender{Dialer: dialer}, Log: parts.Log, Password: passwords.Open,
	})
	return nil
}

// quieter keeps the queue's daily routine out of the log.
func quieter(log *slog.Logger) *slog.Logger { return slog.New(levelHandler{log.Handler()}) }
