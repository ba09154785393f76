package guard

import (
	"context"
	"errors"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/revision"
)

// Holds asks of a session what every request asks, for an answer that stays open:
// whether it is still good, and for the same person in the same workspace and role. It
// does not count as the person being there. It brings along how far things have come
// where they are.
func (g *Guard) Holds(ctx context.Context, token string, who actor.Actor) (bool, revision.Revisions, error) {
	session, err := g.ask(ctx, token)
	if errors.Is(err, fault.ErrForged) {
		return false, revision.Revisions{}, nil
	}
	if err != nil || session == nil {
		return false, revision.Revisions{}, err
	}
	now := g.actorOf(session)
	now.Name = who.Name // another name is no other access
	return now == who, revisionsOf(session), nil
}

// revisionsOf are the numbers that the guard's question brought along.
func revisionsOf(session *db.SessionGuardRow) revision.Revisions {
	return revision.Revisions{
		Calendar: session.Calendar, Clients: session.Clients, Inbox: session.Inbox, Settings: session.Settings,
		Clinics: session.Clinics, People: session.People, Jobs: session.Jobs,
	}
}
