package imap

import (
	"errors"
	"fmt"
)

// The reasons for which a session fails. They are the whole set that a mailbox's
// page has a sentence for; every error of this package is one of them, and
// carries the cause for the log.
var (
	// ErrUnreachable: no connection, or it ended before its time, or the server
	// says that it cannot serve now.
	ErrUnreachable = errors.New("imap: the server cannot be reached")
	// ErrCertificate: the certificate is not for this name, is out of date or
	// comes from nobody that we trust. Nothing else is: a server that hangs up in a
	// handshake is ErrUnreachable.
	ErrCertificate = errors.New("imap: the certificate is not trusted")
	// ErrNoEncryption: the server offers no STARTTLS where it was asked for it,
	// or someone on the way took the offer out; or it talks in the clear on a port
	// that was given as a TLS one.
	ErrNoEncryption = errors.New("imap: the server offers no encryption")
	// ErrEncryption: the server and we find no way of encryption in common, or one
	// of us breaks the handshake off.
	ErrEncryption = errors.New("imap: no encryption in common with the server")
	// ErrPreauthenticated: the server greets as if we had signed in, which would
	// skip STARTTLS, or show somebody else's mail (RFC 9051, 7.1.4).
	ErrPreauthenticated = errors.New("imap: the server signs in unasked")
	// ErrCredentials: user name or password are refused.
	ErrCredentials = errors.New("imap: the credentials are refused")
	// ErrProtocol: the server says what IMAP does not allow.
	ErrProtocol = errors.New("imap: the server breaks the protocol")
	// ErrTooMuch: a line, a message or the session is larger than the limits.
	ErrTooMuch = errors.New("imap: the server sends too much")
	// ErrTimeout: the session, or the wait for the next byte, took too long.
	ErrTimeout = errors.New("imap: the server is too slow")
)

var reasons = []error{
	ErrUnreachable, ErrCertificate, ErrNoEncryption, ErrEncryption, ErrPreauthenticated,
	ErrCredentials, ErrProtocol, ErrTooMuch, ErrTimeout,
}

// because joins a reason with its cause, unless the cause has one already.
func because(reason, cause error) error {
	for _, known := range reasons {
		if errors.Is(cause, known) {
			return cause
		}
	}
	return fmt.Errorf("%w: %w", reason, cause)
}
