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
	"frontdesk/internal/store"
)

const (
	// triesOfOne is how often the reading may end at a message until that is passed by:
	// the second time it was asked for alone (hazard 127).
	triesOfOne = 2
	// triesUntold is the same where nobody told how they ended, since the process did not
	// live to.
	triesUntold = 3
	// passedInARow is how many messages are passed by at once without one between that
	// came whole. Beyond it is rather the server that is ill: the mailbox waits before each
	// further try, as it does for a server that cannot be reached.
	passedInARow = 6
	// passingTime bounds what is noted of a message that is passed by.
	passingTime = 20 * time.Second
)

// reading is one run over one mailbox. It is the visitor of its messages.
type reading struct {
	*Sync
	ctx      context.Context
	mailbox  *db.MailboxClaimRow
	run      uuid.UUID
	validity uint32
	received int
	// trying is the message that was asked for and has not come yet, and tries how often
	// the reading has begun there.
	trying uint32
	tries  int32
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
	r.ctx, r.validity = ctx, inbox.UIDValidity
	last, err := r.lastUID(ctx)
	if err != nil {
		return false, err
	}
	return session.Read(inbox, last, atOnce, r)
}

// lastUID returns that of the last message that was read, and begins anew when the server has
// numbered its messages anew.
func (r *reading) lastUID(ctx context.Context) (uint32, error) {
	if r.mailbox.Uidvalidity != nil && *r.mailbox.Uidvalidity == int64(r.validity) {
		return uint32(r.mailbox.LastUid), nil
	}
	return 0, r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return found(tx.MailboxRenew(ctx, db.MailboxRenewParams{ID: r.mailbox.ID, Run: r.run, Uidvalidity: int64(r.validity)}))
	})
}

func found(rows int64, err error) error {
	if err == nil && rows == 0 {
		return errLost
	}
	return err
}

// Begin says how the reading goes on, by how often it has ended there. That a message is tried is written down before it is, so
// that a process which ends at it, with no time for a word, has counted as well.
func (r *reading) Begin(first imap.Message) (imap.Way, error) {
	err := r.Store.Tenant(r.ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r.tries, err = tx.MailboxTry(ctx, db.MailboxTryParams{ID: r.mailbox.ID, Run: r.run, Uid: int64(first.UID)})
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return 0, errLost
	}
	r.trying = first.UID
	switch {
	case r.tries <= 1:
		return imap.Portion, err
	case r.tries <= triesUntold:
		return imap.Alone, err
	}
	return imap.Pass, err
}

// Visit hands a message on and counts it.
func (r *reading) Visit(message imap.Message, next uint32) error {
	if err := r.receive(r.ctx, message, next); err != nil {
		return err
	}
	r.trying, r.tries = next, 1
	if !message.Unfetched {
		r.received++
	}
	return nil
}

// receive hands a message on. A panic over it is the message's, as a server is that ends
// at it: it must not keep those behind it away.
func (r *reading) receive(ctx context.Context, message imap.Message, next uint32) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			message.Raw = nil
			err = &imap.Suspicion{Message: message, Reason: fmt.Errorf("%w: %v", errPanic, cause)}
		}
	}()
	return r.Receiver.Receive(ctx, r.mailbox.ID, r.validity, message, func(ctx context.Context, tx *store.Tx) error {
		return found(tx.MailboxAdvance(ctx, db.MailboxAdvanceParams{ID: r.mailbox.ID, Run: r.run, Uid: int64(message.UID), Next: int64(next)}))
	})
}

// errPanic is the reason of a message over which the program itself fails.
var errPanic = errors.New("the message cannot be read")

// settle notes how the reading ended and frees the mailbox. It does so even when
// the job has been told to stop.
func (r *reading) settle(ctx context.Context, more bool, failure error) (Outcome, error) {
	stopped := errors.Is(ctx.Err(), context.Canceled)
	ctx = context.WithoutCancel(ctx)
	suspicion, isOfMessage := errors.AsType[*imap.Suspicion](failure)
	reason := reasonOf(failure)
	switch {
	case errors.Is(failure, errLost):
		return Skipped, nil
	case isOfMessage && !stopped:
		return r.stumble(ctx, suspicion)
	case errors.Is(failure, imap.ErrNoRoom):
		return More, r.pause(ctx, 0, 1)
	case failure != nil && reason == "":
		return Done, errors.Join(failure, r.pause(ctx, 0, 1))
	case more, failure != nil && r.received > 0 && (errors.Is(failure, imap.ErrTimeout) || errors.Is(failure, imap.ErrTooMuch)):
		// Time or bytes ran out, and yet something came: that is progress.
		return More, r.pause(ctx, 0, 0)
	case failure != nil:
		r.warn(ctx, "mailbox not read", failure, reason)
		return Done, r.finish(ctx, reason, 1)
	}
	return Done, r.finish(ctx, "", 0)
}

// stumble goes on after a reading that ended at a message: at that one by itself, or, the
// second time, past it.
func (r *reading) stumble(ctx context.Context, at *imap.Suspicion) (Outcome, error) {
	reason := reasonOf(at)
	r.warn(ctx, "the reading of a mailbox ended at a message", at, reason)
	if at.Message.UID == r.trying && r.tries >= triesOfOne {
		if err := r.passBy(ctx, at.Message); err != nil {
			return Done, errors.Join(err, r.pause(ctx, 0, 1))
		}
	}
	failures := r.mailbox.SyncFailures + 1
	if r.received > 0 {
		failures = 1
	}
	if failures >= passedInARow*triesOfOne && reason != "" {
		return Done, r.finish(ctx, reason, 0)
	}
	return More, r.pause(ctx, failures, 0)
}

// passBy lists a message that cannot be had, with what is known of it.
func (r *reading) passBy(ctx context.Context, message imap.Message) error {
	ctx, cancel := context.WithTimeout(ctx, passingTime)
	defer cancel()
	message.Unfetched = true
	return r.receive(ctx, message, 0)
}

func (r *reading) warn(ctx context.Context, text string, failure error, reason string) {
	r.Log.LogAttrs(ctx, slog.LevelWarn, text,
		slog.String("mailbox_id", r.mailbox.ID.String()), slog.String("reason", reason), slog.String("error", failure.Error()))
}

func (r *reading) finish(ctx context.Context, reason string, untried int32) error {
	return r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.MailboxFinish(ctx, db.MailboxFinishParams{ID: r.mailbox.ID, Run: r.run, Reason: reason, Untried: untried})
		return err
	})
}

func (r *reading) pause(ctx context.Context, failures, untried int32) error {
	return r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.MailboxPause(ctx, db.MailboxPauseParams{ID: r.mailbox.ID, Run: r.run, Failures: failures, Untried: untried})
		return err
	})
}
