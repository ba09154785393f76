// Package conversation is the shared inbox: what arrives in the clinic's
// mailboxes, threaded, and what the clinic answers.
package conversation

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/mail"
)

// The longest values, as the tables have them.
const (
	maxSubject   = 1000
	maxName      = 500
	maxAddress   = 320
	maxID        = 998
	maxPreview   = 300
	maxFileName  = 500
	maxMediaType = 200
	// maxReferences is how many ids of a message are kept; the nearest are last.
	maxReferences = 100
	// maxReplyTo is at how many addresses a sender may want answers; what is beyond is
	// neither shown nor written to.
	maxReplyTo = 20
	// maxAnswer is the longest answer, in characters.
	maxAnswer = 50_000
)

// subjectWindow is how long after its last message a conversation is still found
// by its subject, where a mail program keeps no References.
const subjectWindow = 30 * 24 * time.Hour

// logged is how the clinic's log knows a conversation.
var logged = audit.Reader[db.ConversationLockRow]{
	Kind: Audit.Kind, Read: (*db.Queries).ConversationLock,
	Name: func(row db.ConversationLockRow) string { return row.Subject },
}

// loggedMessage is how the clinic's log knows a message.
var loggedMessage = audit.Reader[db.ConversationMessageLockRow]{
	Kind: MessageAudit.Kind, Read: (*db.Queries).ConversationMessageLock,
	Name:    func(row db.ConversationMessageLockRow) string { return row.Subject },
	Subject: func(row db.ConversationMessageLockRow) uuid.UUID { return row.ConversationID },
}

// limited returns the first most characters of a text.
func limited(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// limitedList keeps the last of a list, each within its length.
func limitedList(list []string, most, length int) []string {
	kept := []string{}
	for _, text := range list[max(0, len(list)-most):] {
		kept = append(kept, limited(text, length))
	}
	return kept
}

// addressList returns the addresses of people, without those that have none.
func addressList(people ...mail.Address) []string {
	addresses := []string{}
	for _, person := range people {
		if person.Address != "" && len(addresses) < 100 {
			addresses = append(addresses, limited(person.Address, maxAddress))
		}
	}
	return addresses
}

// preview returns the beginning of what a message says, as one line, without
// what it quotes.
func preview(text, content string) string {
	if strings.TrimSpace(text) == "" && content != "" {
		safe, _ := mail.SanitizeHTML(content, func(string) string { return "" })
		text = textOf(safe)
	}
	said, _ := SplitQuote(text)
	if strings.TrimSpace(said) == "" {
		said = text
	}
	// Whole words would be nicer and a long text costs: only its start is folded.
	return limited(strings.Join(strings.Fields(limited(said, 4*maxPreview)), " "), maxPreview)
}

// textOf returns the text between the tags of cleaned HTML.
func textOf(content string) string {
	var text strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(content))
	for text.Len() < 8*maxPreview {
		switch tokens.Next() {
		case html.ErrorToken:
			return text.String()
		case html.TextToken:
			text.Write(tokens.Text())
		default:
			text.WriteByte(' ')
		}
	}
	return strings.ToValidUTF8(html.UnescapeString(text.String()), "")
}

// SplitQuote parts a plain text before the quotation that ends it: lines that
// begin with ">", and the line above them that says whose they are. Quotations
// within a text, which are being answered point by point, stay.
func SplitQuote(text string) (said, quoted string) {
	lines := strings.Split(text, "\n")
	start := len(lines)
	seen := false
	for start > 0 {
		line := strings.TrimSpace(lines[start-1])
		if line != "" && !strings.HasPrefix(line, ">") {
			break
		}
		seen = seen || line != ""
		start--
	}
	if !seen {
		return text, ""
	}
	for n := 0; n < 2 && start > 0 && strings.TrimSpace(lines[start-1]) != ""; n++ {
		if !strings.HasSuffix(strings.TrimSpace(lines[start-1]), ":") && n == 0 {
			break
		}
		start--
	}
	return strings.TrimRight(strings.Join(lines[:start], "\n"), "\n "), strings.Join(lines[start:], "\n")
}

// replySubject returns the subject of an answer.
func replySubject(subject string) string {
	subject = strings.TrimSpace(subject)
	if mail.IsReply(subject) {
		return limited(subject, maxSubject)
	}
	return limited(strings.TrimSpace("Re: "+subject), maxSubject)
}

// newMessageID returns the id of a message that we write. It is drawn before the
// first attempt to send and kept, so that every attempt has the same (hazard 66).
func newMessageID(id uuid.UUID, sender string) string {
	_, domain, found := strings.Cut(sender, "@")
	if !found {
		domain = "frontdesk.invalid"
	}
	return id.String() + "@" + domain
}
