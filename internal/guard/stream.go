package guard

import (
	"context"

	"frontdesk/internal/actor"
)

// Holds asks of a session what every request asks, for an answer that stays open:
// whether it is still good, and for the same person in the same place and role. It
// does not count as the person being there.
func (g *Guard) Holds(ctx context.Context, token string, who actor.Actor) (bool, error) {
	session, err := g.ask(ctx, token)
	if err != nil || session == nil {
		return false, err
	}
	now := g.actorOf(session)
	now.Name = who.Name // another name is no other access
	return now == who, nil
}
