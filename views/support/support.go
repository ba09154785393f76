// Package support shows a clinic's owner whom of those who run the installation they
// let in.
package support

import (
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Page is what an owner sees.
type Page struct {
	// Grants are the open ones, then the latest.
	Grants []Grant
	Form   Form
	// Spans are the choices of how long, in hours.
	Spans []string
}

// The states of a grant.
const (
	Open    = "open"
	Ended   = "ended"
	Expired = "expired"
)

var stateKinds = map[string]string{Open: ui.Warning, Ended: ui.Neutral, Expired: ui.Neutral}

// Grant is a permission to look.
type Grant struct {
	ID, By, Reason, State string
	CreatedAt             time.Time
	// Until is when it ends, or has ended.
	Until time.Time
}

// Form is what was typed to give one.
type Form struct {
	Reason, Hours, Key string
	Errors             map[string]string
}

// anyOpen is true while somebody may look.
func (p Page) anyOpen() bool { return len(p.Grants) > 0 && p.Grants[0].State == Open }

func (p Page) choices(l *locale.Locale) []ui.Choice {
	choices := make([]ui.Choice, len(p.Spans))
	for i, hours := range p.Spans {
		choices[i] = ui.Choice{Value: hours, Label: l.T("support.span_" + hours)}
	}
	return choices
}
