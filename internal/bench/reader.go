package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"frontdesk/internal/live"
	"frontdesk/internal/revision"
)

// reader reads a stream as a page does.
type reader struct {
	connection *net.TCPConn
	// told says once that an area has moved.
	told chan struct{}
	// ended is why there is nothing more to read.
	ended chan error
}

// openStream returns once the stream has said how far every area of the clinic is.
func openStream(ctx context.Context, person *visitor) (*reader, error) {
	base, err := url.Parse(person.base)
	if err != nil {
		return nil, err
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", base.Host)
	if err != nil {
		return nil, err
	}
	r := &reader{connection.(*net.TCPConn), make(chan struct{}, 64), make(chan error, 1)}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, person.base+"/events", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Benchmark-Token", token)
	for name, value := range person.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if err := request.Write(connection); err != nil {
		return nil, err
	}
	go r.read(request)
	for range revision.AreasAt(uuid.Max) {
		if err := r.isTold(ctx); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *reader) read(request *http.Request) {
	response, err := http.ReadResponse(bufio.NewReader(r.connection), request)
	if err != nil {
		r.ended <- err
		return
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		r.ended <- fmt.Errorf("the stream is answered %d", response.StatusCode)
		return
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: "+live.Revision) {
			r.told <- struct{}{}
		}
	}
	r.ended <- errors.Join(lines.Err(), errors.New("the stream has ended"))
}

// isTold waits for the next event that says that an area has moved.
func (r *reader) isTold(ctx context.Context) error {
	select {
	case <-r.told:
		return nil
	case err := <-r.ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(streamPatience):
		return errors.New("a stream is not told what has changed")
	}
}

// goings are the ways in which readers go: a window that is closed, a program that is
// killed with something unread, and a machine that is switched off, or that the network
// does not reach any more.
var goings = []func(*net.TCPConn) error{
	(*net.TCPConn).Close,
	func(connection *net.TCPConn) error { return errors.Join(connection.SetLinger(0), connection.Close()) },
	fallSilent,
}

// fallSilent has the kernel drop whatever comes for the connection before it is looked at:
// nothing is acknowledged, and nothing answered.
func fallSilent(connection *net.TCPConn) error {
	raw, err := connection.SyscallConn()
	if err != nil {
		return err
	}
	dropAll := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	program := unix.SockFprog{Len: uint16(len(dropAll)), Filter: &dropAll[0]}
	var attachErr error
	err = raw.Control(func(fd uintptr) {
		attachErr = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	return errors.Join(err, attachErr)
}
