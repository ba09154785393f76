package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// quick are limits that are reached within a test's patience.
var quick = Limits{Message: 1 << 20, Total: 2 << 20, Session: 3 * time.Second, Idle: time.Second}

// patient are limits whose times no test reaches, however busy the machine is.
var patient = Limits{Message: quick.Message, Total: quick.Total}

// limitsFor returns the limits under which a situation ends for its reason.
func limitsFor(want error) Limits {
	if errors.Is(want, ErrTimeout) {
		return quick
	}
	return patient
}

func TestHazard057TheDefaultLimitsAreThoseOfTheRule(t *testing.T) {
	t.Parallel()
	limits := Limits{}.withDefaults()
	if limits.Line != 64<<10 || limits.Message != 30<<20 || limits.Session != time.Minute || limits.Idle > limits.Session {
		t.Fatalf("the limits are %+v", limits)
	}
}

func TestHazard057EndlessAndSilentServersEndTheSession(t *testing.T) {
	t.Parallel()
	for name, situation := range map[string]struct {
		want   error
		script func(*talk)
	}{
		"endless greeting":   {ErrTooMuch, func(c *talk) { c.pour("* OK aaaaaaaaaa") }},
		"endless lines":      {ErrTooMuch, func(c *talk) { c.say("* OK hello"); c.pour("* OK more\r\n") }},
		"silent greeting":    {ErrTimeout, func(c *talk) { c.wait() }},
		"silent after login": {ErrTimeout, func(c *talk) { c.say("* OK hello"); c.wait() }},
		"dripping greeting": {ErrTimeout, func(c *talk) {
			io.WriteString(c.Conn, "* OK ")
			ticker := time.NewTicker(50 * time.Millisecond)
			defer ticker.Stop()
			for range ticker.C {
				if _, err := io.WriteString(c.Conn, "a"); err != nil {
					return
				}
			}
		}},
		"closes at once":    {ErrUnreachable, func(c *talk) {}},
		"closes after line": {ErrUnreachable, func(c *talk) { c.say("* OK hello"); c.hear() }},
		"bye":               {ErrUnreachable, func(c *talk) { c.say("* BYE too busy"); c.wait() }},
		"no IMAP":           {ErrProtocol, func(c *talk) { c.say("SSH-2.0-OpenSSH_9.2"); c.wait() }},
		"binary":            {ErrProtocol, func(c *talk) { c.say("\x00\xff\x00("); c.wait() }},
		"huge literal":      {ErrTooMuch, func(c *talk) { c.say("* LIST () \"\" {4294967296}"); c.wait() }},
		"overlong literal":  {ErrTooMuch, func(c *talk) { c.say("* LIST () \"\" {99999999999999999999999}"); c.wait() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, true, situation.script)
			started := time.Now()
			session, err := server.open(TLS, limitsFor(situation.want))
			if err == nil {
				session.Close()
			}
			if !errors.Is(err, situation.want) {
				t.Errorf("got %v, want %v", err, situation.want)
			}
			if took := time.Since(started); took > 15*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestHazard057EndlessAnswersToFetchEndTheSession(t *testing.T) {
	t.Parallel()
	for name, situation := range map[string]struct {
		want   error
		answer func(c *talk)
	}{
		"a literal of 4 GiB, then nothing": {ErrTooMuch, func(c *talk) { c.say("* 1 FETCH (UID 1 BODY[] {4294967296}"); c.wait() }},
		"a literal that stops":             {ErrTimeout, func(c *talk) { c.say("* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf"); c.wait() }},
		"a listing without end": {ErrTooMuch, func(c *talk) {
			for uid := 1; c.say("* 1 FETCH (UID %d RFC822.SIZE 10)", uid); uid++ {
			}
		}},
		"lists within lists": {ErrProtocol, func(c *talk) {
			c.say("* 1 FETCH (BODYSTRUCTURE %s", strings.Repeat("(", 50_000))
			c.wait()
		}},
		"an unknown item": {ErrProtocol, func(c *talk) { c.say("* 1 FETCH (UID 1 NONSENSE)"); c.wait() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, true, func(c *talk) {
				c.inbox(1<<31, func(string, string) bool { situation.answer(c); return false })
			})
			session := server.mustOpen(t, limitsFor(situation.want))
			inbox, err := session.Inbox()
			if err != nil {
				t.Fatal(err)
			}
			_, err = session.Each(inbox, 0, 0, func(Message) error { return nil })
			if !errors.Is(err, situation.want) {
				t.Errorf("got %v, want %v", err, situation.want)
			}
		})
	}
}

func TestHazard057ADyingServerDoesNotHoldUpTheGoodbye(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) {
		c.say("* OK hello")
		tag, _ := c.hear()
		c.say("%s OK welcome", tag)
		c.wait()
	})
	session, err := server.open(TLS, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	session.Close()
	if took := time.Since(started); took > 5*time.Second {
		t.Fatalf("the goodbye took %s", took)
	}
}

func TestASessionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) { c.wait() })
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	client := &Client{Dialer: loopback{server.authorities}}
	if _, err := client.Open(ctx, Server{Host: "localhost", Port: server.port, Security: TLS}); !errors.Is(err, ErrUnreachable) {
		t.Fatal(err)
	}
}

