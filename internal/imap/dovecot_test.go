package imap_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/imap"
	"frontdesk/internal/outbound"
	"frontdesk/internal/testkit"
)

// visiting returns a client that trusts the account's server, and the account's
// address.
func visiting(t *testing.T, account testkit.Account) (*imap.Client, imap.Server) {
	t.Helper()
	dialer, err := outbound.New(true, account.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	return &imap.Client{Dialer: dialer}, imap.Server{
		Host: account.Host, Port: account.TLSPort, Security: imap.TLS, Username: account.Username, Password: account.Password,
	}
}

// read opens a session and returns the INBOX's state and its messages above a UID.
func read(t *testing.T, client *imap.Client, server imap.Server, after uint32, limit int) (imap.Inbox, []imap.Message, bool) {
	t.Helper()
	session, err := client.Open(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	var messages []imap.Message
	more, err := session.Each(inbox, after, limit, func(message imap.Message) error {
		messages = append(messages, message)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return inbox, messages, more
}

func simple(number int) []byte {
	return fmt.Appendf(nil, "From: a@example.test\r\nSubject: %d\r\nMessage-ID: <%d@example.test>\r\n\r\ntext\r\n", number, number)
}

func TestTheWholeCorpusArrivesByteForByteInOrder(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	corpus := testkit.MailCorpus(t)
	for _, message := range corpus {
		account.Deliver(t, message.Raw)
	}
	client, server := visiting(t, account)
	inbox, messages, more := read(t, client, server, 0, 0)
	if int(inbox.Messages) != len(corpus) || more {
		t.Fatalf("the INBOX has %d of %d messages", inbox.Messages, len(corpus))
	}
	want := map[string]string{}
	for _, message := range corpus {
		want[string(message.Raw)] = message.Name
	}
	if len(messages) != len(corpus) {
		t.Fatalf("%d of %d messages came", len(messages), len(corpus))
	}
	for i, message := range messages {
		if i > 0 && message.UID <= messages[i-1].UID {
			t.Errorf("UID %d comes after %d", message.UID, messages[i-1].UID)
		}
		if !bytes.Equal(message.Raw, corpus[i].Raw) {
			t.Errorf("%s (UID %d) came as %q (%d bytes for %d)", corpus[i].Name, message.UID, want[string(message.Raw)], len(message.Raw), len(corpus[i].Raw))
		}
	}
}

func TestOnlyMessagesAboveTheGivenUIDAreRead(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	if inbox, messages, more := read(t, client, server, 0, 0); inbox.UIDNext != 1 || len(messages) != 0 || more {
		t.Fatalf("an empty INBOX gave %+v, %d messages", inbox, len(messages))
	}
	received := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	for number := range 7 {
		account.DeliverAt(t, simple(number), received)
	}
	_, messages, more := read(t, client, server, 0, 3)
	if len(messages) != 3 || !more || !messages[0].InternalDate.Equal(received) || messages[0].Size != int64(len(messages[0].Raw)) {
		t.Fatalf("%d messages, more %t, %+v", len(messages), more, messages)
	}
	_, messages, more = read(t, client, server, messages[2].UID, 0)
	if len(messages) != 4 || more || !bytes.Equal(messages[0].Raw, simple(3)) {
		t.Fatalf("then %d messages, more %t", len(messages), more)
	}
	if _, messages, _ = read(t, client, server, messages[3].UID, 0); len(messages) != 0 {
		t.Fatalf("then %d messages, the last one again", len(messages))
	}
}

func TestHazard059ANewUIDValidityShowsAndEveryMessageIsThereStill(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	for number := range 3 {
		account.Deliver(t, simple(number))
	}
	before, first, _ := read(t, client, server, 0, 0)
	account.RenewUIDValidity(t)
	after, second, _ := read(t, client, server, 0, 0)
	if before.UIDValidity == after.UIDValidity || len(first) != 3 || len(second) != 3 {
		t.Fatalf("before %+v with %d, after %+v with %d", before, len(first), after, len(second))
	}
	again, _, _ := read(t, client, server, 0, 0)
	if again.UIDValidity != after.UIDValidity {
		t.Fatalf("the UIDVALIDITY goes on changing: %+v, %+v", after, again)
	}
}

func TestHazard059TwoMessagesOfOneMessageIDAreTwo(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	account.Deliver(t, simple(1))
	account.Deliver(t, simple(1))
	if _, messages, _ := read(t, client, server, 0, 0); len(messages) != 2 || messages[0].UID == messages[1].UID {
		t.Fatalf("%d messages", len(messages))
	}
}

func TestHazard057AMessageAboveTheLimitComesAsItsHeader(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	client.Limits.Message = 64 << 10
	header := "From: a@example.test\r\nSubject: large\r\n\r\n"
	account.Deliver(t, simple(1))
	account.Deliver(t, []byte(header+strings.Repeat(strings.Repeat("x", 70)+"\r\n", 2000)))
	account.Deliver(t, simple(3))
	_, messages, _ := read(t, client, server, 0, 0)
	if len(messages) != 3 || messages[0].TooLarge || !messages[1].TooLarge || messages[2].TooLarge {
		t.Fatalf("%d messages: %+v", len(messages), messages)
	}
	if string(messages[1].Raw) != header || messages[1].Size < 140_000 || !bytes.Equal(messages[2].Raw, simple(3)) {
		t.Fatalf("%q of %d", messages[1].Raw, messages[1].Size)
	}
}

func TestHazard057ASessionStopsWhenItsBytesAreUsedAndTheNextGoesOn(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	client.Limits = imap.Limits{Message: 300 << 10, Total: 2 << 20}
	for number := range 6 {
		account.Deliver(t, slices.Concat(simple(number), bytes.Repeat([]byte(strings.Repeat("y", 78)+"\r\n"), 3500)))
	}
	var last uint32
	sessions, got := 0, 0
	for more := true; more; sessions++ {
		var messages []imap.Message
		_, messages, more = read(t, client, server, last, 0)
		if len(messages) == 0 {
			t.Fatal("a session made no progress")
		}
		got += len(messages)
		last = messages[len(messages)-1].UID
	}
	if sessions < 2 || got != 6 {
		t.Fatalf("%d messages in %d sessions", got, sessions)
	}
}

func TestStartTLSReachesARealServer(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	account.Deliver(t, simple(1))
	server.Port, server.Security = account.StartTLSPort, imap.StartTLS
	if _, messages, _ := read(t, client, server, 0, 0); len(messages) != 1 {
		t.Fatalf("%d messages", len(messages))
	}
}

func TestHazard058ARealServerIsRefusedForItsReason(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	trusting, server := visiting(t, account)
	strict := &imap.Client{Dialer: &outbound.Dialer{AllowPrivate: true}}
	public := &imap.Client{Dialer: &outbound.Dialer{}}
	wrong, elsewhere, startTLS := server, server, server
	wrong.Password = "wrong"
	elsewhere.Port = 1
	startTLS.Port, startTLS.Security = account.StartTLSPort, imap.StartTLS
	for name, situation := range map[string]struct {
		client *imap.Client
		server imap.Server
		want   error
	}{
		"wrong password":                   {trusting, wrong, imap.ErrCredentials},
		"unknown authority":                {strict, server, imap.ErrCertificate},
		"unknown authority after STARTTLS": {strict, startTLS, imap.ErrCertificate},
		"nothing there":                    {trusting, elsewhere, imap.ErrUnreachable},
		"hazard 56: a private address":     {public, server, imap.ErrUnreachable},
	} {
		session, err := situation.client.Open(context.Background(), situation.server)
		if err == nil {
			session.Close()
		}
		if !errors.Is(err, situation.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMessageIsFoundByItsMessageID(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	account.Deliver(t, simple(1))
	session, err := client.Open(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := session.Inbox(); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"1@example.test": true, "<1@example.test>": true, "2@example.test": false, "@example.test": false, "": false, `"quoted" \`: false} {
		if found, err := session.HasMessageID(id); found != want || err != nil {
			t.Errorf("%q: %t, %v", id, found, err)
		}
	}
}

func TestAnErrorOfTheVisitorEndsTheReading(t *testing.T) {
	t.Parallel()
	account := testkit.Mailbox(t)
	client, server := visiting(t, account)
	account.Deliver(t, simple(1))
	session, err := client.Open(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	if _, err := session.Each(inbox, 0, 0, func(imap.Message) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

// removes takes a message out of the INBOX when the reading has listed it.
type removes struct {
	visited []imap.Message
	remove  func()
}

func (r *removes) Begin(imap.Message) (imap.Way, error) {
	if r.remove != nil {
		r.remove()
		r.remove = nil
	}
	return imap.Portion, nil
}

func (r *removes) Visit(message imap.Message, _ uint32) error {
	r.visited = append(r.visited, message)
	return nil
}

func TestHazard128WhatARealServerLosesAfterTheListingIsNothing(t *testing.T) {
	t.Parallel()
	for _, gone := range [][]int{{1}, {0}, {2}, {0, 1, 2}} {
		account := testkit.Mailbox(t)
		client, server := visiting(t, account)
		for number := range 3 {
			account.Deliver(t, simple(number))
		}
		session, err := client.Open(context.Background(), server)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		inbox, err := session.Inbox()
		if err != nil {
			t.Fatal(err)
		}
		visitor := &removes{remove: func() {
			for _, number := range gone {
				account.Remove(t, simple(number))
			}
		}}
		if _, err := session.Read(inbox, 0, 0, visitor); err != nil {
			t.Errorf("%v removed: %v", gone, err)
		}
		if len(visitor.visited) != 3-len(gone) {
			t.Errorf("%v removed, and %d came", gone, len(visitor.visited))
		}
		for _, message := range visitor.visited {
			if len(message.Raw) == 0 || message.Unreadable {
				t.Errorf("%v removed, and %d came as %q", gone, message.UID, message.Raw)
			}
		}
	}
}
