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

func address(id uuid.UUID) string { return "/services/" + id.String() }

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
