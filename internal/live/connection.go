package live

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// silence is how long a reader's machine may acknowledge nothing: not what was
	// written, and not a probe while nothing was. Both, one after the other, take less
	// than 15 seconds.
	silence = 6 * time.Second
	// probeAfter and probeEvery are when the machine is probed while nothing is written;
	// the second probe stands at the end of the silence.
	probeAfter, probeEvery = 2 * time.Second, 4 * time.Second
	// sendBuffer is what the kernel holds for a reader who does not read, in bytes: some
	// tens of events. What is newer waits in the stream, as the latest numbers alone.
	sendBuffer = 4 << 10
)

// Watch returns a channel that is closed when the reader behind a connection is gone: when
// they have closed it, or their machine has been silent for too long. Writes do not show
// it in time: the first after a closing goes through, and to a machine that is off the
// kernel goes on sending for a quarter of an hour. The connection may not carry another
// request afterwards.
//
// A reader who is there and does not read is like one to whom nothing was sent, until the
// buffers on both sides are full; from then on they are silent.
func Watch(connection net.Conn) (gone <-chan struct{}, err error) {
	socket, ok := connection.(syscall.Conn)
	if !ok {
		return nil, nil // a pipe, whose writes show it
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	var limitErr error
	err = raw.Control(func(fd uintptr) { limitErr = limitSilence(int(fd)) })
	// What limits the arrival of a request would end the waiting.
	if err := errors.Join(err, limitErr, connection.SetReadDeadline(time.Time{})); err != nil {
		return nil, err
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		// It fails when the connection was closed on this side.
		_ = raw.Read(func(fd uintptr) (isGone bool) { return !established(int(fd)) })
	}()
	return left, nil
}

// limitSilence has the kernel give the connection up after a silence.
func limitSilence(fd int) error {
	return errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1),
		unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_KEEPIDLE, int(probeAfter/time.Second)),
		unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_KEEPINTVL, int(probeEvery/time.Second)),
		unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_USER_TIMEOUT, int(silence/time.Millisecond)),
	)
}

// established reports whether both sides may still write. Who has said that they will
// write nothing more is gone: a browser keeps both ways open.
func established(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_TCP, unix.TCP_INFO)
	return err == nil && info.State == unix.BPF_TCP_ESTABLISHED
}
