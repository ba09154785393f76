package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"frontdesk/internal/outbound"
)

// Outcome says whether a message was taken.
type Outcome string

// The outcomes of a failed Send. A message that was taken is no error.
const (
	// Temporary: not taken, and worth another try (4xx, no connection).
	Temporary Outcome = "temporary"
	// Permanent: not taken, and the same again will not be (5xx, credentials).
	Permanent Outcome = "permanent"
	// Unknown: the whole message was given and no answer came, so that it may be
	// on its way. Another try has the same Message-ID (hazard 66).
	Unknown Outcome = "unknown"
)

// The reasons for which sending fails: the whole set that a page has sentences
// for. Every *SendError wraps one, beside its cause.
var (
	ErrUnreachable  = errors.New("smtp: the server cannot be reached")
	ErrCertificate  = errors.New("smtp: the certificate is not trusted")
	ErrNoEncryption = errors.New("smtp: the server offers no encryption")
	ErrEncryption   = errors.New("smtp: no encryption in common with the server")
	ErrCredentials  = errors.New("smtp: the credentials are refused")
	ErrRefused      = errors.New("smtp: the server refuses the message")
	ErrRecipient    = errors.New("smtp: the server refuses the recipient")
	ErrProtocol     = errors.New("smtp: the server breaks the protocol")
	ErrTimeout      = errors.New("smtp: the server is too slow")
)

// SendError says why a message was not, or perhaps not, taken.
type SendError struct {
	Outcome Outcome
	// Reason is one of this package's reasons.
	Reason error
	cause  error
}

// Error implements error, for the log.
func (e *SendError) Error() string {
	return fmt.Sprintf("send a message (%s): %v: %v", e.Outcome, e.Reason, e.cause)
}

// Unwrap returns the reason and the cause.
func (e *SendError) Unwrap() []error { return []error{e.Reason, e.cause} }

// Security is how a connection is encrypted.
type Security string

// The ways. None is for the system's own server alone (SMTP_URL), never for one
// that a clinic names.
const (
	TLS      Security = "tls"
	StartTLS Security = "starttls"
	None     Security = "none"
)

// SMTPServer is a submission server and who sends through it. Without a user
// name nobody signs in.
type SMTPServer struct {
	Host     string
	Port     int
	Security Security
	Username string
	Password string
}

// Dialer opens connections (outbound.Dialer).
type Dialer interface {
	Dial(ctx context.Context, host string, port int) (net.Conn, error)
	TLS(host string) *tls.Config
}

// Sender sends messages. It goes down to go-smtp, because go-mail's own client
// takes a message that it composed itself, while what we send is the stored
// bytes, the same at each try; and because go-smtp tells a refusal after DATA,
// with its code, from silence, which decides between "not taken" and "unknown".
type Sender struct {
	Dialer Dialer
	// CommandTime and AnswerTime bound the wait for the answer to a command and to
	// the whole message; 30 s and 60 s when zero.
	CommandTime, AnswerTime time.Duration
	// Hello is the name that we greet with; "localhost" when empty.
	Hello string
}

// Send gives a composed message to the server, for all recipients or for none.
// Its error is a *SendError.
func (s *Sender) Send(ctx context.Context, server SMTPServer, from string, to []string, raw []byte) error {
	connection, err := s.Dialer.Dial(ctx, server.Host, server.Port)
	if err != nil {
		return &SendError{Temporary, ErrUnreachable, err}
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { connection.Close() })
	defer stop()
	client, err := s.greet(connection, server)
	if err != nil {
		return err
	}
	if err := signIn(client, server); err != nil {
		return err
	}
	if err := deliver(client, from, to, raw); err != nil {
		return err
	}
	sayGoodbye(client)
	return nil
}

// sayGoodbye ends a session whose message is taken. A server that is slow or
// wrong here changes nothing about that.
func sayGoodbye(client *smtp.Client) {
	client.CommandTimeout = time.Second
	if err := client.Quit(); err != nil {
		client.Close()
	}
}

