package testkit

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTPAnswer is what the server of a test does with the next messages.
type SMTPAnswer int

// The answers. Except for SMTPTaken, nothing is recorded as taken.
const (
	SMTPTaken              SMTPAnswer = iota // 250 after DATA
	SMTPTemporary                            // 451 after DATA
	SMTPPermanent                            // 554 after DATA
	SMTPRecipientRefused                     // 550 to RCPT TO
	SMTPRecipientLater                       // 450 to RCPT TO
	SMTPSilent                               // reads the message and never answers
	SMTPClosed                               // reads the message and closes the connection
	SMTPCredentialsRefused                   // 535 to AUTH
	SMTPCredentialsTrouble                   // 454 to AUTH
)

// SMTPMessage is a message that the server read to its end, taken or not.
type SMTPMessage struct {
	From  string
	To    []string
	Raw   []byte
	Taken bool
}

// SMTPServer is a submission server on loopback that keeps what it is sent.
type SMTPServer struct {
	Host                  string
	TLSPort, StartTLSPort int
	// PlainPort offers no STARTTLS, as a server does whose offer was stripped.
	PlainPort          int
	Username, Password string
	// CAFile is the authority of the server's certificate (MAIL_CA_FILE): the
	// same as Dovecot's where that runs.
	CAFile string

	ended    chan struct{}
	mutex    sync.Mutex
	answer   SMTPAnswer
	messages []SMTPMessage
	arrived  chan struct{}
}

// SMTP starts a server of the test's own, which ends with the test.
func SMTP(t testing.TB) *SMTPServer {
	t.Helper()
	authority, err := testAuthority(t)
	if err != nil {
		t.Fatalf("start an SMTP server: %v", err)
	}
	settings, err := authority.issueTLS()
	if err != nil {
		t.Fatalf("start an SMTP server: %v", err)
	}
	server := &SMTPServer{
		Host: "localhost", Username: "clinic@example.test", Password: mailPassword, CAFile: authority.File,
		ended: make(chan struct{}), arrived: make(chan struct{}, 1024),
	}
	server.StartTLSPort = server.listen(t, settings, false)
	server.TLSPort = server.listen(t, settings, true)
	server.PlainPort = server.listen(t, nil, false)
	t.Cleanup(func() { close(server.ended) })
	return server
}

// testAuthority returns Dovecot's authority, so that one MAIL_CA_FILE serves
// both, or one of the test's own where Dovecot does not run.
func testAuthority(t testing.TB) (*authority, error) {
	file, keyFile := os.Getenv("TEST_IMAP_CA_FILE"), os.Getenv("TEST_IMAP_CA_KEY_FILE")
	if file == "" || keyFile == "" {
		return newAuthority(t.TempDir())
	}
	return readAuthority(file, keyFile)
}

func (s *SMTPServer) listen(t testing.TB, settings *tls.Config, implicit bool) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start an SMTP server: %v", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	server := smtp.NewServer(smtp.BackendFunc(func(connection *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{server: s, connection: connection}, nil
	}))
	server.Domain = "localhost"
	server.AllowInsecureAuth = settings == nil
	server.EnableSMTPUTF8 = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if implicit {
		listener = tls.NewListener(listener, settings)
	} else {
		server.TLSConfig = settings
	}
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("the SMTP server ended: %v", err)
		}
	}()
	t.Cleanup(func() { server.Close() })
	return port
}

// Answer sets what happens to the messages that come from now on.
func (s *SMTPServer) Answer(answer SMTPAnswer) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.answer = answer
}

// Messages returns what the server has read so far, in order.
func (s *SMTPServer) Messages() []SMTPMessage {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]SMTPMessage(nil), s.messages...)
}

// Next waits for the next message that no call of Next has waited for, and fails
// the test when none comes within ten seconds.
func (s *SMTPServer) Next(t testing.TB) SMTPMessage {
	t.Helper()
	select {
	case <-s.arrived:
	case <-time.After(10 * time.Second):
		t.Fatal("no message reached the SMTP server")
	}
	messages := s.Messages()
	return messages[len(messages)-1-len(s.arrived)]
}

func (s *SMTPServer) current() SMTPAnswer {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.answer
}

func (s *SMTPServer) record(message SMTPMessage) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.messages = append(s.messages, message)
	s.arrived <- struct{}{}
}

// smtpSession is one connection.
type smtpSession struct {
	server     *SMTPServer
	connection *smtp.Conn
	from       string
	to         []string
}

func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		switch {
		case s.server.current() == SMTPCredentialsTrouble:
			return &smtp.SMTPError{Code: 454, Message: "try again later"}
		case s.server.current() == SMTPCredentialsRefused, username != s.server.Username, password != s.server.Password:
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch s.server.current() {
	case SMTPRecipientRefused:
		return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	case SMTPRecipientLater:
		return &smtp.SMTPError{Code: 450, Message: "greylisted"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *smtpSession) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	answer := s.server.current()
	s.server.record(SMTPMessage{From: s.from, To: s.to, Raw: raw, Taken: answer == SMTPTaken})
	switch answer {
	case SMTPTemporary:
		return &smtp.SMTPError{Code: 451, Message: "try again later"}
	case SMTPPermanent:
		return &smtp.SMTPError{Code: 554, Message: "refused"}
	case SMTPSilent:
		<-s.server.ended
	case SMTPClosed:
		return errors.Join(errors.New("closed by the test"), s.connection.Conn().Close())
	}
	return nil
}

func (s *smtpSession) Reset() { s.from, s.to = "", nil }

func (s *smtpSession) Logout() error { return nil }
