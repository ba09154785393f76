// Package membership shows the team of a clinic to its owner.
package membership

import (
	"strconv"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/invite"
)

// Page is the team.
type Page struct {
	Members []Member
	// Removed are those who were taken out of the team.
	Removed []Member
	Invites []Invite
	// Taken counts members and open invites; MaxSeats is what they may be.
	Taken, MaxSeats int
	Form            Form
	// RowKey is the idempotency key of the rows' buttons that make an invite.
	RowKey string
	// Note tells once what became of an invite; may be nil.
	Note *invite.Note
	// Problem says why a change was not made; may be nil.
	Problem *Problem
}

func (p Page) full() bool { return p.Taken >= p.MaxSeats }

// invited reports whether a removed member's address has an invite already.
func (p Page) invited(email string) bool {
	for _, shown := range p.Invites {
		if shown.Email == email {
			return true
		}
	}
	return false
}

// Member is somebody of the team, now or before.
type Member struct {
	ID, Name, Email, Role string
	// Status is the person's own: one who is suspended cannot sign in.
	Status string
	Since  time.Time
	// ChangedAt is when they were removed, of those who were.
	ChangedAt time.Time
	Version   int32
	// Self marks the one who looks.
	Self bool
}

func (m Member) address() string { return "/team/" + m.ID }

func (m Member) version() string { return strconv.Itoa(int(m.Version)) }

// Invite is one that has not been accepted.
type Invite struct {
	ID, Name, Email, Role string
	// State is invite.Open or invite.Expired.
	State     string
	ExpiresAt time.Time
	// Delivery is what became of its mail, Reason the catalog key of why it failed.
	Delivery, Reason string
}

func (i Invite) address() string { return "/team/invites/" + i.ID }

// Form is what was typed to invite somebody.
type Form struct {
	Name, Email, Key string
	Errors           map[string]string
	// Message is a catalog key about the whole form.
	Message string
}

func (f Form) message(l *locale.Locale) string {
	if f.Message == "" {
		return ""
	}
	return l.T(f.Message)
}

// Problem is why a member was not changed.
type Problem struct {
	// Status is the answer's.
	Status int
	// Key is a catalog key.
	Key string
	// Name, Now and Asked are, for a page that was outdated, whose, what they are
	// by now, and what was asked for: a role, or "" for their removal.
	Name, Now, Asked string
}

func (p Problem) text(l *locale.Locale) string {
	if p.Name == "" {
		return l.T(p.Key)
	}
	asked := "membership.remove"
	if p.Asked != "" {
		asked = "role." + p.Asked
	}
	return l.T(p.Key, "name", p.Name, "now", l.T("role."+p.Now), "asked", l.T(asked))
}
