// Package mailbox shows a clinic's mail accounts.
package mailbox

import (
	"time"

	"frontdesk/views/ui"
)

// Line is a mailbox in the list.
type Line struct {
	ID, Name, Address string
	State             State
}

// Mailbox is the page of one.
type Mailbox struct {
	ID, Name, Address string
	Active            bool
	State             State
	Edit              ui.Edit
}

// State is where the reading of a mailbox stands.
type State struct {
	// ID is the mailbox's.
	ID string
	// Code is inactive, waiting, reading, failed, read or new.
	Code string
	// Finished is when the last sync ended; nil before the first.
	Finished *time.Time
	// Reason is why the last sync failed, as a code; empty when it went well.
	Reason string
}

var stateKinds = map[string]string{
	"inactive": ui.Neutral, "waiting": ui.Info, "reading": ui.Info, "failed": ui.Failure, "read": ui.Success, "new": ui.Neutral,
}

func (s State) kind() string { return stateKinds[s.Code] }

// moving is true while the page asks again.
func (s State) moving() bool { return s.Code == "waiting" || s.Code == "reading" }

func (s State) address() string { return "/settings/email/" + s.ID }
