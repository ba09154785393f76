package conversation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/actor"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/imap"
	"frontdesk/internal/mail"
	"frontdesk/internal/storage"
	"frontdesk/internal/store"
)

// Defects that are not in the message but in how it came; the others are
// mail.Broken's.
const (
	defectTooLarge = "too_large" // above what is fetched: only its header is here
	defectWithheld = "withheld"  // the server lists it and does not give it
	// defectUnfetched: the reading of the mailbox ended at it each time.
	defectUnfetched = "unfetched"
)

// objects is where the objects of mail stand below a clinic's keys.
const objects = "messages"

// Receiver keeps what arrives.
type Receiver struct {
	Store   *store.Store
	Storage storage.Store
	Now     clock.Clock
	// Parse reads a message; mail.Parse where it is nil.
	Parse func(raw []byte) mail.Parsed
}

// Receive keeps one message of a mailbox of the actor's clinic. Its objects are
// stored first, under keys made of its content, so that a run that is cut leaves
// nothing which the next one does not write again to the same place; then one
// transaction makes it visible and, through also, notes that it has been read.
// A message that is known already, by its number or, after the server has
// numbered its mailbox anew or given it another number, by its content, is not doubled
// (hazards 59 and 128).
func (r *Receiver) Receive(ctx context.Context, mailboxID uuid.UUID, uidValidity uint32, message imap.Message,
	also func(context.Context, *store.Tx) error,
) error {
	arrival := r.newArrival(ctx, mailboxID, uidValidity, message)
	known, err := r.known(ctx, arrival, also)
	if known || err != nil {
		return err
	}
	if err := r.keepObjects(ctx, arrival); err != nil {
		return err
	}
	err = guarded(func() error { return r.keep(ctx, arrival, also) })
	if !isOfMessage(err) {
		return err
	}
	// Something in this message cannot be a row. Its raw form is safe; it is shown
	// as broken, and the mailbox goes on.
	arrival.strip()
	if again := r.keep(ctx, arrival, also); again != nil {
		return errors.Join(err, again)
	}
	return nil
}

// arrival is a message on its way in.
type arrival struct {
	mailboxID   uuid.UUID
	uidValidity int64
	message     imap.Message
	hash        [sha256.Size]byte
	parsed      mail.Parsed
	defects     []string
	receivedAt  time.Time
	rawKey      string
	// keys are those of the attachments, in their order.
	keys []string
	// twin is the conversation of a message of the same content that stands beside it; or
	// the zero id.
	twin uuid.UUID
}

func (r *Receiver) newArrival(ctx context.Context, mailboxID uuid.UUID, uidValidity uint32, message imap.Message) *arrival {
	who, _ := actor.From(ctx)
	arrived := &arrival{
		mailboxID: mailboxID, uidValidity: int64(uidValidity), message: message, hash: contentHash(message),
		parsed: r.parse(message.Raw), receivedAt: r.Now(),
	}
	// A server may claim any date. One that has not come yet would stay on top.
	if date := message.InternalDate; date.Year() > 1970 && date.Before(arrived.receivedAt) {
		arrived.receivedAt = date
	}
	arrived.readDefects()
	object := func(name string) string {
		return storage.Key(who.TenantID, objects, mailboxID.String(), hex.EncodeToString(arrived.hash[:]), name)
	}
	if arrived.isWhole() {
		arrived.rawKey = object("raw")
	}
	for n := range arrived.parsed.Attachments {
		arrived.keys = append(arrived.keys, object(strconv.Itoa(n)))
	}
	return arrived
}

// parse reads a message. A panic over one is a message whose parts cannot be read: its raw
// form is kept, and those behind it arrive.
func (r *Receiver) parse(raw []byte) (parsed mail.Parsed) {
	read := r.Parse
	if read == nil {
		read = mail.Parse
	}
	if err := guarded(func() error { parsed = read(raw); return nil }); err != nil {
		return mail.Parsed{Broken: []mail.Broken{mail.BrokenIncurable}}
	}
	return parsed
}

// errBroken means that a message makes the program fail.
var errBroken = errors.New("the message cannot be read")

// guarded turns a panic into an error.
func guarded(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", errBroken, cause)
		}
	}()
	return do()
}

// isWhole reports whether the whole message is here.
func (a *arrival) isWhole() bool {
	return !a.message.Unreadable && !a.message.Unfetched && !a.message.TooLarge
}

