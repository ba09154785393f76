package client

import (
	"github.com/google/uuid"

	"frontdesk/internal/locale"
)

// The fields, for naming the one that a conflict is about.
func first(f Form) string     { return f.FirstName }
func last(f Form) string      { return f.LastName }
func email(f Form) string     { return f.Email }
func phone(f Form) string     { return f.Phone }
func birthDate(f Form) string { return f.BirthDate }

// now says what is stored in a field by now, where that is not what was typed.
func (f Form) now(l *locale.Locale, field func(Form) string) string {
	if f.Stored == nil || field(*f.Stored) == field(f) {
		return ""
	}
	if field(*f.Stored) == "" {
		return l.T("client.stored_empty")
	}
	return l.T("client.stored", "value", field(*f.Stored))
}

// message says that somebody else was faster.
func (f Form) message(l *locale.Locale) string {
	if f.Stored == nil {
		return ""
	}
	return l.T("client.stale")
}

func (f Form) submit(l *locale.Locale) string {
	switch {
	case f.Stored != nil:
		return l.T("client.save_mine")
	case f.ID == uuid.Nil:
		return l.T("client.add")
	}
	return l.T("client.save")
}

func (f Form) back() string { return f.action() }
