package conversation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/mail"
	"frontdesk/internal/store"
)

// What becomes of a message that we write.
const (
	deliveryQueued  = "queued"
	deliverySending = "sending"
	deliverySent    = "sent"
	deliveryFailed  = "failed"
	// deliveryUnknown: the server was given the message, or may have been, and what
	// it did with it is not known. A person decides whether to send it again.
	deliveryUnknown = "unknown"
)

// Reasons beside those of the mail server: why a message was not sent, as codes.
const (
	reasonMailboxInactive = "mailbox_inactive"
	reasonSecret          = "secret"
	reasonCompose         = "compose"
	reasonInterrupted     = "interrupted"
)

// SendArguments is the job that sends one answer.
type SendArguments struct {
	TenantID  uuid.UUID `json:"tenant_id"`
	MessageID uuid.UUID `json:"message_id"`
}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (SendArguments) Kind() string { return "message_send" }

// sendAttempts is how often a message is given to a server that says "later":
// with the pauses below, for about a day.
const sendAttempts = 12

// SendQueue is the queue of answers. Reading mailboxes never holds them up.
const SendQueue = "send"

// InsertOpts gives a server that says "later" about a day.
func (SendArguments) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: SendQueue, MaxAttempts: sendAttempts, Priority: 1}
}

// Sender gives a message to a mail server (mail.Sender).
type Sender interface {
	Send(ctx context.Context, server mail.SMTPServer, from string, to []string, raw []byte) error
}

// SendWorker sends as the clinic, by the server of the mailbox that the conversation is in.
type SendWorker struct {
	river.WorkerDefaults[SendArguments]
	Store  *store.Store
	Sender Sender
	Log    *slog.Logger
	// Password opens the password of a mailbox of a tenant.
	Password func(tenantID, mailboxID uuid.UUID, sealed []byte) (string, error)
}

// Work implements river.Worker. A message is claimed before the attempt and
// settled after it, each in a transaction of its own. An attempt that was cut
// between the two is found claimed: the server may have the message, so it
// becomes "unknown" and is not sent again by itself (hazards 66 and 82).
func (w *SendWorker) Work(ctx context.Context, asked *river.Job[SendArguments]) error {
	ctx = actor.With(ctx, actor.System(asked.Args.TenantID))
	claimed, err := w.claim(ctx, asked.Args.MessageID)
	if claimed == nil || err != nil {
		return err
	}
	failure := w.send(ctx, asked.Args, claimed)
	delivery, reason := outcomeOf(failure)
	last := asked.Attempt >= asked.MaxAttempts
	if delivery == deliveryQueued && last {
		delivery = deliveryFailed
	}
	if err := w.settle(ctx, asked.Args.MessageID, delivery, reason); err != nil {
		return err
	}
	if failure == nil {
		return nil
	}
	w.Log.LogAttrs(ctx, slog.LevelWarn, "message not sent",
		slog.String("message_id", asked.Args.MessageID.String()), slog.String("reason", reason), slog.String("error", failure.Error()))
	if delivery == deliveryQueued {
		return fmt.Errorf("the mail server says later: %s", reason)
	}
	return nil
}

// NextRetry implements river.Worker: soon at first, then up to four hours.
func (w *SendWorker) NextRetry(asked *river.Job[SendArguments]) time.Time {
	return time.Now().Add(min(15*time.Second<<(2*min(asked.Attempt-1, 8)), 4*time.Hour))
}

// claim takes the message for one attempt; nil when there is nothing to do.
func (w *SendWorker) claim(ctx context.Context, id uuid.UUID) (claimed *db.ConversationSendRow, err error) {
	err = w.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.ConversationSend(ctx, id)
		if err == nil {
			claimed = &row
			return nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		delivery, err := tx.ConversationSendState(ctx, id)
		if err != nil {
			return err
		}
		switch delivery {
		case deliverySending:
			return tx.ConversationSent(ctx, db.ConversationSentParams{ID: id, Delivery: deliveryUnknown, DeliveryError: reasonInterrupted})
		case deliveryQueued:
			// The mailbox, or the whole clinic, is switched off (hazard 85). It is not
			// kept for later: a person decides whether the answer still holds.
			return tx.ConversationSent(ctx, db.ConversationSentParams{ID: id, Delivery: deliveryFailed, DeliveryError: reasonMailboxInactive})
		}
		return nil
	})
	return claimed, err
}

// errSecret means that the mailbox's password cannot be opened; errCompose, that
// the message cannot be written.
var (
	errSecret  = errors.New("the mailbox's password does not open")
	errCompose = errors.New("the message cannot be composed")
)

// send makes the message, the same at each attempt, and gives it to the server.
func (w *SendWorker) send(ctx context.Context, asked SendArguments, claimed *db.ConversationSendRow) error {
	raw, err := mail.Compose(outgoing(claimed))
	if err != nil {
		return fmt.Errorf("%w: %w", errCompose, err)
	}
	password, err := w.Password(asked.TenantID, claimed.MailboxID, claimed.PasswordSealed)
	if err != nil {
		return fmt.Errorf("%w: %w", errSecret, err)
	}
	server := mail.SMTPServer{
		Host: claimed.SmtpHost, Port: int(claimed.SmtpPort), Security: mail.Security(claimed.SmtpSecurity),
		Username: claimed.Username, Password: password,
	}
	return w.Sender.Send(ctx, server, claimed.FromAddress, claimed.ToAddresses, raw)
}

func outgoing(claimed *db.ConversationSendRow) mail.Outgoing {
	written := mail.Outgoing{
		From:    mail.Address{Name: claimed.FromName, Address: claimed.FromAddress},
		Subject: claimed.Subject, MessageID: claimed.MessageID, InReplyTo: claimed.InReplyTo, References: claimed.ReferenceIds,
		Text: claimed.BodyText,
	}
	if claimed.SentAt != nil {
		written.Date = *claimed.SentAt
	}
	for _, address := range claimed.ToAddresses {
		written.To = append(written.To, mail.Address{Address: address})
	}
	return written
}

// outcomeOf says what an attempt means for the message, with the reason's code;
// each has a sentence, conversation.reason.<code>.
func outcomeOf(failure error) (delivery, reason string) {
	refused, isOfServer := errors.AsType[*mail.SendError](failure)
	switch {
	case failure == nil:
		return deliverySent, ""
	case errors.Is(failure, errSecret):
		return deliveryFailed, reasonSecret
	case !isOfServer:
		return deliveryFailed, reasonCompose
	case refused.Outcome == mail.Temporary:
		return deliveryQueued, codeOf(refused.Reason)
	case refused.Outcome == mail.Unknown:
		return deliveryUnknown, codeOf(refused.Reason)
	}
	return deliveryFailed, codeOf(refused.Reason)
}

func codeOf(reason error) string {
	codes := map[error]string{
		mail.ErrUnreachable: "unreachable", mail.ErrCertificate: "certificate", mail.ErrNoEncryption: "no_encryption", mail.ErrEncryption: "encryption",
		mail.ErrCredentials: "credentials", mail.ErrRefused: "refused", mail.ErrRecipient: "recipient",
		mail.ErrProtocol: "protocol", mail.ErrTimeout: "timeout",
	}
	return codes[reason]
}

// settle notes the outcome, also when the job has been told to stop.
func (w *SendWorker) settle(ctx context.Context, id uuid.UUID, delivery, reason string) error {
	return w.Store.Tenant(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		return tx.ConversationSent(ctx, db.ConversationSentParams{ID: id, Delivery: delivery, DeliveryError: reason})
	})
}
