// Package appointment shows appointments: the calendar, the booking form, one
// appointment. Its structs hold what is shown, in the clinic's own time.
package appointment

import (
	"context"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Form is the form that books or changes an appointment.
type Form struct {
	// Action is where it posts to.
	Action string
	// New is a form that books; otherwise it changes one.
	New            bool
	IdempotencyKey string
	// Version is the stored one that the person looks at.
	Version string
	// ClientID is the chosen client; Clients are those to choose from.
	ClientID   string
	ClientName string
	// ClientQuery is what the search for a client holds, by which the clients were found.
	ClientQuery string
	Clients     []Client

	ProviderID, ServiceID               string
	Date, Time, Duration, Status, Notes string
	Providers, Services                 []ui.Choice
	Statuses                            []ui.Choice

	// TimeOffsets are asked for when the local time exists twice: "+02:00".
	TimeOffsets []ui.Choice
	TimeOffset  string

	// Errors are catalog keys by field; Message is a catalog key about the whole.
	Errors  map[string]string
	Message string
	// Taken says what is in the way; nil when nothing is.
	Taken *Taken
	// Stored is what somebody else has stored meanwhile, where it differs.
	Stored []Difference
	// CancelHref leads back without saving.
	CancelHref string
}

// Client is one of those to choose from.
type Client struct {
	ID, Name string
	// Detail tells apart people of one name.
	Detail string
}

// Taken is why a time cannot be had, and which ones can.
type Taken struct {
	// By are the appointments in the way: "09:00–09:30 · Ana Pop".
	By   []string
	Free []FreeTime
}

// FreeTime is a start that can be had.
type FreeTime struct {
	// Value is the local time as ISO 8601 without an offset.
	Value string
	Label string
}

// Difference is a field whose stored value is not the one in the form.
type Difference struct{ Label, Stored string }

func (f Form) message(ctx context.Context) string {
	if f.Message == "" {
		return ""
	}
	return locale.From(ctx).T(f.Message)
}

func (f Form) saveLabel(l *locale.Locale) string {
	if f.New {
		return l.T("appointment.book")
	}
	return l.T("appointment.save")
}

// title is the heading of the page or dialog.
func (f Form) title(l *locale.Locale) string {
	if f.New {
		return l.T("appointment.new")
	}
	return l.T("appointment.change")
}

// subtitle names whose appointment is changed.
func (f Form) subtitle() string {
	if f.New {
		return ""
	}
	return f.ClientName
}
