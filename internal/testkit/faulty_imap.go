package testkit

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
)

// FaultyIMAP stands before Dovecot and passes everything on, up to a line of Dovecot's
// that holds a marker: there it breaks off, or says no more. It is for what no sound
// server does over one of its messages.
type FaultyIMAP struct {
	// Port is its own, with TLS; all else of the account is as it was.
	Port int
	// Silent says no more, instead of breaking off. It is set before the first connection.
	Silent bool

	marker  atomic.Pointer[[]byte]
	faults  atomic.Int64
	ended   chan struct{}
	dovecot string
}

// Faulty starts one before an account's server. It ends with the test.
func Faulty(t testing.TB, account Account, marker string) *FaultyIMAP {
	t.Helper()
	authority, err := testAuthority(t)
	if err != nil {
		t.Fatalf("start a faulty IMAP server: %v", err)
	}
	settings, err := authority.issueTLS()
	if err != nil {
		t.Fatalf("start a faulty IMAP server: %v", err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", settings)
	if err != nil {
		t.Fatalf("start a faulty IMAP server: %v", err)
	}
	f := &FaultyIMAP{
		Port: listener.Addr().(*net.TCPAddr).Port, ended: make(chan struct{}), dovecot: fmt.Sprintf("127.0.0.1:%d", account.TLSPort),
	}
	f.Mark(marker)
	t.Cleanup(func() { close(f.ended); listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go f.join(client)
		}
	}()
	return f
}

// Mark sets where it fails from now on; "" is nowhere.
func (f *FaultyIMAP) Mark(marker string) { raw := []byte(marker); f.marker.Store(&raw) }

// Faults is how often it has failed.
func (f *FaultyIMAP) Faults() int { return int(f.faults.Load()) }

func (f *FaultyIMAP) join(client net.Conn) {
	defer client.Close()
	server, err := tls.Dial("tcp", f.dovecot, &tls.Config{InsecureSkipVerify: true}) // the tests' own, on loopback
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer server.Close()
		if _, err := bufio.NewReader(client).WriteTo(server); err != nil {
			return // either side has ended, and with it the other
		}
	}()
	lines := bufio.NewReader(server)
	for {
		line, err := lines.ReadBytes('\n')
		if marker := *f.marker.Load(); len(marker) > 0 && bytes.Contains(line, marker) {
			f.faults.Add(1)
			if f.Silent {
				<-f.ended
			}
			return
		}
		if _, failed := client.Write(line); failed != nil || err != nil {
			return
		}
	}
}
