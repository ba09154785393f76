package store_test

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

// proxy stands between a store and Postgres: it counts round trips, goes silent,
// or loses a connection at a chosen moment.
type proxy struct {
	listener net.Listener
	upstream func(context.Context) (net.Conn, error)
	// trips counts how often the client spoke after the server had.
	trips atomic.Int64
	// silent holds back what either side says.
	silent atomic.Bool
	// cutAt closes the client's connection once the client has sent these bytes
	// and the server has answered them, so that the answer is lost.
	cutAt atomic.Pointer[[]byte]

	mu    sync.Mutex
	conns []net.Conn
}

// newProxy returns a proxy to the database of a URL, and the URL through it.
func newProxy(t *testing.T, database string) (*proxy, string) {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	host, port := query.Get("host"), query.Get("port")
	p := &proxy{upstream: func(ctx context.Context) (net.Conn, error) {
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

func (p *proxy) accept(ctx context.Context) {
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

// heal ends the connections that were silent, as a network does that comes back.
func (p *proxy) heal() {
	p.silent.Store(false)
	p.drop()
}

func (p *proxy) close() {
	p.listener.Close()
	p.drop()
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
}

// link is one connection through the proxy.
type link struct {
	proxy          *proxy
	client, server net.Conn
	serverSpoke    atomic.Bool
	cut            atomic.Bool
}

func (l *link) fromClient() {
	defer l.server.Close()
	l.serverSpoke.Store(true)
	err := pump(l.client, func(said []byte) error {
		if l.proxy.silent.Load() {
			return nil
		}
		if l.serverSpoke.CompareAndSwap(true, false) {
			l.proxy.trips.Add(1)
		}
		if mark := l.proxy.cutAt.Load(); mark != nil && bytes.Contains(said, *mark) {
			l.cut.Store(true)
		}
		_, err := l.server.Write(said)
		return err
	})
	if err != nil {
		l.client.Close()
	}
}

func (l *link) fromServer() {
	defer l.client.Close()
	err := pump(l.server, func(said []byte) error {
		if l.proxy.silent.Load() {
			return nil
		}
		if l.cut.Load() {
			return errors.New("cut")
		}
		l.serverSpoke.Store(true)
		_, err := l.client.Write(said)
		return err
	})
	if err != nil {
		l.server.Close()
	}
}

// pump hands on what is read until either side ends.
func pump(from io.Reader, pass func([]byte) error) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if err := pass(buffer[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}
