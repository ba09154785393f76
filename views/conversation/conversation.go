// Package conversation shows the shared inbox.
package conversation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Inbox is a page of the list.
type Inbox struct {
	State ui.ListState
	Lines []Line
	// Tabs are all conversations and the unread ones.
	Tabs []ui.Tab
	// Mailboxes are to choose from where there are several.
	Mailboxes []ui.Choice
	// HasMailbox and Owner tell what an empty inbox says.
	HasMailbox, Owner bool
}

func (i Inbox) filters(l *locale.Locale) []ui.ListFilter {
	if len(i.Mailboxes) < 2 {
		return nil
	}
	return []ui.ListFilter{{Name: "mailbox", Label: l.T("conversation.mailbox"), All: l.T("conversation.any_mailbox"), Choices: i.Mailboxes}}
}

// none is what an inbox without any mail says.
func (i Inbox) none(l *locale.Locale) ui.EmptyOptions {
	switch {
	case i.HasMailbox:
		return ui.EmptyOptions{Icon: "inbox", Title: l.T("conversation.none"), Text: l.T("conversation.none_text")}
	case i.Owner:
		return ui.EmptyOptions{
			Icon: "mail-plus", Title: l.T("conversation.no_mailbox"), Text: l.T("conversation.no_mailbox_owner"),
			ActionLabel: l.T("mailbox.new"), ActionHref: "/settings/email/new",
		}
	}
	return ui.EmptyOptions{Icon: "inbox", Title: l.T("conversation.no_mailbox"), Text: l.T("conversation.no_mailbox_staff")}
}

// body is what stands in the place of conversations where the filters leave none.
func (i Inbox) body(l *locale.Locale) ui.ListBodyOptions {
	options := ui.ListBodyOptions{State: i.State, None: i.none(l), Title: l.T("conversation.none_found"), Text: l.T("conversation.none_found_text")}
	if i.State.Search == "" && i.State.Filters["filter"] != "" {
		options.Icon, options.Title, options.Text = "mail-open", l.T("conversation.none_unread"), l.T("conversation.none_unread_text")
	}
	return options
}

// Line is a conversation in the list.
type Line struct {
	// Href carries the state of the list.
	ID, Href, Subject string
	// Contact is the client's name where one has the address, else what the mail
	// says.
	Contact           string
	IsClient, Several bool
	Mailbox, Preview  string
	// Own and Delivery are of the latest message.
	Own            bool
	Delivery       string
	At             time.Time
	Unread         bool
	HasAttachments bool
}

// Conversation is the page of one.
type Conversation struct {
	ID, Subject      string
	Contact, Address string
	Mailbox          string
	Unread           bool
	// Seen is how many messages there are, as it is sent back.
	Seen    string
	Clients []Client
	// AddClient leads to the form for a client with this address; "" when there is
	// one.
	AddClient string
	HasOlder  bool
	// Messages are in the order of reading.
	Messages []Message
	Reply    Reply
	// List is the state of the list that it was opened from, as the query of an
	// address: "?filter=unread", or "".
	List string
}

func (c Conversation) path() string { return "/inbox/" + c.ID }

// allPath is the page with what is older as well.
func (c Conversation) allPath() string {
	if c.List == "" {
		return c.path() + "?all=1"
	}
	return c.path() + c.List + "&all=1"
}

// messagesPath is where an answer is posted to.
func (c Conversation) messagesPath() string { return c.path() + "/messages" }

// Client is somebody who has the contact's address.
type Client struct{ ID, Name string }

// Message is a message of a conversation. Text and Quoted are HTML that
// mail.TextToHTML made; nothing else may stand in them.
type Message struct {
	ID, ConversationID string
	Own                bool
	FromName           string
	FromAddress        string
	// WantsAnswersAt is where the sender wants answers, when that is elsewhere.
	WantsAnswersAt []string
	// IsAutomatic: a program wrote it, and it is never answered.
	IsAutomatic bool
	To          []string
	// Author wrote it, when it is ours.
	Author       string
	At           time.Time
	Preview      string
	Text, Quoted string
	// IsCut says that Text is only the beginning.
	IsCut bool
	// HasHTML: the message is shown in a frame.
	HasHTML bool
	// Beside is plain text that says something which the frame does not.
	Beside string
	// HasRaw: the source can be downloaded.
	HasRaw  bool
	Size    int64
	Defects []string
	// Open shows the message; otherwise only its head.
	Open        bool
	Attachments []Attachment
	// Delivery is of our own messages.
	Delivery Delivery
}

func (m Message) path() string { return "/inbox/" + m.ConversationID + "/messages/" + m.ID }

