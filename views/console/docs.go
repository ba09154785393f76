// Package console shows the installation to those who run it.
package console

import (
	"context"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// roles are the changes that leave the state as it is.
var roles = []lifecycle.Transition{lifecycle.Promote, lifecycle.Demote}

// columns are the heads of a matrix.
func columns(ctx context.Context, transitions []lifecycle.Transition) []ui.Column {
	heads := []ui.Column{{Label: locale.From(ctx).T("console.state")}}
	for _, transition := range transitions {
		heads = append(heads, ui.Column{Label: transitionLabel(ctx, transition)})
	}
	return heads
}

// target is the state that a transition leads to, and whether it is possible: what
// the program itself asks before it changes anything.
func target(from lifecycle.State, transition lifecycle.Transition) (lifecycle.State, bool) {
	to, err := lifecycle.Next(from, transition)
	return to, err == nil
}

func transitionLabel(ctx context.Context, transition lifecycle.Transition) string {
	return locale.From(ctx).T("transition." + string(transition))
}

func stateLabel(ctx context.Context, state lifecycle.State) string {
	return locale.From(ctx).T("status." + string(state))
}

var stateKinds = map[string]string{"active": ui.Success, "suspended": ui.Warning, "deleted": ui.Failure}

// rules hold for every change, beside the matrix.
var rules = []string{
	"console.rule_reason", "console.rule_next_request", "console.rule_last", "console.rule_stale", "console.rule_nothing_erased", "console.rule_recorded",
}
