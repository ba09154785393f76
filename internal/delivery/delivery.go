// Package delivery sends the installation's own mail. An invite that cannot be mailed
// is handed, once, to whoever invited.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/clock"
	"frontdesk/internal/locale"
	"frontdesk/internal/mail"
	"frontdesk/internal/store"
	views "frontdesk/views/invite"
)

// NoteName is the name of the cookie that carries a link to the page after the
// form (web.LeaveNote).
const NoteName = "invite_link"

// Mailer sends that mail. The links in it begin with the configured address, never
// with what a request says of itself (hazard 10).
type Mailer struct {
	// BaseURL is the address that people use, without a trailing slash.
	BaseURL string
	// Lifetime is how long a link is good.
	Lifetime time.Duration
	// Post sends the installation's mail; nil where none is configured.
	Post *Post
	// Patience bounds the whole conversation with the mail server: a person waits.
	Patience time.Duration
	// Store keeps what became of the mail.
	Store *store.Store
	Log   *slog.Logger
}

// Post is the installation's own way to send mail (SMTP_URL, MAIL_FROM).
type Post struct {
	Sender *mail.Sender
	Server mail.SMTPServer
	From   mail.Address
	Now    clock.Clock
}

// NewPost reads the settings SMTP_URL and MAIL_FROM; without the first it is nil.
// Its error is one line that names the variable.
func NewPost(smtpURL, from string, dialer mail.Dialer, now clock.Clock) (*Post, error) {
	if smtpURL == "" {
		return nil, nil
	}
	server, err := mail.ParseSMTPURL(smtpURL)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("MAIL_FROM must be an address, such as Frontdesk <desk@clinic.example>")
	}
	return &Post{
		Sender: &mail.Sender{Dialer: dialer}, Server: server,
		From: mail.Address{Name: sender.Name, Address: sender.Address}, Now: now,
	}, nil
}

// Invite is what there is to hand out.
type Invite struct {
	// Token is the link's secret, as guard.NewToken made it.
	Token       string
	Name, Email string
	TenantName  string
	// ID and TenantID say where its outcome is written.
	ID, TenantID uuid.UUID
	// Console is true where a super-admin invited: that is told in the platform's
	// log, the team's own in the clinic's.
	Console bool
}

// HandOut sends the invite, writes down what became of it, and returns what the
// next page tells whoever invited: that it was sent, or why not, and then the link.
// Call it after the commit and outside of any transaction: it waits for a mail
// server.
func (m *Mailer) HandOut(ctx context.Context, invite Invite) views.Note {
	link := m.BaseURL + "/invite/" + invite.Token
	note := views.Note{Email: invite.Email, Link: link}
	if err := m.Send(ctx, m.letter(ctx, invite, link)); err == nil {
		note.Sent, note.Link = true, ""
	} else {
		m.Log.WarnContext(ctx, "invite was not mailed", slog.String("error", err.Error()))
		note.Reason = Reason(err)
	}
	// The link is nowhere but here: it is handed over also when this fails.
	if err := m.settle(ctx, invite, note); err != nil {
		m.Log.ErrorContext(ctx, "the outcome of an invite's mail was not written down", slog.String("error", err.Error()))
	}
	return note
}

var errNotConfigured = errors.New("delivery: no mail is configured")

// Letter is a mail of the installation's own.
type Letter struct{ Name, Email, Subject, Text string }

// Send gives a letter to the mail server. Reason says why it failed.
func (m *Mailer) Send(ctx context.Context, letter Letter) error {
	if m.Post == nil {
		return errNotConfigured
	}
	ctx, cancel := context.WithTimeout(ctx, m.Patience)
	defer cancel()
	raw, err := mail.Compose(m.outgoing(letter))
	if err != nil {
		return err
	}
	err = m.Post.Sender.Send(ctx, m.Post.Server, m.Post.From.Address, []string{letter.Email}, raw)
	if err != nil && isOver(ctx) {
		return errors.Join(mail.ErrTimeout, err)
	}
	return err
}

// isOver tells whether the time of ctx has passed, or nobody waits any more. The network
// has timers of its own for the same moment: what fails by one of those may do so before
// ctx says that it is done, and would read as a server that is away.
func isOver(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() != nil || limited && !time.Now().Before(deadline)
}

// letter is written in the language of whoever invites: nothing is known yet of
// the one who is invited.
func (m *Mailer) letter(ctx context.Context, invite Invite, link string) Letter {
	l := locale.From(ctx)
	return Letter{
		Name: invite.Name, Email: invite.Email, Subject: l.T("invite.mail_subject", "clinic", invite.TenantName),
		Text: l.T("invite.mail_text", "name", invite.Name, "clinic", invite.TenantName, "link", link,
			"until", l.DateTime(l.Now().Add(m.Lifetime))),
	}
}

func (m *Mailer) outgoing(letter Letter) mail.Outgoing {
	_, domain, _ := strings.Cut(m.Post.From.Address, "@")
	return mail.Outgoing{
		From: m.Post.From, To: []mail.Address{{Name: letter.Name, Address: letter.Email}}, Subject: letter.Subject, Text: letter.Text,
		Date: m.Post.Now(), MessageID: uuid.Must(uuid.NewV7()).String() + "@" + domain, Automatic: true,
	}
}

// Reason is the catalog key of why a mail was not sent. Nobody can be reached by
// trying again where the installation itself is set up wrongly, so that is told from
// a server that is away, and both from what never got as far as a server.
func Reason(err error) string {
	switch {
	case errors.Is(err, errNotConfigured):
		return "invite.mail_not_configured"
	case errors.Is(err, mail.ErrTimeout):
		return "invite.mail_timeout"
	case errors.Is(err, mail.ErrRecipient), errors.Is(err, mail.ErrRefused), errors.Is(err, mail.ErrAddress):
		return "invite.mail_refused"
	case errors.Is(err, mail.ErrCertificate), errors.Is(err, mail.ErrNoEncryption), errors.Is(err, mail.ErrEncryption),
		errors.Is(err, mail.ErrCredentials), errors.Is(err, mail.ErrProtocol):
		return "invite.mail_setup"
	case errors.Is(err, mail.ErrUnreachable):
		return "invite.mail_unreachable"
	}
	return "invite.mail_failed"
}
