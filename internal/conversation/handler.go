package conversation

import (
	"context"
	"math"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/storage"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/conversation"
	"frontdesk/views/layout"
)

// Handler answers /inbox.
type Handler struct {
	Web     *web.Web
	Store   *store.Store
	Storage storage.Store
	Queue   *job.Queue
	Now     clock.Clock
}

const (
	// The latest of a conversation's messages are shown, and with ?all=1 more.
	messagesShown, messagesShownAtMost = 50, 1000
)

func contactName(name, address string, l *locale.Locale) string {
	switch {
	case name != "":
		return name
	case address != "":
		return address
	}
	return l.T("conversation.nobody")
}

// Show is a conversation with its messages and the form for an answer. Its address
// carries the state of the list that it was opened from, so that the way back, also that
// after a form, leads to the same rows.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	return h.show(c, fiber.StatusOK, id, draft{key: web.NewKey()})
}

func (h *Handler) show(c *fiber.Ctx, status int, id uuid.UUID, written draft) error {
	list, err := h.openedFrom(c)
	if err != nil {
		return err
	}
	most := int32(messagesShown)
	if c.Query("all") == "1" {
		most = messagesShownAtMost
	}
	found, err := h.load(c.UserContext(), id, most)
	if err != nil {
		return err
	}
	shown := conversationOf(found.row, found.clients, locale.From(c.UserContext()))
	if len(found.messages) > int(most) {
		found.messages = found.messages[:most]
		shown.HasOlder = true
	}
	shown.List = list.Under("")
	shown.Messages = messagesOf(id, found.messages, found.attachments, shown.List)
	shown.Reply = replyOf(written, found, locale.From(c.UserContext()))
	title := shown.Subject
	if title == "" {
		title = locale.From(c.UserContext()).T("conversation.no_subject")
	}
	return h.Web.Page(c, status, layout.Inbox, title, views.Show(shown))
}

// record is a conversation with everything that its page shows.
type record struct {
	row         db.ConversationGetRow
	messages    []db.ConversationMessagesRow
	attachments []db.ConversationAttachmentsRow
	clients     []db.ConversationClientsRow
	answerable  []db.ConversationAnswerableRow
}

// load reads a conversation with its latest messages, one more than are shown if there
// are more.
func (h *Handler) load(ctx context.Context, id uuid.UUID, most int32) (found record, err error) {
	latest := db.ConversationMessagesParams{ConversationID: id, Most: most + 1}
	err = h.Store.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { found.row, err = tx.ConversationGet(ctx, id); return err },
			func() (err error) { found.messages, err = tx.ConversationMessages(ctx, latest); return err },
			func() (err error) { found.attachments, err = tx.ConversationAttachments(ctx, id); return err },
			func() (err error) { found.clients, err = tx.ConversationClients(ctx, id); return err },
			func() (err error) { found.answerable, err = tx.ConversationAnswerable(ctx, id); return err },
		)
	})
	return found, err
}

// Reading marks a conversation as read, or with read=false as unread. The page
// says by "seen" how many messages it shows, so that what has arrived since stays
// unread.
func (h *Handler) Reading(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	list, err := h.openedFrom(c)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	read := form.OneOf("read", "true", "false") == "true"
	count, err := seen(form)
	if err == nil {
		err = form.Err()
	}
	if err != nil {
		return err
	}
	if err := h.mark(c.UserContext(), id, read, count); err != nil {
		return err
	}
	c.Append("HX-Trigger", "unreadChanged")
	if web.IsHTMX(c) && read {
		return h.Web.Fragment(c, fiber.StatusOK, views.Reading(views.Conversation{ID: id.String(), List: list.Under("")}))
	}
	if read {
		return web.Redirect(c, list.Under(address(id)))
	}
	return web.Redirect(c, list.PageAddress())
}

// seen reads how many messages the page showed; without the field, all.
func seen(form *web.Form) (int64, error) {
	value := form.Value("seen")
	if value == "" {
		return math.MaxInt64, nil
	}
	count, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Malformed, "")
	}
	return count, nil
}

func (h *Handler) mark(ctx context.Context, id uuid.UUID, read bool, seen int64) error {
	action := conversationUnread
	if read {
		action = conversationRead
	}
	return h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return logged.Changed(ctx, tx, action, id, func() (err error) {
			if read {
				_, err = tx.ConversationMark(ctx, db.ConversationMarkParams{ID: id, Seen: seen})
			} else {
				_, err = tx.ConversationMarkUnread(ctx, id)
			}
			return err
		})
	})
}

// Unread is the number beside the inbox in the navigation, which each page asks
// for by itself. Opened directly it leads to what it counts (hazard 70).
func (h *Handler) Unread(c *fiber.Ctx) error {
	if !web.IsHTMX(c) {
		return web.Redirect(c, "/inbox?filter=unread")
	}
	count, err := h.Store.Statement(c.UserContext()).ConversationUnread(c.UserContext())
	if err != nil {
		return err
	}
	web.KeepForTheDay(c.UserContext())
	return h.Web.Fragment(c, fiber.StatusOK, layout.UnreadBadges(int(count)))
}