// contentHash is the same for the same message at each reading. A message that is
// not given whole is told from others by its size as well, and one of which nothing may
// be known by when it came.
func contentHash(message imap.Message) [sha256.Size]byte {
	known := message.Raw
	if message.TooLarge || message.Unreadable || message.Unfetched {
		known = binary.BigEndian.AppendUint64(slices.Clone(known), uint64(message.Size))
	}
	if message.Unreadable || message.Unfetched {
		known = binary.BigEndian.AppendUint64(known, uint64(message.InternalDate.Unix()))
	}
	return sha256.Sum256(known)
}

// readDefects says what is wrong. Of a message that did not come whole, its parts
// are not expected to add up.
func (a *arrival) readDefects() {
	switch {
	case a.message.Unfetched:
		a.defects = []string{defectUnfetched}
		a.keepHeader()
	case a.message.Unreadable:
		a.defects = []string{defectWithheld}
	case a.message.TooLarge:
		a.defects = []string{defectTooLarge}
		a.keepHeader()
	default:
		a.defects = []string{}
		for _, broken := range a.parsed.Broken {
			a.defects = append(a.defects, string(broken))
		}
	}
}

// keepHeader leaves out what is not in the header of a message, which is all that came.
func (a *arrival) keepHeader() {
	a.parsed.Text, a.parsed.HTML, a.parsed.Lead, a.parsed.Attachments = "", "", "", nil
}

// strip leaves what any row can hold.
func (a *arrival) strip() {
	a.parsed = mail.Parsed{}
	a.keys = nil
	a.defects = []string{string(mail.BrokenIncurable)}
}

// keepObjects stores the raw message, then what is attached.
func (r *Receiver) keepObjects(ctx context.Context, a *arrival) error {
	if a.rawKey == "" {
		return nil
	}
	if err := r.Storage.Put(ctx, a.rawKey, bytes.NewReader(a.message.Raw)); err != nil {
		return fmt.Errorf("store a message: %w", err)
	}
	for n, attachment := range a.parsed.Attachments {
		if err := r.Storage.Put(ctx, a.keys[n], bytes.NewReader(attachment.Bytes)); err != nil {
			return fmt.Errorf("store an attachment: %w", err)
		}
	}
	return nil
}

func (r *Receiver) keep(ctx context.Context, a *arrival, also func(context.Context, *store.Tx) error) error {
	return r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		conversationID, err := a.twin, error(nil)
		if conversationID == uuid.Nil {
			conversationID, err = findConversation(ctx, tx, a)
		}
		if err != nil {
			return err
		}
		if conversationID == uuid.Nil {
			conversationID, err = createConversation(ctx, tx, a)
		} else {
			err = tx.ConversationArrive(ctx, db.ConversationArriveParams{ID: conversationID, At: a.receivedAt})
		}
		if err != nil {
			return err
		}
		if err := insertMessage(ctx, tx, a, conversationID); err != nil {
			return err
		}
		return also(ctx, tx)
	})
}

// findConversation returns the conversation that a message belongs to, within its
// mailbox, or uuid.Nil.
func findConversation(ctx context.Context, tx *store.Tx, a *arrival) (uuid.UUID, error) {
	ids := a.parsed.ThreadIDs()
	if len(ids) > 0 {
		ids = ids[:min(len(ids), maxReferences)]
		found, err := tx.ConversationOfMessages(ctx, db.ConversationOfMessagesParams{MailboxID: a.mailboxID, MessageIds: ids})
		if !isNone(err) {
			return found, err
		}
	}
	if a.parsed.MessageID != "" {
		found, err := tx.ConversationOfAnswer(ctx, db.ConversationOfAnswerParams{MailboxID: a.mailboxID, MessageID: a.parsed.MessageID})
		if !isNone(err) {
			return found, err
		}
	}
	return findBySubject(ctx, tx, a)
}

// findBySubject serves mail programs that keep no References: an answer by its
// subject belongs to the contact's latest conversation of that subject.
func findBySubject(ctx context.Context, tx *store.Tx, a *arrival) (uuid.UUID, error) {
	subject := mail.NormaliseSubject(a.parsed.Subject)
	if a.parsed.From.Address == "" || subject == "" || !mail.IsReply(a.parsed.Subject) {
		return uuid.Nil, nil
	}
	rows, err := tx.ConversationOfContact(ctx, db.ConversationOfContactParams{
		MailboxID: a.mailboxID, ContactAddress: a.parsed.From.Address, Since: a.receivedAt.Add(-subjectWindow),
	})
	if err != nil {
		return uuid.Nil, err
	}
	for _, row := range rows {
		if mail.NormaliseSubject(row.Subject) == subject {
			return row.ID, nil
		}
	}
	return uuid.Nil, nil
}