// greet encrypts the connection and says hello.
func (s *Sender) greet(connection net.Conn, server SMTPServer) (*smtp.Client, error) {
	settings := s.Dialer.TLS(server.Host)
	command, answer := 30*time.Second, 60*time.Second
	if s.CommandTime > 0 {
		command = s.CommandTime
	}
	if s.AnswerTime > 0 {
		answer = s.AnswerTime
	}
	if err := connection.SetDeadline(time.Now().Add(command)); err != nil {
		return nil, failure(Temporary, err)
	}
	var client *smtp.Client
	switch server.Security {
	case TLS:
		encrypted := tls.Client(connection, settings)
		if err := encrypted.Handshake(); err != nil {
			return nil, handshakeFailure(err)
		}
		client = smtp.NewClient(encrypted)
	case StartTLS:
		var err error
		if client, err = startTLS(connection, settings, command); err != nil {
			return nil, err
		}
	case None:
		client = smtp.NewClient(connection)
	default:
		return nil, &SendError{Permanent, ErrNoEncryption, fmt.Errorf("unknown security %q", server.Security)}
	}
	client.CommandTimeout, client.SubmissionTimeout = command, answer
	hello := s.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := client.Hello(hello); err != nil {
		// After STARTTLS the handshake waits for the first line that is said.
		if state, encrypted := client.TLSConnectionState(); encrypted && !state.HandshakeComplete {
			return nil, handshakeFailure(err)
		}
		return nil, failure(Temporary, err)
	}
	return client, nil
}

// startTLS asks for encryption on a connection of its own client, so that a
// missing offer is told from a broken handshake; go-smtp's way gives one error
// for both, and waits five minutes for each answer.
func startTLS(connection net.Conn, settings *tls.Config, wait time.Duration) (*smtp.Client, error) {
	guarded := &deadlined{Conn: connection, wait: wait}
	client, err := smtp.NewClientStartTLS(guarded, settings)
	if err == nil {
		return client, nil
	}
	answer, refused := errors.AsType[*smtp.SMTPError](err)
	switch {
	case refused && answer.Temporary():
		return nil, &SendError{Temporary, ErrUnreachable, err}
	case refused || strings.Contains(err.Error(), "support STARTTLS"):
		return nil, &SendError{Permanent, ErrNoEncryption, err}
	}
	return nil, failure(Temporary, err)
}

// deadlined is a connection whose deadlines are never further than wait away.
type deadlined struct {
	net.Conn
	wait time.Duration
}

func (d *deadlined) SetDeadline(end time.Time) error {
	if nearest := time.Now().Add(d.wait); !end.IsZero() && end.After(nearest) {
		end = nearest
	}
	return d.Conn.SetDeadline(end)
}

func signIn(client *smtp.Client, server SMTPServer) error {
	if server.Username == "" {
		return nil
	}
	if strings.ContainsAny(server.Username+server.Password, "\x00\r\n") {
		return &SendError{Permanent, ErrCredentials, errors.New("a control character in the credentials")}
	}
	_, mechanisms := client.Extension("AUTH")
	way := sasl.NewPlainClient("", server.Username, server.Password)
	if !strings.Contains(" "+mechanisms+" ", " PLAIN ") && strings.Contains(" "+mechanisms+" ", " LOGIN ") {
		way = sasl.NewLoginClient(server.Username, server.Password)
	}
	err := client.Auth(way)
	if answer, refused := errors.AsType[*smtp.SMTPError](err); refused {
		if answer.Temporary() {
			return &SendError{Temporary, ErrUnreachable, err}
		}
		return &SendError{Permanent, ErrCredentials, err}
	}
	if err != nil {
		return failure(Temporary, err)
	}
	return nil
}

