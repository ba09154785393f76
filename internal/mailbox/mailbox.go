// Package mailbox is a clinic's mail accounts: their settings, and reading them.
package mailbox

import (
	"errors"
	"regexp"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/imap"
	"frontdesk/internal/seal"
	"frontdesk/internal/storage"
	"frontdesk/internal/web"
)

// logged is how the clinic's log knows a mailbox.
var logged = audit.Reader[db.MailboxLockRow]{
	Kind: Audit.Kind, Read: (*db.Queries).MailboxLock,
	Name: func(row db.MailboxLockRow) string { return row.Name },
}

// Settings are what an owner types about a mail account.
type Settings struct {
	Name, Address              string
	IMAPHost, SMTPHost         string
	IMAPPort, SMTPPort         int
	IMAPSecurity, SMTPSecurity string
	Username                   string
	// Password is as it was typed; empty keeps the one that is stored.
	Password string
}

// The usual ports: IMAP and message submission with TLS from the first byte
// (RFC 8314, 3).
const (
	defaultIMAPPort = 993
	defaultSMTPPort = 465
)

// The longest values, as the table has them.
const (
	maxName     = 200
	maxHost     = 253
	maxUsername = 254
	maxPassword = 1000
)

// hostName is a name or address of a server. Whether it may be dialled is judged
// when it is (hazard 56).
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]+$`)

// readSettings reads the form; what is wrong is said in it.
func readSettings(form *web.Form) Settings {
	settings := Settings{
		Name: form.RequiredText("name", maxName), Address: form.RequiredEmail("address"),
		IMAPHost: readHost(form, "imap_host"), SMTPHost: readHost(form, "smtp_host"),
		IMAPPort:     form.Int("imap_port", 1, 65535, defaultIMAPPort),
		SMTPPort:     form.Int("smtp_port", 1, 65535, defaultSMTPPort),
		IMAPSecurity: form.OneOf("imap_security", string(imap.TLS), string(imap.StartTLS)),
		SMTPSecurity: form.OneOf("smtp_security", string(imap.TLS), string(imap.StartTLS)),
		Username:     form.Text("username", maxUsername),
		Password:     form.Value("password"),
	}
	if settings.Username == "" {
		settings.Username = settings.Address
	}
	if len(settings.Password) > maxPassword {
		form.Reject("password", "field.too_long")
	}
	if regexp.MustCompile(`[[:cntrl:]]`).MatchString(settings.Password) {
		form.Reject("password", "field.characters")
	}
	return settings
}

func readHost(form *web.Form, name string) string {
	host := form.RequiredText(name, maxHost)
	if host != "" && !hostName.MatchString(host) {
		form.Reject(name, "mailbox.host_wrong")
	}
	return host
}

// leadsElsewhere reports whether the stored password would go to another server
// or account than the one that it was typed for. Then it must be typed again:
// who can edit a mailbox could otherwise read its password on a server of theirs.
func (s Settings) leadsElsewhere(stored Settings) bool {
	return s.IMAPHost != stored.IMAPHost || s.SMTPHost != stored.SMTPHost || s.IMAPPort != stored.IMAPPort ||
		s.SMTPPort != stored.SMTPPort || s.Username != stored.Username
}

// isOtherAccount reports whether UIDs of the one mean nothing in the other.
func (s Settings) isOtherAccount(stored Settings) bool {
	return s.IMAPHost != stored.IMAPHost || s.Username != stored.Username
}

// Passwords seals the passwords of mailboxes and opens them again.
type Passwords struct{ Keys *seal.Ring }

// Seal encrypts a mailbox's password for its row in the database, so that a
// value copied to another row or tenant does not open (hazard 67).
func (p Passwords) Seal(tenantID, mailboxID uuid.UUID, password string) []byte {
	return p.Keys.Seal([]byte(password), passwordAAD(tenantID, mailboxID))
}

// Open returns the password that Seal encrypted for the same mailbox.
func (p Passwords) Open(tenantID, mailboxID uuid.UUID, sealed []byte) (string, error) {
	password, err := p.Keys.Open(sealed, passwordAAD(tenantID, mailboxID))
	return string(password), err
}

func passwordAAD(tenantID, mailboxID uuid.UUID) seal.AssociatedData {
	return seal.AAD(tenantID, "mailboxes", mailboxID, "password_sealed")
}

// State is what a mailbox's reading has come to.
type State string

// The states.
const (
	StateInactive State = "inactive" // switched off
	StateWaiting  State = "waiting"  // asked for, and not begun
	StateReading  State = "reading"
	StateFailed   State = "failed" // the last sync did not end well
	StateRead     State = "read"
	StateNew      State = "new" // never read and not asked for
)

// A sync that has been asked for is waited for no longer than this, and one that
// has begun is taken for lost after it: its process has ended.
const (
	waitingPatience = 10 * time.Minute
	readingPatience = 5 * time.Minute
)

// Progress is when what happened to a mailbox's reading; nil is never.
type Progress struct {
	Active                       bool
	Requested, Started, Finished *time.Time
	// Reason is the code for which the last sync failed, or "".
	Reason string
}

// State tells where the reading stands at an instant.
func (p Progress) State(now time.Time) State {
	switch {
	case !p.Active:
		return StateInactive
	case after(p.Started, p.Finished) && now.Sub(*p.Started) < readingPatience:
		return StateReading
	case after(p.Requested, p.Finished) && after(p.Requested, p.Started) && now.Sub(*p.Requested) < waitingPatience:
		return StateWaiting
	case p.Reason != "":
		return StateFailed
	case p.Finished != nil:
		return StateRead
	}
	return StateNew
}

func after(one, other *time.Time) bool {
	return one != nil && (other == nil || one.After(*other))
}

// The reason codes that are not the server's fault.
const (
	reasonSecret  = "secret"  // the stored password does not open any more
	reasonStorage = "storage" // our object storage is away
)

// errSecret means that the password cannot be opened with the keys of today.
var errSecret = errors.New("the mailbox's password does not open")

// reasons gives every failure of a sync its code; each has a sentence,
// mailbox.reason.<code>. A host that may not be dialled is as unreachable as one
// that is away, lest the texts map our network (hazard 56).
var reasons = []struct {
	err  error
	code string
}{
	{errSecret, reasonSecret}, {storage.ErrUnavailable, reasonStorage}, {imap.ErrSpool, reasonStorage},
	{imap.ErrUnreachable, "unreachable"}, {imap.ErrCertificate, "certificate"}, {imap.ErrNoEncryption, "no_encryption"}, {imap.ErrEncryption, "encryption"},
	{imap.ErrPreauthenticated, "preauthenticated"}, {imap.ErrCredentials, "credentials"}, {imap.ErrProtocol, "protocol"},
	{imap.ErrTooMuch, "too_much"}, {imap.ErrTimeout, "timeout"},
}

// reasonOf returns the code, or "" for an error that is our own.
func reasonOf(err error) string {
	for _, reason := range reasons {
		if errors.Is(err, reason.err) {
			return reason.code
		}
	}
	return ""
}
