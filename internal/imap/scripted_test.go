package imap

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted is an IMAP server that does what a test says, however wrong.
type scripted struct {
	port        int
	certificate tls.Certificate
	authorities *x509.CertPool

	mutex sync.Mutex
	lines []string // what clients sent
}

// talk is one client's connection to a scripted server.
type talk struct {
	net.Conn
	reader *bufio.Reader
	server *scripted
}

// serve starts a server that runs script for each connection, after the TLS
// handshake where implicit says so. It ends with the test.
func serve(t *testing.T, implicit bool, script func(*talk)) *scripted {
	t.Helper()
	return serveUntil(t, time.Now().Add(time.Hour), implicit, script)
}

// serveUntil is serve with the end of the certificate's validity.
func serveUntil(t *testing.T, until time.Time, implicit bool, script func(*talk)) *scripted {
	t.Helper()
	server := &scripted{}
	server.certificate, server.authorities = selfSigned(t, until)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	server.port = listener.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { raw.Close() })
			go func() {
				defer raw.Close()
				client := &talk{Conn: raw, reader: bufio.NewReader(raw), server: server}
				if implicit && !client.encrypt() {
					return
				}
				script(client)
			}()
		}
	}()
	return server
}

func selfSigned(t *testing.T, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key}, pool
}

// encrypt turns the connection into a TLS one.
func (c *talk) encrypt() bool {
	encrypted := tls.Server(c.Conn, &tls.Config{Certificates: []tls.Certificate{c.server.certificate}})
	if encrypted.Handshake() != nil {
		return false
	}
	c.Conn, c.reader = encrypted, bufio.NewReader(encrypted)
	return true
}

// say sends a line.
func (c *talk) say(format string, arguments ...any) bool {
	_, err := fmt.Fprintf(c.Conn, format+"\r\n", arguments...)
	return err == nil
}

// hear returns the tag and the rest of the client's next line, or "" at the end.
// CAPABILITY, which go-imap asks for when it likes, is answered here.
func (c *talk) hear() (tag, command string) {
	for {
		tag, command = c.hearAny()
		if !strings.HasPrefix(command, "CAPABILITY") {
			return tag, command
		}
		c.say("* CAPABILITY IMAP4rev1\r\n%s OK done", tag)
	}
}

func (c *talk) hearAny() (tag, command string) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return "", ""
	}
	line = strings.TrimRight(line, "\r\n")
	c.server.mutex.Lock()
	c.server.lines = append(c.server.lines, line)
	c.server.mutex.Unlock()
	tag, command, _ = strings.Cut(line, " ")
	return tag, command
}

func (s *scripted) heard() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.lines...)
}

// signIn greets, answers LOGIN with OK, and then gives each command to answer,
// which returns false to end the connection.
func (c *talk) signIn(answer func(tag, command string) bool) {
	c.say("* OK [CAPABILITY IMAP4rev1] scripted")
	for {
		tag, command := c.hear()
		switch {
		case tag == "":
			return
		case strings.HasPrefix(command, "LOGIN"):
			c.say("%s OK [CAPABILITY IMAP4rev1] welcome", tag)
		case strings.HasPrefix(command, "LOGOUT"):
			c.say("* BYE bye")
			c.say("%s OK bye", tag)
			return
		case !answer(tag, command):
			return
		}
	}
}

// inbox is signIn for a mailbox with that UIDNEXT, whose FETCHes fetch answers.
func (c *talk) inbox(next int, fetch func(tag, command string) bool) {
	c.signIn(func(tag, command string) bool {
		if strings.HasPrefix(command, "EXAMINE") {
			c.say("* 1 EXISTS")
			c.say("* OK [UIDVALIDITY 7] valid")
			c.say("* OK [UIDNEXT %d] next", next)
			return c.say("%s OK [READ-ONLY] opened", tag)
		}
		return fetch(tag, command)
	})
}

// pour sends bytes without end, until the client goes away.
func (c *talk) pour(chunk string) {
	chunk = strings.Repeat(chunk, 4096/len(chunk)+1)
	for {
		if _, err := io.WriteString(c.Conn, chunk); err != nil {
			return
		}
	}
}

// wait holds the connection open until the client ends it. What comes may be a
// handshake, whose random bytes can hold a line without a tag.
func (c *talk) wait() {
	for {
		if _, err := c.reader.Peek(1); err != nil {
			return
		}
		c.hear()
	}
}

// loopback dials a scripted server.
type loopback struct{ authorities *x509.CertPool }

func (l loopback) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", host, port))
}

func (l loopback) TLS(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: l.authorities, MinVersion: tls.VersionTLS12}
}

// open signs in to the server, with limits that a test can wait for.
func (s *scripted) open(security Security, limits Limits) (*Session, error) {
	client := &Client{Dialer: loopback{s.authorities}, Limits: limits}
	return client.Open(context.Background(), Server{Host: "localhost", Port: s.port, Security: security, Username: "user", Password: "word"})
}

// mustOpen is open for servers that behave until then.
func (s *scripted) mustOpen(t *testing.T, limits Limits) *Session {
	t.Helper()
	session, err := s.open(TLS, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}