func deliver(client *smtp.Client, from string, to []string, raw []byte) error {
	options := &smtp.MailOptions{Size: int64(len(raw)), UTF8: !isASCII(from + strings.Join(to, ""))}
	if err := client.Mail(from, options); err != nil {
		return refusal(ErrRefused, err)
	}
	for _, recipient := range to {
		if err := client.Rcpt(recipient, nil); err != nil {
			return refusal(ErrRecipient, err)
		}
	}
	writer, err := client.Data()
	if err != nil {
		return refusal(ErrRefused, err)
	}
	// Until the closing dot has left, a server takes nothing.
	if _, err := writer.Write(raw); err != nil {
		return failure(Temporary, err)
	}
	if err := writer.Close(); err != nil {
		if _, answered := errors.AsType[*smtp.SMTPError](err); answered {
			return refusal(ErrRefused, err)
		}
		return failure(Unknown, err)
	}
	return nil
}

// refusal gives an answer of the server its class by its code.
func refusal(reason, err error) error {
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	switch {
	case !answered && strings.HasPrefix(err.Error(), "smtp: "):
		// go-smtp itself refuses: a line break in an address, or one that is not
		// ASCII for a server that cannot have it.
		return &SendError{Permanent, reason, err}
	case !answered:
		return failure(Temporary, err)
	case answer.Temporary():
		return &SendError{Temporary, reason, err}
	}
	return &SendError{Permanent, reason, err}
}

// failure is an error of the connection, or an answer that says that the server
// cannot serve now.
func failure(outcome Outcome, err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return &SendError{outcome, ErrTimeout, err}
	}
	if answer, answered := errors.AsType[*smtp.SMTPError](err); answered && !answer.Temporary() {
		return &SendError{outcome, ErrProtocol, err}
	}
	if _, nonsense := errors.AsType[textproto.ProtocolError](err); nonsense {
		return &SendError{outcome, ErrProtocol, err}
	}
	return &SendError{outcome, ErrUnreachable, err}
}

// handshakeFailure tells what passes by itself, so that the message is tried again,
// from what somebody must set right.
func handshakeFailure(err error) error {
	switch outbound.HandshakeFaultOf(err) {
	case outbound.HandshakeUntrusted:
		return &SendError{Permanent, ErrCertificate, err}
	case outbound.HandshakeNotTLS:
		return &SendError{Permanent, ErrNoEncryption, err}
	case outbound.HandshakeEnded:
		return &SendError{Temporary, ErrUnreachable, err}
	case outbound.HandshakeSlow:
		return &SendError{Temporary, ErrTimeout, err}
	}
	return &SendError{Permanent, ErrEncryption, err}
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' })
}

// ParseSMTPURL reads the address of the system's own mail server (SMTP_URL):
// smtps://user:password@host:465 is encrypted from the first byte,
// smtp://user:password@host:587 by STARTTLS, and smtp://host:25?tls=none not at
// all, for a server on the same machine. Ports are 465 and 587 when left out.
func ParseSMTPURL(address string) (SMTPServer, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		// url's own error repeats the address, password and all.
		return SMTPServer{}, errors.New("not an address of the form smtps://user:password@host:port")
	}
	server := SMTPServer{Host: parsed.Hostname(), Username: parsed.User.Username()}
	server.Password, _ = parsed.User.Password()
	switch parsed.Scheme {
	case "smtps":
		server.Security, server.Port = TLS, 465
	case "smtp":
		server.Security, server.Port = StartTLS, 587
	default:
		return SMTPServer{}, errors.New("the address must begin with smtp:// or smtps://")
	}
	if server.Host == "" || strings.Trim(parsed.Path, "/") != "" || parsed.Fragment != "" {
		return SMTPServer{}, errors.New("not an address of the form smtps://user:password@host:port")
	}
	if port := parsed.Port(); port != "" {
		if server.Port, err = strconv.Atoi(port); err != nil || server.Port < 1 || server.Port > 65535 {
			return SMTPServer{}, errors.New("the port must be between 1 and 65535")
		}
	}
	switch query := parsed.RawQuery; {
	case query == "":
	case query == "tls=none" && parsed.Scheme == "smtp" && server.Username == "":
		server.Security = None
	default:
		return SMTPServer{}, errors.New("only ?tls=none is known, for smtp:// without a user")
	}
	return server, nil
}
