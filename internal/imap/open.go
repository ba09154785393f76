// Package imap reads a clinic's mailbox over IMAP. It is the only room that
// knows go-imap, and it takes the server for hostile: whatever that sends or
// withholds, a session ends within its limits of bytes and time (hazard 57),
// never falls back to an unencrypted or unverified connection (hazard 58), and
// gives a reason of a small closed set.
package imap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"frontdesk/internal/outbound"
)

// Security is how a connection is encrypted. There is no unencrypted way.
type Security string

// The ways.
const (
	TLS      Security = "tls"      // from the first byte, as a rule on port 993
	StartTLS Security = "starttls" // after a plain greeting, as a rule on port 143
)

// Server is where a mailbox is and who opens it.
type Server struct {
	Host     string
	Port     int
	Security Security
	Username string
	Password string
}

// Dialer opens connections to hosts that a person typed (outbound.Dialer).
type Dialer interface {
	Dial(ctx context.Context, host string, port int) (net.Conn, error)
	TLS(host string) *tls.Config
}

// Client opens sessions.
type Client struct {
	Dialer Dialer
	Limits Limits
}

// syntheticGreeting stands in for the greeting that startTLS has read already.
var syntheticGreeting = []byte("* OK encrypted\r\n")

// Open connects to the server and signs in. The session's time runs from here.
// Its errors wrap one of this package's reasons.
func (c *Client) Open(ctx context.Context, server Server) (*Session, error) {
	if strings.ContainsAny(server.Username+server.Password, "\r\n\x00") {
		return nil, because(ErrCredentials, errors.New("a control character in the credentials"))
	}
	limits := c.Limits.withDefaults()
	end := time.Now().Add(limits.Session)
	ctx, cancel := context.WithDeadline(ctx, end)
	raw, err := c.Dialer.Dial(ctx, server.Host, server.Port)
	if err != nil {
		cancel()
		return nil, because(ErrUnreachable, err)
	}
	closeAtEnd := context.AfterFunc(ctx, func() { raw.Close() })
	session, err := c.open(ctx, raw, server, limits, end)
	if err != nil {
		closeAtEnd()
		cancel()
		raw.Close()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = because(ErrTimeout, context.DeadlineExceeded)
		}
		return nil, err
	}
	session.release = func() { closeAtEnd(); cancel() }
	return session, nil
}

func (c *Client) open(ctx context.Context, raw net.Conn, server Server, limits Limits, end time.Time) (*Session, error) {
	encrypted, greeting, err := c.encrypt(ctx, raw, server, limits, end)
	if err != nil {
		return nil, err
	}
	guarded := newConnection(ctx, encrypted, limits, end)
	guarded.greeting = greeting
	session := &Session{connection: guarded, limits: limits, ctx: ctx}
	session.client = imapclient.New(guarded, &imapclient.Options{WordDecoder: &mime.WordDecoder{}})
	if err := session.client.WaitGreeting(); err != nil {
		return nil, session.greetingFailure(err)
	}
	if session.client.State() != imap.ConnStateNotAuthenticated {
		return nil, because(ErrPreauthenticated, errors.New("the greeting is PREAUTH"))
	}
	if err := session.client.Login(server.Username, server.Password).Wait(); err != nil {
		return nil, session.loginFailure(err)
	}
	return session, nil
}

// encrypt returns the encrypted connection, and the greeting that is to be
// presented where the server has given its own before.
func (c *Client) encrypt(ctx context.Context, raw net.Conn, server Server, limits Limits, end time.Time) (net.Conn, []byte, error) {
	var greeting []byte
	switch server.Security {
	case TLS:
	case StartTLS:
		if err := startTLS(newConnection(ctx, raw, limits, end)); err != nil {
			return nil, nil, err
		}
		greeting = syntheticGreeting
	default:
		return nil, nil, because(ErrNoEncryption, fmt.Errorf("unknown security %q", server.Security))
	}
	encrypted := tls.Client(raw, c.Dialer.TLS(server.Host))
	handshake, cancel := context.WithTimeout(ctx, limits.Idle)
	defer cancel()
	if err := encrypted.HandshakeContext(handshake); err != nil {
		return nil, nil, handshakeFailure(handshake, err)
	}
	return encrypted, greeting, nil
}

func handshakeFailure(handshake context.Context, err error) error {
	if handshake.Err() != nil {
		return because(ErrTimeout, err)
	}
	err = fmt.Errorf("TLS handshake: %w", err)
	switch outbound.HandshakeFaultOf(err) {
	case outbound.HandshakeUntrusted:
		return because(ErrCertificate, err)
	case outbound.HandshakeNotTLS:
		return because(ErrNoEncryption, err)
	case outbound.HandshakeEnded:
		return because(ErrUnreachable, err)
	case outbound.HandshakeSlow:
		return because(ErrTimeout, err)
	}
	return because(ErrEncryption, err)
}

// startTLS asks a server for encryption, up to the point where the handshake
// begins. go-imap has this as well, but it would share one buffer between what
// came before and after the handshake, and its errors do not tell a stripped
// offer from a broken one; so the three lines of the exchange are read here, and
// not a byte beyond them may have arrived (CVE-2011-0411).
func startTLS(plain *connection) error {
	reader := &lineReader{connection: plain}
	greeting, err := reader.next()
	if err != nil {
		return err
	}
	switch {
	case hasWord(greeting, "*", "PREAUTH"):
		return because(ErrPreauthenticated, errors.New("the greeting before STARTTLS is PREAUTH"))
	case hasWord(greeting, "*", "BYE"):
		return because(ErrUnreachable, fmt.Errorf("the greeting is %q", greeting))
	case !hasWord(greeting, "*", "OK"):
		return because(ErrProtocol, fmt.Errorf("the greeting is %q", greeting))
	}
	if _, err := plain.Write([]byte("S1 STARTTLS\r\n")); err != nil {
		return plain.cause()
	}
	for {
		answer, err := reader.next()
		switch {
		case err != nil:
			return err
		case hasWord(answer, "S1", "OK"):
			if len(reader.rest) > 0 {
				return because(ErrProtocol, errors.New("more came in the clear behind the answer to STARTTLS"))
			}
			return nil
		case bytes.HasPrefix(answer, []byte("S1 ")):
			return because(ErrNoEncryption, fmt.Errorf("the answer to STARTTLS is %q", answer))
		case !bytes.HasPrefix(answer, []byte("* ")):
			return because(ErrProtocol, fmt.Errorf("the answer to STARTTLS is %q", answer))
		}
	}
}

// lineReader reads lines from a connection, which limits their length.
type lineReader struct {
	connection *connection
	rest       []byte
}

func (r *lineReader) next() ([]byte, error) {
	chunk := make([]byte, 4<<10)
	for {
		if line, rest, found := bytes.Cut(r.rest, []byte("\n")); found {
			r.rest = rest
			return bytes.TrimRight(line, "\r"), nil
		}
		n, err := r.connection.Read(chunk)
		if err != nil {
			return nil, r.connection.cause()
		}
		r.rest = append(r.rest, chunk[:n]...)
	}
}

// hasWord reports whether a line is for tag and its second word is word.
func hasWord(line []byte, tag, word string) bool {
	fields := bytes.Fields(line)
	return len(fields) >= 2 && string(fields[0]) == tag && strings.EqualFold(string(fields[1]), word)
}
