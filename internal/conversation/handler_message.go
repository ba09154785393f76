package conversation

import (
	"cmp"
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/mail"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	views "frontdesk/views/conversation"
)

// CreateMessage writes an answer: it stands in the conversation at once, and a
// job of the same transaction sends it.
func (h *Handler) CreateMessage(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	list, err := h.openedFrom(c)
	if err != nil {
		return err
	}
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	written := readDraft(form)
	location := ""
	if form.Err() == nil {
		location, err = h.answer(c.UserContext(), id, key, written)
	}
	if form.RejectFault(err) || form.Err() != nil {
		return h.show(c, form.Status(), id, written.again(form))
	}
	if err != nil {
		return err
	}
	page, message, _ := strings.Cut(location, "#")
	return web.Redirect(c, list.Under(page)+"#"+message)
}

func (h *Handler) answer(ctx context.Context, id uuid.UUID, key submission.Key, written draft) (location string, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		location, err = tx.Once(ctx, address(id)+"/messages", key, func() (string, error) { return h.write(ctx, tx, id, written) })
		return err
	})
	return location, err
}

// write holds the conversation meanwhile, so that of two who answer at once the second
// is judged by what the first wrote.
func (h *Handler) write(ctx context.Context, tx *store.Tx, id uuid.UUID, written draft) (location string, err error) {
	if _, err := tx.ConversationLock(ctx, id); err != nil {
		return "", err
	}
	to, err := h.addressed(ctx, tx, id, written.shown)
	if err != nil {
		return "", err
	}
	who, _ := actor.From(ctx)
	messageID := uuid.Must(uuid.NewV7())
	if err := tx.ConversationAnswer(ctx, h.newAnswer(messageID, id, who.UserID, to, written.body)); err != nil {
		return "", err
	}
	if err := tx.ConversationAnswered(ctx, db.ConversationAnsweredParams{ID: id, At: h.Now()}); err != nil {
		return "", err
	}
	if err := loggedMessage.Created(ctx, tx, messageCreate, messageID); err != nil {
		return "", err
	}
	return address(id) + "#message-" + messageID.String(), h.Queue.Enqueue(ctx, tx, SendArguments{TenantID: who.TenantID, MessageID: messageID})
}

// addressed is whom the answer goes to: who the form showed, or else, where it showed
// nothing, as a script's does, who it would show now.
func (h *Handler) addressed(ctx context.Context, tx *store.Tx, id uuid.UUID, shown shown) (addressed, error) {
	of, err := tx.ConversationAnswerTo(ctx, id)
	if err != nil {
		return addressed{}, err
	}
	rows, err := tx.ConversationAnswerable(ctx, id)
	if err != nil {
		return addressed{}, err
	}
	now := state{
		from: of.MailboxAddress, active: of.MailboxActive, written: of.Written, byPrograms: of.Received && !of.ReceivedByHand,
		addressees: addresseesOf(rows, of.Received, of.ContactAddress),
	}
	if obstacle := now.obstacle(); obstacle != "" {
		return addressed{}, fault.InvalidFields(map[string]string{"body": "conversation.obstacle_" + obstacle})
	}
	chosen, holds := now.choose(shown)
	if !holds {
		return addressed{}, fault.New(fault.Stale, "")
	}
	return addressed{addressee: chosen, subject: cmp.Or(chosen.row.Subject, of.Subject), from: of.MailboxAddress}, nil
}

// newAnswer threads an answer to the message that it answers (RFC 5322, 3.6.4).
func (h *Handler) newAnswer(id, conversationID, authorID uuid.UUID, to addressed, body string) db.ConversationAnswerParams {
	answered := mail.Parsed{MessageID: to.row.MessageID, InReplyTo: to.row.InReplyTo, References: to.row.ReferenceIds}
	return db.ConversationAnswerParams{
		ID: id, ConversationID: conversationID, MessageID: newMessageID(id, to.from), InReplyTo: to.row.MessageID,
		ReferenceIds: append([]string{}, answered.ReplyReferences()...), ToAddresses: to.addresses, Subject: replySubject(to.subject),
		At: h.Now(), BodyText: body, Preview: preview(body, ""), AuthorID: authorID,
	}
}

