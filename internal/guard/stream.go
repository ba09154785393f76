package guard

import (
	"context"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
)

// Holds asks of a session what every request asks, for an answer that stays open:
// whether it is still good, and for the same person in the same place and role. It
// does not count as the person being there.
func (g *Guard) Holds(ctx context.Context, token string, who actor.Actor) (bool, error) {
	hash, ok := HashToken(token)
	if !ok {
		return false, nil
	}
	row, err := g.store.GuardStatement().SessionGuard(ctx, db.SessionGuardParams{TokenHash: hash, Idle: g.SessionIdle})
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := g.actorOf(&row)
	now.Name = who.Name // another name is no other access
	return now == who, nil
}
