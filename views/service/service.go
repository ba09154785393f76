// Package service shows what a clinic does: the list, a service's page and the
// form.
package service

import (
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/locale"
)

// Row is a service in a list.
type Row struct {
	ID     uuid.UUID
	Name   string
	Active bool
	// Price is written in the clinic's currency; "" for none.
	Price                               string
	Duration, BufferBefore, BufferAfter time.Duration
}

// Profile is a service's page.
type Profile struct {
	Row
	// Upcoming is the number of appointments that are booked for it.
	Upcoming int
	// Providers are those who give it.
	Providers []Provider
}

// Provider is somebody who gives a service.
type Provider struct {
	ID          uuid.UUID
	Name, Color string
}

// Form is a service's fields as they were typed.
type Form struct {
	// ID is uuid.Nil for a new service; Version is of the one that exists.
	ID      uuid.UUID
	Version int32
	// Key makes two submits of a new service one.
	Key                                              string
	Name, Duration, BufferBefore, BufferAfter, Price string
	// Currency is the clinic's, ISO 4217.
	Currency string
	// Errors holds a catalog key for each field.
	Errors map[string]string
	// Stored is what somebody else has saved in the meantime.
	Stored *Form
}

func (f Form) action() string {
	if f.ID == uuid.Nil {
		return "/services"
	}
	return address(f.ID)
}

func address(id uuid.UUID) string { return "/services/" + id.String() }

// The fields, for naming the one that a conflict is about.
func name(f Form) string         { return f.Name }
func duration(f Form) string     { return f.Duration }
func bufferBefore(f Form) string { return f.BufferBefore }
func bufferAfter(f Form) string  { return f.BufferAfter }
func price(f Form) string        { return f.Price }

// hint says what is stored in a field by now, where that is not what was typed;
// otherwise it is the field's own hint.
func (f Form) hint(l *locale.Locale, own string, field func(Form) string) string {
	if f.Stored == nil || field(*f.Stored) == field(f) {
		return own
	}
	if field(*f.Stored) == "" {
		return l.T("service.stored_empty")
	}
	return l.T("service.stored", "value", field(*f.Stored))
}

// message says that somebody else was faster.
func (f Form) message(l *locale.Locale) string {
	if f.Stored == nil {
		return ""
	}
	return l.T("service.stale")
}

func (f Form) submit(l *locale.Locale) string {
	switch {
	case f.Stored != nil:
		return l.T("service.save_mine")
	case f.ID == uuid.Nil:
		return l.T("service.add")
	}
	return l.T("service.save")
}

// deactivateQuestion says what stays when a service stops.
func deactivateQuestion(l *locale.Locale, upcoming int) string {
	if upcoming == 0 {
		return l.T("service.deactivate_question_none")
	}
	return l.T("service.deactivate_question", "count", upcoming)
}

// inactiveText says the same of one that has stopped.
func inactiveText(l *locale.Locale, upcoming int) string {
	if upcoming == 0 {
		return l.T("service.inactive_text_none")
	}
	return l.T("service.inactive_text", "count", upcoming)
}
