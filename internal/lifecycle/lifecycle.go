// Package lifecycle is the one state machine of tenants and users. Nothing is ever
// deleted for good: it changes its state, and can come back. The console's page of
// transitions is printed from it.
package lifecycle

import "frontdesk/internal/fault"

// State is what a tenant or a user is in.
type State string

// The states.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Deleted   State = "deleted"
)

// States are all of them, in the order in which they are shown.
func States() []State { return []State{Active, Suspended, Deleted} }

// Transition is a change of state that somebody asks for.
type Transition string

// The transitions.
const (
	Suspend  Transition = "suspend"
	Activate Transition = "activate"
	Delete   Transition = "delete"
	Restore  Transition = "restore"
)

// What a user may do changes in the same way, with a reason, and leaves the state
// as it is: these two are of users alone and no part of Transitions.
const (
	Promote Transition = "promote"
	Demote  Transition = "demote"
)

// nouns name the transitions in addresses, as in POST /admin/tenants/{id}/suspension.
var nouns = map[Transition]string{
	Suspend: "suspension", Activate: "activation", Delete: "deletion", Restore: "restoration", Promote: "promotion", Demote: "demotion",
}

// Noun is the transition's name in an address: "suspension".
func (t Transition) Noun() string { return nouns[t] }

// Transitions are all of them, in the order in which they are shown.
func Transitions() []Transition { return []Transition{Suspend, Activate, Delete, Restore} }

// The bounds of a reason, in characters. Every transition needs one.
const (
	MinReason = 5
	MaxReason = 500
)

var next = map[State]map[Transition]State{
	Active:    {Suspend: Suspended, Delete: Deleted, Promote: Active, Demote: Active},
	Suspended: {Activate: Active, Delete: Deleted, Demote: Suspended},
	Deleted:   {Restore: Active, Demote: Deleted},
}

// illegal is what is said of a transition that a state does not have.
var illegal = map[State]string{Active: "lifecycle.is_active", Suspended: "lifecycle.is_suspended", Deleted: "lifecycle.is_deleted"}

// stale is what is said to who asks from a page that shows an older version.
var stale = map[State]string{Active: "lifecycle.stale_active", Suspended: "lifecycle.stale_suspended", Deleted: "lifecycle.stale_deleted"}

// Stale returns the fault.Stale of somebody who has not seen the newest version:
// it names the state that it is in.
func Stale(state State) error { return fault.New(fault.Stale, stale[state]) }

// Illegal returns the fault.Conflict of what a state does not allow: it names the
// state.
func Illegal(state State) error { return fault.New(fault.Conflict, illegal[state]) }

// Next returns the state after a transition. One that is not legal is a
// fault.Conflict whose message names the state that it is in.
func Next(from State, transition Transition) (State, error) {
	to, legal := next[from][transition]
	if !legal {
		return from, Illegal(from)
	}
	return to, nil
}

// Legal returns the transitions that are possible in a state, in their order.
func Legal(from State) (legal []Transition) {
	for _, transition := range Transitions() {
		if _, ok := next[from][transition]; ok {
			legal = append(legal, transition)
		}
	}
	return legal
}
