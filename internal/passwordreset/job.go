package passwordreset

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
)

// MailArguments is the job that mails a link. It is enqueued for an unknown address
// too, as uuid.Nil, so that the answer takes the same time.
type MailArguments struct {
	UserID uuid.UUID `json:"user_id"`
}

// Kind names the job in the table of the queue, where rows of an older program may wait.
func (MailArguments) Kind() string { return "password_reset_mail" }

// InsertOpts implements river.JobArgsWithInsertOpts. A second attempt might mail a
// second link; whoever misses theirs asks again.
func (MailArguments) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// mostAnHour is how many links one person is sent in an hour: who asks oftener gets
// the same answer and no mail.
const mostAnHour = 5

// MailWorker makes the link and mails it.
type MailWorker struct {
	river.WorkerDefaults[MailArguments]
	Store    *store.Store
	Delivery *delivery.Mailer
	// Lifetime is how long a link is good.
	Lifetime time.Duration
	// Limited is false where RATE_LIMIT is off.
	Limited bool
}

// Work implements river.Worker. The token is made here, where the mail is written:
// it stands in no job and in no log.
func (w *MailWorker) Work(ctx context.Context, asked *river.Job[MailArguments]) error {
	token, hash := guard.NewToken()
	id := uuid.Must(uuid.NewV7())
	var person db.PasswordResetPersonRow
	err := w.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		person, err = w.create(ctx, tx, asked.Args.UserID, id, hash)
		return err
	})
	if err != nil || person.Email == "" {
		return err
	}
	outcome := db.PasswordResetDeliveredParams{ID: id, Delivery: "sent"}
	if err := w.Delivery.Send(ctx, w.letter(person, token)); err != nil {
		outcome.Delivery, outcome.DeliveryError = "failed", delivery.Reason(err)
	}
	return w.Store.Platform(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		return tx.PasswordResetDelivered(ctx, outcome)
	})
}

// create stores a link and kills the ones before it; it returns nobody for who may
// have none.
func (w *MailWorker) create(ctx context.Context, tx *store.Tx, userID, id uuid.UUID, hash []byte) (db.PasswordResetPersonRow, error) {
	var nobody db.PasswordResetPersonRow
	person, err := tx.PasswordResetPerson(ctx, userID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && w.Limited && person.LastHour >= mostAnHour {
		return nobody, nil
	}
	if err != nil {
		return nobody, err
	}
	if err := tx.PasswordResetRevoke(ctx, userID); err != nil {
		return nobody, err
	}
	if err := tx.PasswordResetCreate(ctx, db.PasswordResetCreateParams{ID: id, UserID: userID, TokenHash: hash, Lifetime: w.Lifetime}); err != nil {
		return nobody, err
	}
	return person, audit.RecordPlatform(ctx, tx, audit.Entry{
		Action: passwordResetCreate, TargetKind: "user", TargetID: userID, TargetName: person.Name,
	})
}

// letter is written in the person's own language. Its link begins with the
// configured address, never with what a request said of itself (hazard 10).
func (w *MailWorker) letter(person db.PasswordResetPersonRow, token string) delivery.Letter {
	l := locale.New(person.Language, time.UTC, "", nil)
	return delivery.Letter{
		Name: person.Name, Email: person.Email, Subject: l.T("password_reset.mail_subject"),
		Text: l.T("password_reset.mail_text", "name", person.Name, "link", w.Delivery.BaseURL+"/password-reset/"+token,
			"minutes", int(w.Lifetime.Minutes())),
	}
}

// asPerson is the context of somebody who proved by the link who they are.
func asPerson(ctx context.Context, used db.PasswordResetUseRow) context.Context {
	return actor.With(ctx, actor.Actor{UserID: used.UserID, Name: used.Name})
}
