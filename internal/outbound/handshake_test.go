package outbound_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"frontdesk/internal/outbound"
)

func TestOnlyACertificateIsCalledUntrusted(t *testing.T) {
	t.Parallel()
	for want, failures := range map[outbound.HandshakeFault][]error{
		outbound.HandshakeUntrusted: {&tls.CertificateVerificationError{Err: io.EOF}},
		outbound.HandshakeNotTLS:    {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}},
		outbound.HandshakeSlow:      {context.DeadlineExceeded, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
		outbound.HandshakeEnded: {
			io.EOF, io.ErrUnexpectedEOF, context.Canceled,
			&net.OpError{Op: "read", Err: net.ErrClosed}, &net.OpError{Op: "read", Err: syscall.ECONNRESET}, &net.OpError{Op: "write", Err: syscall.EPIPE},
		},
		outbound.HandshakeRefused: {
			tls.AlertError(40), &net.OpError{Op: "remote error", Err: tls.AlertError(70)}, &net.OpError{Op: "local error", Err: tls.AlertError(70)},
		},
	} {
		for _, failure := range failures {
			if got := outbound.HandshakeFaultOf(fmt.Errorf("handshake: %w", failure)); got != want {
				t.Errorf("%v is %d, want %d", failure, got, want)
			}
		}
	}
}
