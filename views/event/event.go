// Package event shows the latest rows of the platform's log beside what they are
// about.
package event

import (
	"context"
	"strings"
	"time"

	"frontdesk/internal/locale"
)

// Event is a row of the platform's log.
type Event struct {
	At time.Time
	// ActorKind is "person", "visitor" or "system".
	ActorKind, Actor string
	Action           string
	TargetName       string
	Reason           string
}

// sentence says who did what to whom. An action that the catalogs do not know yet is said
// by its name.
func (e Event) sentence(ctx context.Context) string {
	if key := "audit.action_" + e.Action; locale.From(ctx).Has(key) {
		return locale.From(ctx).T(key, "actor", e.actor(ctx), "target", e.TargetName)
	}
	return strings.ReplaceAll(e.Action, "_", " ")
}

func (e Event) actor(ctx context.Context) string {
	if e.Actor != "" {
		return e.Actor
	}
	return locale.From(ctx).T("event.actor_" + e.ActorKind)
}
