// Package transition shows how the state of a tenant or a user is changed.
package transition

import (
	"context"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Form asks for the reason of one change.
type Form struct {
	// Noun is "tenant" or "user".
	Noun, Transition string
	// Name is what the thing is called.
	Name string
	// Action is where the form posts, Back where it is left to.
	Action, Back string
	Value        func(name string) string
	Errors       map[string]string
	// Harmful is true for what takes access away.
	Harmful bool
}

func (f Form) kind() string {
	if f.Harmful {
		return ui.Danger
	}
	return ui.Primary
}

// Bulk is the bar below a list, as it was sent, and what came of it.
type Bulk struct {
	// Ticked are the ids of the rows that stay ticked.
	Ticked         map[string]bool
	Reason, Chosen string
	Errors         map[string]string
	// Outcome is nil before anything was done.
	Outcome *Outcome
}

// Outcome is what came of the rows that were ticked.
type Outcome struct {
	Transition string
	Done       int
	Failures   []Failure
}

// Failure is a row that could not be changed.
type Failure struct{ Name, Why string }

func (o Outcome) kind() string {
	switch {
	case len(o.Failures) == 0:
		return ui.Success
	case o.Done > 0:
		return ui.Warning
	}
	return ui.Failure
}

// Action is a button that asks for a change.
type Action struct{ Transition, Href string }

// Actions are what can be done with a thing in this state, by the state machine.
// path is the thing's address; in is "list" where a list shows the form itself.
func Actions(path string, state lifecycle.State, in string) (actions []Action) {
	for _, transition := range lifecycle.Legal(state) {
		action := ActionOf(path, transition)
		if in != "" {
			action.Href += "?in=" + in
		}
		actions = append(actions, action)
	}
	return actions
}

// ActionOf is the button of one change.
func ActionOf(path string, transition lifecycle.Transition) Action {
	return Action{string(transition), path + "/" + transition.Noun() + "/new"}
}

var icons = map[string]string{
	"suspend": "ban", "activate": "circle-check", "delete": "trash-2", "restore": "rotate-ccw", "promote": "shield-check", "demote": "shield-off",
}

func label(ctx context.Context, transition string) string {
	return locale.From(ctx).T("transition." + transition)
}
