package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Session is a signed-in connection to a mailbox. It is not for concurrent use.
type Session struct {
	client     *imapclient.Client
	connection *connection
	limits     Limits
	ctx        context.Context
	release    func()
}

// Inbox is the state of a mailbox's INBOX. UIDs mean something within one
// UIDValidity only: when it differs from the last time, every message is to be
// read again (RFC 9051, 2.3.1.1; hazard 59).
type Inbox struct {
	UIDValidity uint32
	// UIDNext is above every UID that is there now.
	UIDNext uint32
	// Messages is how many there are.
	Messages uint32
}

// Inbox opens the INBOX, read-only: nothing that this package does marks a
// message as read or changes the mailbox.
func (s *Session) Inbox() (Inbox, error) {
	selected, err := s.client.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return Inbox{}, s.because(ErrProtocol, fmt.Errorf("open the INBOX: %w", err))
	}
	if selected.UIDValidity == 0 {
		return Inbox{}, because(ErrProtocol, errors.New("the INBOX has no UIDVALIDITY"))
	}
	inbox := Inbox{UIDValidity: selected.UIDValidity, UIDNext: uint32(selected.UIDNext), Messages: selected.NumMessages}
	if inbox.UIDNext == 0 {
		inbox.UIDNext, err = s.askUIDNext()
	}
	return inbox, err
}

// askUIDNext serves servers of before RFC 9051, which may leave UIDNEXT out of
// what they say when a mailbox is opened.
func (s *Session) askUIDNext() (uint32, error) {
	status, err := s.client.Status("INBOX", &imap.StatusOptions{UIDNext: true}).Wait()
	switch {
	case err != nil:
		return 0, s.because(ErrProtocol, fmt.Errorf("ask for UIDNEXT: %w", err))
	case status.UIDNext == 0:
		return 0, because(ErrProtocol, errors.New("the INBOX has no UIDNEXT"))
	}
	return uint32(status.UIDNext), nil
}

// HasMessageID reports whether the INBOX, which must be open, holds a message
// with that Message-ID, with or without < and >. An id with a control character
// is on no message.
func (s *Session) HasMessageID(id string) (bool, error) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' }) {
		return false, nil
	}
	criteria := &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: "<" + strings.Trim(id, "<>") + ">"}}}
	found, err := s.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return false, s.because(ErrProtocol, fmt.Errorf("search a Message-ID: %w", err))
	}
	return len(found.AllUIDs()) > 0, nil
}

// logoutTime is how long a server may take to say goodbye.
const logoutTime = time.Second

// Close says goodbye and ends the connection. A server that does not answer is
// left without it.
func (s *Session) Close() {
	defer s.release()
	farewell := time.AfterFunc(logoutTime, func() { s.connection.Close() })
	defer farewell.Stop()
	if s.connection.cause() == nil {
		// What was wanted has been read; whether the goodbye succeeds is nobody's
		// concern, and the connection ends either way.
		if err := s.client.Logout().Wait(); err == nil {
			s.client.Close()
			return
		}
	}
	s.client.Close()
}

// because gives an error of go-imap the reason that the connection knows, and
// the one given when the connection is well.
func (s *Session) because(reason, err error) error {
	if cause := s.connection.cause(); cause != nil {
		if errors.Is(s.ctx.Err(), context.DeadlineExceeded) {
			return because(ErrTimeout, err)
		}
		return because(reason, cause)
	}
	if answer, answered := errors.AsType[*imap.Error](err); answered && isTrouble(answer) {
		return because(ErrUnreachable, err)
	}
	return because(reason, err)
}

// isTrouble reports whether a server says that it cannot serve now, which is no
// breach of the protocol and passes by itself.
func isTrouble(answer *imap.Error) bool {
	switch answer.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug:
		return true
	}
	return answer.Type == imap.StatusResponseTypeBye
}

// greetingFailure tells a server that says goodbye at once from one that talks
// nonsense.
func (s *Session) greetingFailure(err error) error {
	if _, answered := errors.AsType[*imap.Error](err); answered {
		return because(ErrUnreachable, fmt.Errorf("greeting: %w", err))
	}
	return s.because(ErrProtocol, fmt.Errorf("greeting: %w", err))
}

// loginFailure tells refused credentials from a server that cannot serve.
func (s *Session) loginFailure(err error) error {
	answer, ok := errors.AsType[*imap.Error](err)
	switch {
	case !ok:
		return s.because(ErrProtocol, fmt.Errorf("sign in: %w", err))
	case isTrouble(answer):
		return because(ErrUnreachable, fmt.Errorf("sign in: %w", err))
	}
	return because(ErrCredentials, fmt.Errorf("sign in: %w", err))
}