func TestHazard058UntrustedOrMissingEncryptionIsRefused(t *testing.T) {
	t.Parallel()
	trusted := func(script func(*talk), implicit bool) func(*testing.T) *scripted {
		return func(t *testing.T) *scripted { return serve(t, implicit, script) }
	}
	for name, situation := range map[string]struct {
		want     error
		security Security
		server   func(*testing.T) *scripted
	}{
		"unknown authority": {ErrCertificate, TLS, func(t *testing.T) *scripted {
			server := serve(t, true, (*talk).wait)
			_, server.authorities = selfSigned(t, time.Now().Add(time.Hour))
			return server
		}},
		"out of date": {ErrCertificate, TLS, func(t *testing.T) *scripted {
			return serveUntil(t, time.Now().Add(-time.Hour), true, (*talk).wait)
		}},
		"plain text on the TLS port": {ErrNoEncryption, TLS, trusted(func(c *talk) { c.say("* OK hello"); c.wait() }, false)},
		"PREAUTH within TLS":         {ErrPreauthenticated, TLS, trusted(func(c *talk) { c.say("* PREAUTH hello"); c.wait() }, true)},
		"PREAUTH before STARTTLS":    {ErrPreauthenticated, StartTLS, trusted(func(c *talk) { c.say("* PREAUTH hello"); c.wait() }, false)},
		"STARTTLS unknown": {ErrNoEncryption, StartTLS, trusted(func(c *talk) {
			c.say("* OK [CAPABILITY IMAP4rev1] hello")
			tag, _ := c.hear()
			c.say("%s BAD unknown command", tag)
			c.wait()
		}, false)},
		"STARTTLS refused": {ErrNoEncryption, StartTLS, trusted(func(c *talk) {
			c.say("* OK hello")
			tag, _ := c.hear()
			c.say("%s NO not now", tag)
			c.wait()
		}, false)},
		"answers injected before TLS": {ErrProtocol, StartTLS, trusted(func(c *talk) {
			c.say("* OK hello")
			tag, _ := c.hear()
			c.say("%s OK begin\r\nT1 OK welcome", tag)
			c.encrypt()
			c.wait()
		}, false)},
		"unknown authority after STARTTLS": {ErrCertificate, StartTLS, func(t *testing.T) *scripted {
			server := serve(t, false, startsTLS)
			_, server.authorities = selfSigned(t, time.Now().Add(time.Hour))
			return server
		}},
		"an endless line before STARTTLS": {ErrTooMuch, StartTLS, trusted(func(c *talk) { c.pour("* OK aaaa") }, false)},
		"silence before STARTTLS":         {ErrTimeout, StartTLS, trusted((*talk).wait, false)},
		"silence instead of a handshake":  {ErrTimeout, TLS, trusted((*talk).wait, false)},
		"no encryption asked for":         {ErrNoEncryption, "none", trusted((*talk).wait, false)},
		"no IMAP before STARTTLS": {ErrProtocol, StartTLS, trusted(func(c *talk) {
			c.say("* OK hello")
			c.hear()
			c.say("what do you mean")
			c.wait()
		}, false)},
		"a version that is too old":               {ErrEncryption, TLS, trusted(handshakeInVersion(tls.VersionTLS11), false)},
		"hangs up at the handshake":               {ErrUnreachable, TLS, trusted(func(c *talk) { c.reader.Peek(1) }, false)},
		"hangs up in the middle of the handshake": {ErrUnreachable, TLS, trusted((*talk).breakHandshake, false)},
		"resets the connection in the handshake": {ErrUnreachable, TLS, trusted(func(c *talk) {
			c.reader.Peek(1)
			c.Conn.(*net.TCPConn).SetLinger(0)
		}, false)},
		"hangs up in the handshake after STARTTLS": {ErrUnreachable, StartTLS, trusted(func(c *talk) {
			c.say("* OK hello")
			tag, _ := c.hear()
			c.say("%s OK begin", tag)
			c.breakHandshake()
		}, false)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := situation.server(t)
			session, err := server.open(situation.security, limitsFor(situation.want))
			if err == nil {
				session.Close()
			}
			if !errors.Is(err, situation.want) {
				t.Errorf("got %v, want %v", err, situation.want)
			}
			for _, line := range server.heard() {
				if strings.Contains(line, "word") {
					t.Errorf("the password was sent: %q", line)
				}
			}
		})
	}
}

