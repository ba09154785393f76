// Package transition is how the console changes the state of a tenant or a user:
// it asks for the reason, lets the noun do it, and answers, for one of them or for
// all that are ticked in a list. Which change is legal is lifecycle's.
package transition

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
)

// Change is what is asked for.
type Change struct {
	Transition lifecycle.Transition
	Reason     string
	// Version is that of the row which whoever asks has seen; 0 is any.
	Version int32
}

// Subject is what is changed, as it is now.
type Subject struct {
	Name    string
	State   lifecycle.State
	Version int32
}

// Handler changes the state of one noun's rows.
type Handler struct {
	Web     *web.Web
	Section layout.Section
	// Noun is "tenant" or "user": the texts are under "transition.{noun}_".
	Noun string
	// Path is the noun's list.
	Path string
	// Find reads a subject; an unknown one is fault.NotFound.
	Find func(context.Context, uuid.UUID) (Subject, error)
	// Do makes the change in a transaction of its own, with its audit rows; one that
	// is not legal is fault.Conflict.
	Do func(context.Context, uuid.UUID, Change) error
}

// Address is where a transition of a row is posted to.
func (h *Handler) Address(id uuid.UUID, transition lifecycle.Transition) string {
	return h.Path + "/" + id.String() + "/" + transition.Noun()
}

// readReason reads why: every change of state needs a reason (hazard 47).
func readReason(form *web.Form) string {
	reason := form.Lines("reason", lifecycle.MaxReason)
	if len([]rune(reason)) < lifecycle.MinReason {
		form.Reject("reason", "transition.reason_short")
	}
	return reason
}
