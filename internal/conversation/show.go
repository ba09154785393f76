package conversation

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/mail"
	views "frontdesk/views/conversation"
)

// maxTextShown is where the query cuts a text.
const maxTextShown = 100_000

func conversationOf(row db.ConversationGetRow, clients []db.ConversationClientsRow, l *locale.Locale) views.Conversation {
	shown := views.Conversation{
		ID: row.ID.String(), Subject: row.Subject, Contact: contactName(row.ContactName, row.ContactAddress, l), Address: row.ContactAddress,
		Mailbox: row.MailboxName, Unread: row.Unread, Seen: strconv.FormatInt(row.Messages, 10),
	}
	for _, client := range clients {
		shown.Clients = append(shown.Clients, views.Client{ID: client.ID.String(), Name: l.PersonName(client.FirstName, client.LastName)})
	}
	if len(clients) == 0 && row.ContactAddress != "" {
		shown.AddClient = addClient(row.ContactName, row.ContactAddress)
	}
	return shown
}

// addClient is the address of the form for a client, with what the mail tells.
func addClient(name, address string) string {
	query := url.Values{"email": {address}}
	first, last := name, ""
	if space := strings.LastIndexByte(name, ' '); space > 0 {
		first, last = name[:space], name[space+1:]
	}
	if first != "" && !strings.Contains(name, "@") {
		query.Set("first_name", limited(first, 100))
		query.Set("last_name", limited(last, 100))
	}
	return "/clients/new?" + query.Encode()
}

// messagesOf puts the messages, which come newest first, in the order of reading.
// The last two are open, and those whose sending needs attention. list is the state of
// the list, for the forms.
func messagesOf(conversationID uuid.UUID, rows []db.ConversationMessagesRow, attachments []db.ConversationAttachmentsRow, list string) []views.Message {
	files := map[uuid.UUID][]views.Attachment{}
	for _, row := range attachments {
		if row.ContentID == "" {
			files[row.MessageID] = append(files[row.MessageID], views.Attachment{ID: row.ID.String(), Name: row.Name, Size: row.Size})
		}
	}
	shown := make([]views.Message, 0, len(rows))
	for n := len(rows) - 1; n >= 0; n-- {
		message := messageOf(conversationID, rows[n])
		message.Attachments, message.Delivery.List = files[rows[n].ID], list
		message.Open = n < 2 || message.Delivery.NeedsAttention()
		shown = append(shown, message)
	}
	return shown
}

func messageOf(conversationID uuid.UUID, row db.ConversationMessagesRow) views.Message {
	message := views.Message{
		ID: row.ID.String(), ConversationID: conversationID.String(), Own: row.Direction == "out",
		FromName: row.FromName, FromAddress: row.FromAddress, WantsAnswersAt: wanted(row), To: row.ToAddresses,
		IsAutomatic: row.Origin == string(mail.OriginProgram), Author: row.AuthorName,
		At: row.ReceivedAt, Preview: row.Preview, HasHTML: row.HasHtml, HasRaw: row.HasRaw, Size: row.Size, Defects: row.Defects,
		IsCut: len([]rune(row.BodyText)) >= maxTextShown,
	}
	readText(&message, row.BodyText)
	if message.Own {
		message.Delivery = views.Delivery{ConversationID: conversationID.String(), MessageID: row.ID.String(), Code: row.Delivery, Reason: row.DeliveryError}
	}
	return message
}

// readText shows a message's text: as what it says, with the quotation at its end
// folded, or beside the HTML.
func readText(message *views.Message, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if message.HasHTML {
		message.Beside = linked(text)
		return
	}
	said, quoted := SplitQuote(text)
	if strings.TrimSpace(said) == "" {
		said, quoted = text, ""
	}
	message.Text = linked(said)
	if quoted != "" {
		message.Quoted = linked(quoted)
	}
}

// linked is a text as HTML with links. The page keeps line ends and spaces as they
// are, so a break at each line end would double them.
func linked(text string) string {
	return strings.ReplaceAll(mail.TextToHTML(text), "<br>\n", "\n")
}

// wanted is where a sender wants answers, if that is elsewhere.
func wanted(row db.ConversationMessagesRow) []string {
	if row.ReplyTo == "" {
		return nil
	}
	return append([]string{row.ReplyTo}, row.ReplyToOthers...)
}
