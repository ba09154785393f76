package conversation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/mail"
	"frontdesk/internal/web"
	views "frontdesk/views/conversation"
)

// addressee is a message that can be answered, and whom an answer to it goes to.
type addressee struct {
	row       db.ConversationAnswerableRow
	addresses []string
}

// text is how a page shows whom the answer goes to, and how its form says what it showed.
func (a addressee) text() string { return strings.Join(a.addresses, ", ") }

// addresseesOf returns those of a conversation, the one that is answered first. Where
// nothing has come, as in a conversation that we began, there is whom it is with, and no
// message.
func addresseesOf(rows []db.ConversationAnswerableRow, received bool, contact string) []addressee {
	var found []addressee
	for _, row := range rows {
		if addresses := sendable(row.Addresses); len(addresses) > 0 {
			found = append(found, addressee{row, addresses})
		}
	}
	if addresses := sendable([]string{contact}); !received && len(addresses) > 0 {
		found = append(found, addressee{addresses: addresses})
	}
	return found
}

// sendable leaves out what mail cannot be sent to.
func sendable(addresses []string) (cleaned []string) {
	for _, address := range addresses {
		if one, err := mail.CleanAddress(mail.Address{Address: address}); address != "" && err == nil {
			cleaned = append(cleaned, one.Address)
		}
	}
	return cleaned
}

// addressed is an addressee that was decided on, and what else the answer is made of.
type addressed struct {
	addressee
	subject, from string
}

// state is what decides whom an answer goes to, as it is now.
type state struct {
	from   string
	active bool
	// written is how many messages somebody has written, we or others; byPrograms, that
	// all that has come is programs'.
	written    int64
	byPrograms bool
	// addressees are those that there are, the one that is answered first.
	addressees []addressee
}

// obstacle is why nothing can be sent, as a code; "" when something can.
func (s state) obstacle() string {
	switch {
	case !s.active:
		return "mailbox_inactive"
	case len(s.addressees) > 0:
		return ""
	case s.byPrograms:
		return "automatic"
	}
	return "no_address"
}

// find returns the addressee whose message it is.
func (s state) find(messageID uuid.UUID) (addressee, bool) {
	at := slices.IndexFunc(s.addressees, func(a addressee) bool { return a.row.ID == messageID })
	if at < 0 {
		return addressee{}, false
	}
	return s.addressees[at], true
}

// choose returns whom the form showed, and whether all that it showed is still so: what
// was shown is what is done (hazard 126). There must be an addressee.
func (s state) choose(shown shown) (chosen addressee, holds bool) {
	if !shown.any {
		return s.addressees[0], true
	}
	chosen, found := s.find(shown.answers)
	return chosen, found && chosen.text() == shown.to && s.from == shown.from && s.written == shown.written
}

// shown is what the form of an answer showed when it was made, as it comes back with it.
type shown struct {
	// any is false for what came without it: the contract's form has a body alone.
	any bool
	// answers is the message that is answered; the zero id where there is none.
	answers uuid.UUID
	// to and from are as they were shown.
	to, from string
	// written is how many messages somebody had written in the conversation.
	written int64
}

// draft is an answer that is being written.
type draft struct {
	key, body string
	errors    map[string]string
	shown     shown
}

// readDraft reads the form of an answer; what is wrong is said in it.
func readDraft(form *web.Form) draft {
	written := draft{body: form.Lines("body", maxAnswer)}
	if written.body == "" {
		form.Reject("body", "field.required")
	}
	if !form.Has("written") && !form.Has("answers") {
		return written
	}
	answers, err := uuid.Parse(form.Value("answers"))
	if err != nil {
		form.Reject("answers", "field.choose")
	}
	count, err := strconv.ParseInt(form.Value("written"), 10, 64)
	if err != nil {
		count = -1 // as no page shows it
	}
	written.shown = shown{true, answers, form.Value("to-" + answers.String()), form.Value("from"), count}
	return written
}

// again is the draft as its form was sent, to be shown once more.
func (d draft) again(form *web.Form) draft {
	d.key, d.body, d.errors = form.Value("_idempotency_key"), form.Value("body"), form.Errors()
	return d
}

// replyOf is the form of an answer: whom it goes to, or what stands in the way of one.
// Where that is no more what the form showed before, it shows both, and the draft stays
// what it was.
func replyOf(written draft, found record, l *locale.Locale) views.Reply {
	row := found.row
	now := state{
		from: row.MailboxAddress, active: row.MailboxActive, written: row.Written, byPrograms: row.Received && !row.ReceivedByHand,
		addressees: addresseesOf(found.answerable, row.Received, row.ContactAddress),
	}
	reply := views.Reply{
		IdempotencyKey: written.key, Body: written.body, Errors: written.errors, From: now.from,
		Written: strconv.FormatInt(now.written, 10), Obstacle: now.obstacle(),
	}
	if reply.Obstacle != "" {
		return reply
	}
	chosen, holds := now.choose(written.shown)
	choices := []addressee{chosen}
	if !holds {
		choices = now.beside(written.shown)
		reply.Changed, reply.Before = true, written.shown.to
	}
	for _, choice := range choices {
		reply.Choices = append(reply.Choices, addresseeOf(choice, row.ContactAddress, l))
	}
	return reply
}

// beside returns whom a form showed, where it still can be answered, and who is answered
// now.
func (s state) beside(shown shown) []addressee {
	before, found := s.find(shown.answers)
	if !found || before.row.ID == s.addressees[0].row.ID {
		return s.addressees[:1]
	}
	return []addressee{before, s.addressees[0]}
}

func addresseeOf(a addressee, contact string, l *locale.Locale) views.Addressee {
	return views.Addressee{
		MessageID: a.row.ID.String(), HasMessage: a.row.ID != uuid.Nil, To: a.text(),
		Sender: contactName(a.row.FromName, a.row.FromAddress, l), At: a.row.ReceivedAt, IsList: a.row.Origin == string(mail.OriginList),
		IsElsewhere: contact != "" && slices.ContainsFunc(a.addresses, func(to string) bool { return !strings.EqualFold(to, contact) }),
	}
}