// Delivery is the piece of a conversation that follows the sending of an answer.
func (h *Handler) Delivery(c *fiber.Ctx) error {
	id, messageID, err := ids(c, "message")
	if err != nil {
		return err
	}
	list, err := h.openedFrom(c)
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ConversationDelivery(c.UserContext(), db.ConversationDeliveryParams{ID: messageID, ConversationID: id})
	if err != nil {
		return err
	}
	if !web.IsHTMX(c) {
		return web.Redirect(c, list.Under(address(id)))
	}
	return h.Web.Fragment(c, fiber.StatusOK, views.DeliveryOf(views.Delivery{
		ConversationID: id.String(), MessageID: messageID.String(), Code: row.Delivery, Reason: row.DeliveryError, List: list.Under(""),
	}))
}

// SendAgain sends an answer once more that was not, or perhaps not, sent: a person
// has decided so. Its Message-ID stays, so that a copy can be told for one.
func (h *Handler) SendAgain(c *fiber.Ctx) error {
	id, messageID, err := ids(c, "message")
	if err != nil {
		return err
	}
	list, err := h.openedFrom(c)
	if err != nil {
		return err
	}
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error { return h.queueAgain(ctx, tx, id, messageID) })
	if err != nil {
		return err
	}
	if web.IsHTMX(c) {
		return h.Delivery(c)
	}
	return web.Redirect(c, list.Under(address(id))+"#message-"+messageID.String())
}

func (h *Handler) queueAgain(ctx context.Context, tx *store.Tx, id, messageID uuid.UUID) error {
	if _, err := tx.ConversationDelivery(ctx, db.ConversationDeliveryParams{ID: messageID, ConversationID: id}); err != nil {
		return err
	}
	changed := int64(0)
	err := loggedMessage.Changed(ctx, tx, messageResend, messageID, func() (err error) {
		changed, err = tx.ConversationSendAgain(ctx, db.ConversationSendAgainParams{ID: messageID, ConversationID: id})
		return err
	})
	if err != nil || changed == 0 {
		// On its way already: two presses send once.
		return err
	}
	who, _ := actor.From(ctx)
	return h.Queue.Enqueue(ctx, tx, SendArguments{TenantID: who.TenantID, MessageID: messageID})
}

// frameSandbox keeps a mail's HTML from running anything. It may be of our origin,
// so that pictures that came with the mail load and the page can measure the
// frame's height; without allow-scripts nothing inside can use that.
const frameSandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"

// framePolicy lets a mail show its text, its own styles and the pictures that
// came with it, and nothing else (hazard 62). Styles have been cleaned of all
// addresses before.
const framePolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'self'; sandbox " + frameSandbox

// Body is the HTML of one message as a document of its own, for a frame.
func (h *Handler) Body(c *fiber.Ctx) error {
	id, messageID, err := ids(c, "message")
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	queries := h.Store.Statement(ctx)
	content, err := queries.ConversationMessageHTML(ctx, db.ConversationMessageHTMLParams{ID: messageID, ConversationID: id})
	if err != nil {
		return err
	}
	if content == "" {
		return fault.New(fault.NotFound, "")
	}
	inlines, err := queries.ConversationMessageInlines(ctx, messageID)
	if err != nil {
		return err
	}
	safe, blocked := mail.SanitizeHTML(content, func(contentID string) string { return inlineAddress(id, inlines, contentID) })
	c.Set(fiber.HeaderContentSecurityPolicy, framePolicy)
	c.Set(fiber.HeaderXFrameOptions, "SAMEORIGIN")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return h.Web.Fragment(c, fiber.StatusOK, views.Frame(safe, blocked))
}

func inlineAddress(id uuid.UUID, inlines []db.ConversationMessageInlinesRow, contentID string) string {
	for _, inline := range inlines {
		if strings.EqualFold(inline.ContentID, contentID) {
			return address(id) + "/attachments/" + inline.ID.String()
		}
	}
	return ""
}

// ids reads a conversation's id and that of something in it.
func ids(c *fiber.Ctx, parameter string) (conversationID, id uuid.UUID, err error) {
	if conversationID, err = web.ID(c, "id"); err != nil {
		return conversationID, id, err
	}
	id, err = web.ID(c, parameter)
	return conversationID, id, err
}
