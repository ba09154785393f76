package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
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
	return s.settle(ctx, reading, more, err)
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

// reading is one run over one mailbox.
type reading struct {
	*Sync
	mailbox  *db.MailboxClaimRow
	run      uuid.UUID
	received int
}

// read opens the mailbox outside any transaction and hands on what is new.
func (r *reading) read(ctx context.Context) (more bool, err error) {
	who, _ := actor.From(ctx)
	password, err := r.Passwords.Open(who.TenantID, r.mailbox.ID, r.mailbox.PasswordSealed)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errSecret, err)
	}
	session, err := r.IMAP.Open(ctx, imap.Server{
		Host: r.mailbox.ImapHost, Port: int(r.mailbox.ImapPort), Security: imap.Security(r.mailbox.ImapSecurity),
		Username: r.mailbox.Username, Password: password,
	})
	if err != nil {
		return false, err
	}
	defer session.Close()
	inbox, err := session.Inbox()
	if err != nil {
		return false, err
	}
	last, err := r.lastUID(ctx, inbox.UIDValidity)
	if err != nil {
		return false, err
	}
	return session.Each(inbox, last, r.limit(), func(message imap.Message) error {
		err := r.Receiver.Receive(ctx, r.mailbox.ID, inbox.UIDValidity, message, func(ctx context.Context, tx *store.Tx) error {
			return found(tx.MailboxAdvance(ctx, db.MailboxAdvanceParams{ID: r.mailbox.ID, Run: r.run, Uid: int64(message.UID)}))
		})
		if err == nil {
			r.received++
		}
		return err
	})
}

// lastUID returns that of the last message that was read, and begins anew when the server has
// numbered its messages anew.
func (r *reading) lastUID(ctx context.Context, validity uint32) (uint32, error) {
	if r.mailbox.Uidvalidity != nil && *r.mailbox.Uidvalidity == int64(validity) {
		return uint32(r.mailbox.LastUid), nil
	}
	return 0, r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return found(tx.MailboxRenew(ctx, db.MailboxRenewParams{ID: r.mailbox.ID, Run: r.run, Uidvalidity: int64(validity)}))
	})
}

// limit shrinks with each failure in a row: over a line on which a portion does
// not arrive in time, at last one message is asked for at a time.
func (r *reading) limit() int { return max(1, atOnce>>(2*min(r.mailbox.SyncFailures, 10))) }

func found(rows int64, err error) error {
	if err == nil && rows == 0 {
		return errLost
	}
	return err
}

// settle notes how the reading ended and frees the mailbox. It does so even when
// the job has been told to stop.
func (s *Sync) settle(ctx context.Context, r *reading, more bool, failure error) (Outcome, error) {
	if errors.Is(failure, errLost) {
		return Skipped, nil
	}
	ctx = context.WithoutCancel(ctx)
	reason := reasonOf(failure)
	if failure != nil && reason == "" {
		return Done, errors.Join(failure, s.pause(ctx, r))
	}
	// Time or bytes ran out, and yet something came: that is progress.
	if more || failure != nil && r.received > 0 && (errors.Is(failure, imap.ErrTimeout) || errors.Is(failure, imap.ErrTooMuch)) {
		return More, s.pause(ctx, r)
	}
	if failure != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "mailbox not read",
			slog.String("mailbox_id", r.mailbox.ID.String()), slog.String("reason", reason), slog.String("error", failure.Error()))
	}
	return Done, s.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.MailboxFinish(ctx, db.MailboxFinishParams{ID: r.mailbox.ID, Run: r.run, Reason: reason})
		return err
	})
}

func (s *Sync) pause(ctx context.Context, r *reading) error {
	return s.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.MailboxPause(ctx, db.MailboxPauseParams{ID: r.mailbox.ID, Run: r.run})
		return err
	})
}
