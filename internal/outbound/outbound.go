// Package outbound opens connections to hosts that a person typed (a clinic's
// mail servers). Such a host may be a name that points into our own network, so
// what is judged is the address that is dialled, at the moment of dialling
// (hazard 56); a name that changes its answer between a check and the dial
// (DNS rebinding) therefore gains nothing.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"
)

// dialTimeout bounds the name's resolution and the connection together.
const dialTimeout = 10 * time.Second

// mailPorts are the ports that a mailbox may name: IMAP and message submission.
// Port 25 is not among them: it is for servers that relay to each other.
var mailPorts = map[uint16]bool{143: true, 993: true, 465: true, 587: true, 2525: true}

// errForbidden is the cause kept for the log when an address or a port is not
// allowed; the person never sees it.
var errForbidden = errors.New("the address or port is not allowed")

// Error says that a connection could not be opened. Its text is the same for
// every cause, refused address, closed port and unknown name alike, because a
// text that differs would let a person map the network that the server stands
// in. The cause is for the log.
type Error struct{ cause error }

// Error says the same of every cause.
func (e *Error) Error() string { return "the server cannot be reached" }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Dialer opens connections to hosts that a person typed. Its zero value refuses
// private addresses and trusts the machine's certificate authorities.
type Dialer struct {
	// AllowPrivate lifts the rules on addresses and ports, for tests and closed
	// networks (MAIL_ALLOW_PRIVATE_HOSTS).
	AllowPrivate bool
	// Authorities holds the certificate authorities to trust; nil means the
	// machine's.
	Authorities *x509.CertPool
}

// New returns a dialer from the settings MAIL_ALLOW_PRIVATE_HOSTS and
// MAIL_CA_FILE; caFile, when not empty, is a PEM file of authorities that are
// trusted beside the machine's.
func New(allowPrivate bool, caFile string) (*Dialer, error) {
	dialer := &Dialer{AllowPrivate: allowPrivate}
	if caFile == "" {
		return dialer, nil
	}
	authorities, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the machine's certificate authorities: %w", err)
	}
	extra, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authorities of MAIL_CA_FILE: %w", err)
	}
	if !authorities.AppendCertsFromPEM(extra) {
		return nil, fmt.Errorf("MAIL_CA_FILE %s holds no certificate in PEM form", caFile)
	}
	dialer.Authorities = authorities
	return dialer, nil
}

// Dial connects to host and port over TCP. Every failure is an *Error.
func (d *Dialer) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout, Control: d.control}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, &Error{cause: err}
	}
	return connection, nil
}

// TLS returns the settings for a TLS connection to host: version 1.2 or later,
// and a certificate for that name by a trusted authority.
func (d *Dialer) TLS(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: d.Authorities, MinVersion: tls.VersionTLS12}
}

// control is called by net.Dialer for each resolved address, after the name was
// looked up and before the connection is made.
func (d *Dialer) control(_, address string, _ syscall.RawConn) error {
	if d.AllowPrivate {
		return nil
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errForbidden, address, err)
	}
	if !mailPorts[target.Port()] || !isPublic(target.Addr()) {
		return fmt.Errorf("%w: %s", errForbidden, address)
	}
	return nil
}