// startsTLS is a server that encrypts when asked, and then signs anyone in.
func startsTLS(c *talk) {
	c.say("* OK hello")
	tag, _ := c.hear()
	c.say("%s OK begin", tag)
	if c.encrypt() {
		tag, _ := c.hear()
		c.say("%s OK welcome", tag)
		c.wait()
	}
}

// handshakeInVersion is a server that knows no newer version of TLS.
func handshakeInVersion(version uint16) func(*talk) {
	return func(c *talk) {
		settings := &tls.Config{Certificates: []tls.Certificate{c.server.certificate}, MinVersion: version, MaxVersion: version}
		if tls.Server(c.Conn, settings).Handshake() == nil {
			c.wait()
		}
	}
}

// breakHandshake begins the server's first message of a handshake, and ends there.
func (c *talk) breakHandshake() {
	c.reader.Peek(1)
	c.Write([]byte{22, 3, 3, 0, 100, 2, 0, 0, 96, 3})
}

func TestHazard058STARTTLSWithATrustedCertificateSignsIn(t *testing.T) {
	t.Parallel()
	session, err := serve(t, false, startsTLS).open(StartTLS, patient)
	if err != nil {
		t.Fatal(err)
	}
	session.Close()
}

func TestRefusedCredentialsAreToldFromAServerInTrouble(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{
		"NO [AUTHENTICATIONFAILED] wrong": ErrCredentials,
		"NO wrong":                        ErrCredentials,
		"NO [UNAVAILABLE] down":           ErrUnreachable,
		"NO [LIMIT] too many":             ErrUnreachable,
	} {
		server := serve(t, true, func(c *talk) {
			c.say("* OK hello")
			tag, _ := c.hear()
			c.say("%s %s", tag, answer)
			c.wait()
		})
		if _, err := server.open(TLS, patient); !errors.Is(err, want) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestHazard065CredentialsAndSearchesInjectNoCommand(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) {
		c.inbox(1, func(tag, command string) bool {
			if strings.HasSuffix(command, "}") {
				return c.say("+ go on")
			}
			c.say("* SEARCH")
			return c.say("%s OK done", tag)
		})
	})
	client := &Client{Dialer: loopback{server.authorities}, Limits: patient}
	for _, word := range []string{"a\r\nX1 DELETE INBOX", "a\nX1 DELETE INBOX", "a\x00", "a{1+}\r\nX1 DELETE INBOX"} {
		for _, credentials := range []Server{{Username: word, Password: "word"}, {Username: "user", Password: word}} {
			credentials.Host, credentials.Port, credentials.Security = "localhost", server.port, TLS
			if _, err := client.Open(context.Background(), credentials); !errors.Is(err, ErrCredentials) {
				t.Errorf("%q: %v", word, err)
			}
		}
	}
	session := server.mustOpen(t, patient)
	if _, err := session.Inbox(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"<a@b>\r\nX1 DELETE INBOX", "{3+}\r\nX1 DELETE INBOX", `" X1 DELETE INBOX`, "<a@b> {3+}", "é"} {
		if found, err := session.HasMessageID(id); found || err != nil {
			t.Errorf("%q: %v, %v", id, found, err)
		}
	}
	for _, line := range server.heard() {
		if strings.HasPrefix(line, "X1") {
			t.Errorf("a command was injected: %q", line)
		}
	}
}

