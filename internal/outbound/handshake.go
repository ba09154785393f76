package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
)

// HandshakeFault says how a TLS handshake failed. Only one of the ways is about a
// certificate, and a person who reads that looks for a forger; so a server that
// hangs up, or talks something else, must not be reported as one.
type HandshakeFault int

// The ways.
const (
	// HandshakeRefused: both talk TLS and found nothing in common, or one of them
	// broke it off with an alert.
	HandshakeRefused HandshakeFault = iota
	// HandshakeEnded: the connection was closed, reset or given up meanwhile.
	HandshakeEnded
	// HandshakeSlow: no answer came in time.
	HandshakeSlow
	// HandshakeUntrusted: the certificate is not for this name, is out of date, or
	// comes from nobody that we trust.
	HandshakeUntrusted
	// HandshakeNotTLS: what answers does not talk TLS.
	HandshakeNotTLS
)

// HandshakeFaultOf returns how the handshake failed that ended with err. An error
// that crypto/tls only has a text for is HandshakeRefused.
func HandshakeFaultOf(err error) HandshakeFault {
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		return HandshakeUntrusted
	}
	if _, other := errors.AsType[tls.RecordHeaderError](err); other {
		return HandshakeNotTLS
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return HandshakeSlow
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) || isOfNetwork(err) {
		return HandshakeEnded
	}
	return HandshakeRefused
}

// isOfNetwork tells an error of the network from a TLS alert, for which crypto/tls
// takes the same type.
func isOfNetwork(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op != "remote error" && failed.Op != "local error"
}