func (m Message) sender(ctx context.Context) string {
	switch {
	case m.Own && m.Author != "":
		return m.Author
	case m.FromName != "":
		return m.FromName
	case m.FromAddress != "":
		return m.FromAddress
	}
	return locale.From(ctx).T("conversation.nobody")
}

func (m Message) recipients() string {
	if len(m.To) > 3 {
		return strings.Join(m.To[:3], ", ") + "…"
	}
	return strings.Join(m.To, ", ")
}

func (m Message) isEmpty() bool { return m.Text == "" && m.Quoted == "" && !m.HasHTML }

// defectTexts say what is wrong with the message. A wrong date alone loses a
// reader nothing, and many programs forget it.
func (m Message) defectTexts(ctx context.Context) []string {
	l := locale.From(ctx)
	if len(m.Defects) == 1 && m.Defects[0] == "date" {
		return nil
	}
	var texts []string
	for _, code := range m.Defects {
		if key := "conversation.defect." + code; l.Has(key) {
			texts = append(texts, l.T(key))
		}
	}
	return texts
}

// defectTitle tells a message that is damaged, and whose original is kept, from one of
// which not all has come.
func (m Message) defectTitle(ctx context.Context) string {
	for _, code := range []string{"too_large", "withheld", "unfetched"} {
		if slices.Contains(m.Defects, code) {
			return locale.From(ctx).T("conversation.incomplete")
		}
	}
	return locale.From(ctx).T("conversation.broken")
}

// Attachment is a file of a message.
type Attachment struct {
	ID, Name string
	// Size is in bytes.
	Size int64
}

// Delivery is what became of a message of ours.
type Delivery struct {
	ConversationID, MessageID string
	// Code is queued, sending, sent, failed or unknown; empty for what arrived.
	Code string
	// Reason is why, as a code; may be empty.
	Reason string
	// List is the conversation's.
	List string
}

// NeedsAttention reports whether a person has to decide something.
func (d Delivery) NeedsAttention() bool { return d.Code == "failed" || d.Code == "unknown" }

func (d Delivery) moving() bool { return d.Code == "queued" || d.Code == "sending" }

func (d Delivery) path() string {
	return "/inbox/" + d.ConversationID + "/messages/" + d.MessageID + "/delivery" + d.List
}

func (d Delivery) kind() string {
	switch d.Code {
	case "sent":
		return ui.Success
	case "failed":
		return ui.Failure
	case "unknown":
		return ui.Warning
	}
	return ui.Info
}

func (d Delivery) reasonText(ctx context.Context) string {
	l := locale.From(ctx)
	if key := "conversation.reason." + d.Reason; d.Reason != "" && l.Has(key) {
		return l.T(key)
	}
	return ""
}

// Reply is the form of an answer.
type Reply struct {
	From string
	// Choices are whom it can go to: one, as a rule; where that is no more who the form
	// showed before, that one and who is answered now.
	Choices []Addressee
	// Changed says that the conversation is not any more what the form showed; Before is
	// whom the answer was to go to.
	Changed bool
	Before  string
	// Written is how many messages people have written, as it is sent back.
	Written        string
	IdempotencyKey string
	Body           string
	Errors         map[string]string
	// Obstacle is why nothing can be sent, as a code; "" when something can.
	Obstacle string
}

// Addressee is whom an answer goes to.
type Addressee struct {
	// MessageID is of the message that is answered, which there is unless we wrote first.
	MessageID  string
	HasMessage bool
	To         string
	// Sender and At are the message's.
	Sender string
	At     time.Time
	// IsElsewhere says that To is not the address that the conversation is with; IsList,
	// that the message came through a list or in bulk.
	IsElsewhere, IsList bool
}

// changed says what is new about whom the answer goes to; "" when nothing is.
func (r Reply) changed(ctx context.Context) string {
	if !r.Changed {
		return ""
	}
	return locale.From(ctx).T("conversation.changed", "to", r.Before)
}

// size says how large a file is, with at most one decimal.
func size(ctx context.Context, bytes int64) string {
	l := locale.From(ctx)
	switch {
	case bytes < 1000:
		return l.T("conversation.bytes", "size", bytes)
	case bytes < 1_000_000:
		return l.T("conversation.kilobytes", "size", (bytes+500)/1000)
	}
	return l.T("conversation.megabytes", "size", fmt.Sprintf("%.1f", float64(bytes)/1e6))
}

func fileName(ctx context.Context, name string) string {
	if name == "" {
		return locale.From(ctx).T("conversation.file")
	}
	return name
}

func subjectOf(ctx context.Context, subject string) string {
	if strings.TrimSpace(subject) == "" {
		return locale.From(ctx).T("conversation.no_subject")
	}
	return subject
}
