package testkit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// DatabaseProxy stands between a store and Postgres: it counts round trips, goes
// silent, or loses a connection at a chosen moment.
type DatabaseProxy struct {
	listener net.Listener
	upstream func(context.Context) (net.Conn, error)
	// Trips counts how often the client spoke after the server had.
	Trips atomic.Int64
	// Silent holds back what either side says.
	Silent atomic.Bool
	// CutAt closes the client's connection once the client has sent these bytes
	// and the server has answered them, so that the answer is lost.
	CutAt atomic.Pointer[[]byte]

	mu    sync.Mutex
	conns []net.Conn
}

// NewDatabaseProxy returns a proxy to the database of a URL, and the URL through it.
func NewDatabaseProxy(t testing.TB, database string) (*DatabaseProxy, string) {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	host, port := query.Get("host"), query.Get("port")
	p := &DatabaseProxy{upstream: func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		if host[0] == '/' {
			return dialer.DialContext(ctx, "unix", host+"/.s.PGSQL."+port)
		}
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	}}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	go p.accept(t.Context())
	here, herePort, err := net.SplitHostPort(p.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	query.Set("host", here)
	query.Set("port", herePort)
	query.Set("sslmode", "disable")
	address.RawQuery = query.Encode()
	return p, address.String()
}

func (p *DatabaseProxy) accept(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := p.upstream(ctx)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		link := &link{proxy: p, client: client, server: server}
		go link.fromClient()
		go link.fromServer()
	}
}

// Heal ends the connections that were silent, as a network does that comes back.
func (p *DatabaseProxy) Heal() {
	p.Silent.Store(false)
	p.drop()
}

func (p *DatabaseProxy) close() {
	p.listener.Close()
	p.drop()
}

func (p *DatabaseProxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
}

// link is one connection through the proxy.
type link struct {
	proxy          *DatabaseProxy
	client, server net.Conn
	serverSpoke    atomic.Bool
	cut            atomic.Bool
}

func (l *link) fromClient() {
	defer l.server.Close()
	l.serverSpoke.Store(true)
	defer l.client.Close()
	pump(l.client, func(said []byte) error {
		if l.proxy.Silent.Load() {
			return nil
		}
		if l.serverSpoke.CompareAndSwap(true, false) {
			l.proxy.Trips.Add(1)
		}
		if mark := l.proxy.CutAt.Load(); mark != nil && bytes.Contains(said, *mark) {
			l.cut.Store(true)
		}
		_, err := l.server.Write(said)
		return err
	})
}

func (l *link) fromServer() {
	defer l.client.Close()
	defer l.server.Close()
	pump(l.server, func(said []byte) error {
		if l.proxy.Silent.Load() {
			return nil
		}
		if l.cut.Load() {
			return errors.New("cut")
		}
		l.serverSpoke.Store(true)
		_, err := l.client.Write(said)
		return err
	})
}

// pump hands on what is read until either side ends; then both are closed.
func pump(from io.Reader, pass func([]byte) error) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if pass(buffer[:n]) != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
