// Package provider shows those who see clients: the list, a provider's page and
// the form.
package provider

import (
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Row is a provider in a list.
type Row struct {
	ID uuid.UUID
	// Color is one of the palette's names.
	Name, Color  string
	Active       bool
	AllServices  bool
	ServiceCount int
	// Hours say the week in a few words, a line for each kind of day.
	Hours []string
}

// Profile is a provider's page.
type Profile struct {
	Row
	Week []DaySummary
	// Services are those given, unless it is all.
	Services []Service
	// Upcoming is the number of appointments that are still to come.
	Upcoming int
}

// DaySummary is a day of the week and its times, "" for a free day.
type DaySummary struct {
	// Weekday is ISO 8601's: 1 is Monday.
	Weekday int
	Times   string
}

// Service is one that a provider may give.
type Service struct {
	ID             uuid.UUID
	Name           string
	Active, Chosen bool
}

// Form is a provider's fields as they were typed.
type Form struct {
	ui.Edit
	Days        []Day
	AllServices bool
	Services    []Service
}

// Day is the working hours of one weekday, in fields that stand once for each
// span.
type Day struct {
	Weekday                            int
	StartsField, EndsField, ErrorField string
	Spans                              []Span
}

// Span is a time of work as a time field holds it, HH:MM.
type Span struct{ Starts, Ends string }

func address(id uuid.UUID) string { return "/providers/" + id.String() }

// dayName is a weekday's name as a title.
func dayName(l *locale.Locale, weekday int) string {
	return l.T(fmt.Sprintf("provider.day_%d", weekday))
}

// deactivateQuestion says what stays when a provider stops.
func deactivateQuestion(l *locale.Locale, upcoming int) string {
	if upcoming == 0 {
		return l.T("provider.deactivate_question_none")
	}
	return l.T("provider.deactivate_question", "count", upcoming)
}

// inactiveText says the same of one who has stopped.
func inactiveText(l *locale.Locale, upcoming int) string {
	if upcoming == 0 {
		return l.T("provider.inactive_text_none")
	}
	return l.T("provider.inactive_text", "count", upcoming)
}
