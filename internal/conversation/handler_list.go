package conversation

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
	views "frontdesk/views/conversation"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

// shape is what the inbox can be asked.
var shape = web.ListShape{
	ID: "conversations", Path: "/inbox", PageSize: 50, AnySearch: true,
	Filters: []web.ListFilter{{Name: "filter", Accepts: web.OneOf("unread")}, {Name: "mailbox", Accepts: web.AnID}},
	Sorts:   []web.ListSort{{Name: "date", Descending: true, Accepts: web.ATime}},
}

// Index lists conversations, as its address says: found, filtered, the newest or the
// oldest first.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	ctx, queries := c.UserContext(), h.Store.Statement(c.UserContext())
	mailboxes, err := queries.ConversationMailboxList(ctx)
	if err != nil {
		return err
	}
	if id := list.FilterID("mailbox"); id != nil && !slices.ContainsFunc(mailboxes, func(m db.ConversationMailboxListRow) bool { return m.ID == *id }) {
		return fault.New(fault.NotFound, "")
	}
	found, err := queries.ConversationList(ctx, asked(list))
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	return h.Web.Page(c, fiber.StatusOK, layout.Inbox, locale.From(ctx).T("nav.inbox"), views.Index(inboxOf(ctx, list, state, mailboxes, rows)))
}

// openedFrom reads the state of the list that a conversation was opened from. A mailbox
// that the clinic does not have is unknown there as it is in the list's own address.
func (h *Handler) openedFrom(c *fiber.Ctx) (web.List, error) {
	list, err := shape.Read(c)
	if err != nil {
		return web.List{}, err
	}
	if mailbox := list.FilterID("mailbox"); mailbox != nil {
		_, err = h.Store.Statement(c.UserContext()).ConversationMailboxGet(c.UserContext(), *mailbox)
	}
	return list, err
}

func asked(list web.List) db.ConversationListParams {
	asked := db.ConversationListParams{
		UnreadOnly: list.Filter("filter") == "unread", MailboxID: list.FilterID("mailbox"),
		Terms: search.Terms(list.Search), Words: search.Words(list.Search),
		Ascending: list.Ascending(), PageSize: list.Limit(),
	}
	asked.AfterTime, asked.AfterID = list.AfterTime()
	return asked
}

func cursorOf(row db.ConversationListRow) web.Cursor {
	return web.TimeCursor(row.LastMessageAt, row.ID)
}

func inboxOf(ctx context.Context, list web.List, state ui.ListState, mailboxes []db.ConversationMailboxListRow, rows []db.ConversationListRow) views.Inbox {
	l := locale.From(ctx)
	who, _ := actor.From(ctx)
	unread := list.Filter("filter") == "unread"
	inbox := views.Inbox{State: state, Owner: who.Role == actor.Owner, Tabs: []ui.Tab{
		{Label: l.T("conversation.all"), Href: list.Where("filter", "").Address(), Current: !unread},
		{Label: l.T("conversation.unread"), Href: list.Where("filter", "unread").Address(), Current: unread},
	}}
	for _, mailbox := range mailboxes {
		inbox.HasMailbox = inbox.HasMailbox || mailbox.Active
		inbox.Mailboxes = append(inbox.Mailboxes, ui.Choice{Value: mailbox.ID.String(), Label: mailbox.Name})
	}
	for _, row := range rows {
		inbox.Lines = append(inbox.Lines, lineOf(row, list.Under(address(row.ID)), l))
	}
	return inbox
}

func lineOf(row db.ConversationListRow, href string, l *locale.Locale) views.Line {
	line := views.Line{
		ID: row.ID.String(), Href: href, Subject: row.Subject, Contact: contactName(row.ContactName, row.ContactAddress, l),
		Mailbox: row.MailboxName, Preview: row.Preview, Own: row.Direction == "out", Delivery: row.Delivery,
		At: row.LastMessageAt, Unread: row.Unread, HasAttachments: row.HasAttachments, Several: row.Clients > 1,
	}
	if row.Clients == 1 {
		line.Contact, line.IsClient = l.PersonName(row.ClientFirstName, row.ClientLastName), true
	}
	return line
}

func address(id uuid.UUID) string { return "/inbox/" + id.String() }