func createConversation(ctx context.Context, tx *store.Tx, a *arrival) (uuid.UUID, error) {
	id := uuid.Must(uuid.NewV7())
	return id, tx.ConversationCreate(ctx, db.ConversationCreateParams{
		ID: id, MailboxID: a.mailboxID, Subject: limited(a.parsed.Subject, maxSubject),
		ContactAddress: limited(a.parsed.From.Address, maxAddress), ContactName: limited(a.parsed.From.Name, maxName),
		LastMessageAt: a.receivedAt,
	})
}

func insertMessage(ctx context.Context, tx *store.Tx, a *arrival, conversationID uuid.UUID) error {
	id := uuid.Must(uuid.NewV7())
	p := a.parsed
	params := db.ConversationReceiveParams{
		ID: id, ConversationID: conversationID, MailboxID: a.mailboxID, Uidvalidity: a.uidValidity, Uid: int64(a.message.UID),
		MessageID: limited(p.MessageID, maxID), InReplyTo: limited(p.InReplyTo, maxID), ReferenceIds: limitedList(p.References, maxReferences, maxID),
		FromName: limited(p.From.Name, maxName), FromAddress: limited(p.From.Address, maxAddress),
		ToAddresses: addressList(append(slices.Clone(p.To), p.Cc...)...), Subject: limited(p.Subject, maxSubject),
		ReceivedAt: a.receivedAt, BodyText: p.Text, TextDiffers: p.HTML != "" && mail.SaysMore(p.Text, p.HTML), BodyHtml: p.HTML,
		Preview: preview(p.Lead, p.HTML), RawKey: a.rawKey,
		ContentHash: a.hash[:], Size: a.message.Size, Defects: a.defects, Origin: string(cmp.Or(p.Origin, mail.OriginPerson)),
	}
	params.ReplyTo, params.ReplyToOthers = wantsAnswersAt(p)
	if !p.Date.IsZero() {
		params.SentAt = &p.Date
	}
	inserted, err := tx.ConversationReceive(ctx, params)
	if err != nil {
		return err
	}
	if inserted == 0 {
		return fault.New(fault.Conflict, "")
	}
	for n, attachment := range p.Attachments {
		if n >= len(a.keys) {
			break
		}
		if err := tx.ConversationAttach(ctx, db.ConversationAttachParams{
			ID: uuid.Must(uuid.NewV7()), MessageID: id, Name: limited(attachment.Name, maxFileName),
			ContentType: limited(attachment.Type, maxMediaType), ContentID: inlineID(attachment),
			Size: int64(len(attachment.Bytes)), StorageKey: a.keys[n],
		}); err != nil {
			return err
		}
	}
	return loggedMessage.Created(ctx, tx, messageReceive, id)
}

// wantsAnswersAt returns where a sender wants answers, the first and the others, of all
// its Reply-To fields; nothing where that is who sent it.
func wantsAnswersAt(p mail.Parsed) (first string, others []string) {
	var wanted []string
	for _, person := range p.ReplyTo {
		cleaned, err := mail.CleanAddress(mail.Address{Address: limited(person.Address, maxAddress)})
		if err == nil && len(wanted) < maxReplyTo && !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, cleaned.Address) }) {
			wanted = append(wanted, cleaned.Address)
		}
	}
	if len(wanted) == 0 || len(wanted) == 1 && strings.EqualFold(wanted[0], p.From.Address) {
		return "", []string{}
	}
	return wanted[0], wanted[1:]
}

// inlineID is the Content-ID of a part that the HTML shows; one that is attached
// in its own right has none, and is listed.
func inlineID(attachment mail.Attachment) string {
	if !attachment.Inline {
		return ""
	}
	return limited(attachment.ContentID, maxID)
}

// isNone reports, inside a door, that a query found no row.
func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// isOfMessage reports whether an error is about what the message holds, as
// against the database being away, the mailbox being taken from us, or the job
// being stopped: a value that a column does not take (class 22), a check, a limit
// of the database (class 54), or a panic.
func isOfMessage(err error) bool {
	if errors.Is(err, errBroken) {
		return true
	}
	failure, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(failure.Code, "22") || failure.Code == "23514" || strings.HasPrefix(failure.Code, "54"))
}
