package audit

import (
	"regexp"
	"slices"

	views "frontdesk/views/audit"
)

// Action is what was done, as the logs keep it: the kind of a noun, an underscore and a
// verb, as "service_create". Whoever records it holds the constant.
type Action string

// actionForm is that of the columns.
var actionForm = regexp.MustCompile(`^[a-z][a-z0-9_]{2,49}$`)

// Noun is what a room says of its rows, once, to both logs and to all that shows them.
// The wiring puts every room's into one Registry.
type Noun struct {
	// Kind is the noun in the singular, with which its actions begin, and the kind of
	// target by which a row finds its page.
	Kind string
	// Icon is the drawing beside its actions.
	Icon string
	// Page and ConsolePage are the routes of a row's own page, with ":id", for who reads
	// the clinic's log and the platform's; "" for none.
	Page, ConsolePage string
	// Clinic, Platform and Both are its actions, by the log that may hold them, in the
	// order in which the filters offer them.
	Clinic, Platform, Both []Action
	// Words are those of the fields in which its rows differ. One without words is shown
	// by its own name.
	Words map[string]Word
}

// Actions are all of its actions, whichever log holds them.
func (n *Noun) Actions() []Action { return slices.Concat(n.Clinic, n.Platform, n.Both) }

// Word is what a field is called, and how its values are read.
type Word = views.Word

// How values are read that JSON has as a number or as text.
const (
	Hundredths = views.Hundredths
	Day        = views.Day
	Hours      = views.Hours
)
