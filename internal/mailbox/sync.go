package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/imap"
	"frontdesk/internal/job"
	"frontdesk/internal/store"
)

// Receiver keeps what arrives. It is the conversation's, which this noun does not
// know.
type Receiver interface {
	// Receive keeps one message of the mailbox, once, whatever it is made of. also
	// runs in the transaction that makes the message visible.
	Receive(ctx context.Context, mailboxID uuid.UUID, uidValidity uint32, message imap.Message,
		also func(context.Context, *store.Tx) error) error
}

const (
	// atOnce is how many messages one run reads: other mailboxes have their turn
	// between (hazard 86).
	atOnce = 200
	// mailboxesAtATime is how many of a clinic's mailboxes are read at a time, so
	// that one clinic's slow servers do not take all connections.
	mailboxesAtATime = 2
	// lease is after how long a mailbox is free again whose sync hangs. It is longer than
	// a job may run; what has ended with its process is free long before (job.Watch).
	lease = 3 * time.Minute
)

// Outcome says how a run ended.
type Outcome int

// The outcomes.
const (
	Done           Outcome = iota // read to the end, or a failure is noted
	More                          // there is more to read
	Skipped                       // another sync has the mailbox, or it is switched off
	Crowded                       // enough of the clinic's mailboxes are being read
	TenantInactive                // the clinic is suspended or deleted
)

// Sync reads mailboxes.
type Sync struct {
	Store     *store.Store
	IMAP      *imap.Client
	Passwords Passwords
	Receiver  Receiver
	Log       *slog.Logger
}

// errLost means that the mailbox was taken from this run: it was edited, or the
// run took too long.
var errLost = errors.New("the mailbox is no longer this run's")

// Run reads what is new in a mailbox of the actor's clinic, up to a bound. Mail
// that has been seen by an earlier run is not doubled, also when that one was cut
// at any point (hazards 59 and 82). Its error is the database's alone: what went
// wrong with the mail server is noted with the mailbox.
func (s *Sync) Run(ctx context.Context, mailboxID uuid.UUID) (Outcome, error) {
	run := uuid.Must(uuid.NewV7())
	claimed, outcome, err := s.claim(ctx, mailboxID, run)
	if claimed == nil || err != nil {
		return outcome, err
	}
	reading := &reading{Sync: s, mailbox: claimed, run: run}
	more, err := reading.read(ctx)
	return reading.settle(ctx, more, err)
}

// claim takes the mailbox; nil when it cannot be had, with the reason.
func (s *Sync) claim(ctx context.Context, id, run uuid.UUID) (*db.MailboxClaimRow, Outcome, error) {
	var claimed *db.MailboxClaimRow
	outcome := Skipped
	err := s.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.MailboxClaim(ctx, db.MailboxClaimParams{ID: id, Run: run, Worker: job.Worker(ctx), Lease: lease, AtATime: mailboxesAtATime})
		if err == nil {
			claimed = &row
			return nil
		}
		refusal, refusalErr := tx.MailboxRefusal(ctx, id)
		switch {
		case refusalErr != nil:
			return errors.Join(err, refusalErr)
		case !refusal.TenantActive:
			outcome = TenantInactive
		case refusal.Active && !refusal.Claimed:
			outcome = Crowded
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil, Skipped, nil
	}
	return claimed, outcome, err
}