func TestHazard059UnaskedAndRepeatedMessagesAreDropped(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) {
		c.inbox(13, func(tag, command string) bool {
			if strings.Contains(command, "RFC822.SIZE") {
				for _, uid := range []int{12, 3, 11, 99, 12, 11, 0, 10} {
					c.say(`* 1 FETCH (UID %d RFC822.SIZE 5 INTERNALDATE "02-Jan-2026 03:04:05 +0000")`, uid)
				}
				c.say("* 5 EXISTS")
				c.say("* 2 EXPUNGE")
				return c.say("%s OK done", tag)
			}
			for _, uid := range []int{99, 12, 3, 10, 11, 10} {
				c.say("* 1 FETCH (UID %d BODY[] {5}\r\nno%03d)", uid, uid)
			}
			c.say("* 1 FETCH (FLAGS (\\Seen))")
			return c.say("%s OK done", tag)
		})
	})
	session := server.mustOpen(t, patient)
	inbox, err := session.Inbox()
	if err != nil || inbox.UIDValidity != 7 {
		t.Fatal(inbox, err)
	}
	var got []string
	more, err := session.Each(inbox, 9, 0, func(message Message) error {
		got = append(got, fmt.Sprintf("%d %s %d", message.UID, message.Raw, message.InternalDate.Year()))
		return nil
	})
	if err != nil || more {
		t.Fatal(more, err)
	}
	if want := "10 no010 2026,11 no011 2026,12 no012 2026"; strings.Join(got, ",") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

// A server that names the UID only behind the body makes go-imap drop the
// message; it must not be taken for one that was deleted.
func TestHazard059AListedMessageThatIsNotSentIsNotPassedOver(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) {
		c.inbox(2, func(tag, command string) bool {
			if strings.Contains(command, "RFC822.SIZE") {
				c.say("* 1 FETCH (UID 1 RFC822.SIZE 5)")
			}
			return c.say("%s OK done", tag)
		})
	})
	session := server.mustOpen(t, patient)
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Each(inbox, 0, 0, func(Message) error { return nil }); !errors.Is(err, ErrProtocol) {
		t.Fatal(err)
	}
}

func TestAMessageThatTheServerRefusesDoesNotKeepTheOthersAway(t *testing.T) {
	t.Parallel()
	server := serve(t, true, func(c *talk) {
		c.inbox(4, func(tag, command string) bool {
			switch {
			case strings.Contains(command, "RFC822.SIZE"):
				for uid := 1; uid <= 3; uid++ {
					c.say("* 1 FETCH (UID %d RFC822.SIZE 5)", uid)
				}
			case strings.Contains(command, "FETCH 1 "):
				c.say("* 1 FETCH (UID 1 BODY[] {5}\r\nfirst)")
			case strings.Contains(command, "FETCH 3 "):
				c.say("* 1 FETCH (UID 3 BODY[] NIL)")
			default:
				return c.say("%s NO [SERVERBUG] damaged", tag)
			}
			return c.say("%s OK done", tag)
		})
	})
	session := server.mustOpen(t, patient)
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if _, err := session.Each(inbox, 0, 0, func(message Message) error {
		got = append(got, fmt.Sprintf("%d %q %t", message.UID, message.Raw, message.Unreadable))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := `1 "first" false,2 "" true,3 "" false`; strings.Join(got, ",") != want {
		t.Fatalf("got %v", got)
	}
}

func TestLiteralsAreRecognisedAtTheEndOfALineOnly(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int64{
		"* 1 FETCH (BODY[] {12}\r": 12, "{0}": 0, "{7+}\r": 7, "{12} ": 0, "12}": 0, "{-1}": 0, "{}": 0, "": 0, "\r": 0, "}": 0,
		"{4294967296}": 4294967296, "{99999999999999999999999}": 1 << 62,
	} {
		if got := literalLength([]byte(line)); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}
