package conversation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/imap"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

func crlf(raw string) []byte { return []byte(strings.ReplaceAll(raw, "\n", "\r\n")) }

func TestHazard128AMessageThatIsMovedAwayAndBackIsTheOneThatItWas(t *testing.T) {
	t.Parallel()
	raw := letter("root@x.example", "Ana <ana@x.example>", "Question", "May I ask?")
	cases := map[string]struct{ away, back string }{
		"as it was":                     {raw, raw},
		"with a line of the program's":  {raw, "X-Moved-By: a program\n" + raw},
		"with a file":                   {withAttachment, withAttachment},
		"with a file and a line":        {withAttachment, "X-Moved-By: a program\n" + withAttachment},
		"without an id":                 {strings.Replace(raw, "Message-ID: <root@x.example>\n", "", 1), strings.Replace(raw, "Message-ID: <root@x.example>\n", "", 1)},
		"after the server counts anew":  {raw, raw},
		"and the server counts anew so": {raw, "X-Moved-By: a program\n" + raw},
	}
	world := newFixture(t)
	for name, c := range cases {
		f := *world
		f.account = testkit.Mailbox(t)
		f.mailboxID = f.addMailbox(f.account)
		f.deliver(c.away)
		f.deliver(letter("other@x.example", "dan@x.example", "Another", "Stays."))
		f.read()
		id := f.clinic.Text("select id from messages where mailbox_id = $1 order by uid limit 1", f.mailboxID)
		f.account.Remove(t, crlf(c.away))
		f.read()
		if strings.Contains(name, "counts anew") {
			f.account.RenewUIDValidity(t)
		}
		f.deliver(c.back)
		f.read()
		f.read()
		if messages, conversations := f.count("messages where mailbox_id = $1", f.mailboxID), f.count("conversations where mailbox_id = $1", f.mailboxID); messages != 2 || conversations != 2 {
			t.Errorf("%s: %d messages in %d conversations", name, messages, conversations)
		}
		if again := f.clinic.Text("select id from messages where mailbox_id = $1 order by uid desc limit 1", f.mailboxID); again != id {
			t.Errorf("%s: it is not the one that it was", name)
		}
	}
}

// Another text, or another file, under the id of a message that is gone is another message.
func TestHazard128WhatTakesTheIDOfAMessageThatIsGoneIsAnotherMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	f.account.Remove(t, crlf(withAttachment))
	f.deliver(letter("root@x.example", "ana@x.example", "Question", "Not the first."))
	f.deliver(strings.Replace(withAttachment, "JRU5ErkJggg==", "JRU5ErkJgggAAAA", 1))
	f.read()
	if got := f.count("messages"); got != 3 {
		t.Errorf("%d messages", got)
	}
}

// The same bytes twice are two messages (hazard 59), of one conversation.
func TestHazard128ACopyOfAMessageIsNoSecondConversation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := letter("root@x.example", "Ana <ana@x.example>", "Question", "May I ask?")
	f.deliver(raw)
	f.read()
	f.deliver(raw)
	f.deliver("X-Copied-By: a program\n" + raw)
	f.read()
	f.only()
}

// meanwhile does something before the first message is kept; the next portion has been
// listed by then.
type meanwhile struct {
	mailbox.Receiver
	do func()
}

func (m *meanwhile) Receive(ctx context.Context, id uuid.UUID, validity uint32, message imap.Message, also func(context.Context, *store.Tx) error) error {
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.Receiver.Receive(ctx, id, validity, message, also)
}

// It is large, so that it comes in a portion of its own.
func TestHazard128AMessageThatIsRemovedWhileItIsReadIsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	gone := letter("gone@x.example", "ana@x.example", "Gone", strings.Repeat("You never saw me.\n", 200_000))
	f.deliver(letter("before@x.example", "ana@x.example", "Before", "Stays."))
	f.deliver(gone)
	f.deliver(letter("behind@x.example", "ana@x.example", "Behind", "Stays."))
	f.sync.Receiver = &meanwhile{Receiver: f.sync.Receiver, do: func() { f.account.Remove(t, crlf(gone)) }}
	f.read()
	if got := f.clinic.Text("select string_agg(subject || cardinality(defects), ' ' order by uid) from messages"); got != "Before0 Behind0" {
		t.Errorf("there is %q", got)
	}
}
