package live_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"frontdesk/internal/live"
)

// patience is how long a test waits before it calls something lost.
const patience = 30 * time.Second

// connected returns both ends of a connection over loopback.
func connected(t *testing.T) (server, reader *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialed.Close(); accepted.Close() })
	return accepted.(*net.TCPConn), dialed.(*net.TCPConn)
}

func watch(t *testing.T, connection net.Conn) <-chan struct{} {
	t.Helper()
	gone, err := live.Watch(connection)
	if err != nil {
		t.Fatal(err)
	}
	return gone
}

func TestAReaderIsGoneThatClosesOrWritesNoMoreThoughNothingIsWrittenToThem(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*net.TCPConn) error{
		"closed":      (*net.TCPConn).Close,
		"reset":       func(reader *net.TCPConn) error { return errors.Join(reader.SetLinger(0), reader.Close()) },
		"half closed": (*net.TCPConn).CloseWrite,
	} {
		server, reader := connected(t)
		// The limit that the request arrived under is over, and does not end the stream.
		if err := server.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		gone := watch(t, server)
		if _, err := reader.Write([]byte("something that nobody reads")); err != nil {
			t.Fatal(err)
		}
		select {
		case <-gone:
			t.Errorf("%s: gone while they are there", name)
		default:
		}
		if err := leave(reader); err != nil {
			t.Fatal(err)
		}
		select {
		case <-gone:
		case <-time.After(patience):
			t.Errorf("%s: they are not missed", name)
		}
	}
}

func TestWhoWatchesAConnectionThatIsClosedHereIsToldAndDoesNotStay(t *testing.T) {
	t.Parallel()
	server, _ := connected(t)
	gone := watch(t, server)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("it is watched though it is closed")
	}
}

// The same limit of the kernel is for a machine that is switched off; `frontdesk bench
// streams` shows that, with packets that are dropped.
func TestAReaderWhoDoesNotReadWhatIsWrittenIsGoneOnceTheBuffersAreFull_Slow(t *testing.T) {
	t.Parallel()
	server, _ := connected(t)
	gone := watch(t, server)
	for err := error(nil); !errors.Is(err, os.ErrDeadlineExceeded); {
		if err = server.SetWriteDeadline(time.Now().Add(time.Second)); err == nil {
			_, err = server.Write(make([]byte, 1<<10))
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
	full := time.Now()
	select {
	case <-gone:
		t.Logf("gone %s after the buffers were full", time.Since(full).Round(time.Second))
	case <-time.After(patience):
		t.Error("they are not missed")
	}
}
