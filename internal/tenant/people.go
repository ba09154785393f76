package tenant

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/web"
	inviteviews "frontdesk/views/invite"
	views "frontdesk/views/tenant"
)

// shownPeople and shownInvites bound the lists of one clinic's page.
const (
	shownPeople  = 200
	shownInvites = 50
)

// team reads the people and invites of a clinic.
func (h *Handler) team(ctx context.Context, id uuid.UUID, status string) (views.Team, error) {
	queries := h.Store.PlatformStatement()
	people, err := queries.MembershipListOfTenant(ctx, db.MembershipListOfTenantParams{ID: id, PageSize: shownPeople})
	if err != nil {
		return views.Team{}, err
	}
	invites, err := queries.InviteListOfTenant(ctx, db.InviteListOfTenantParams{ID: id, PageSize: shownInvites})
	if err != nil {
		return views.Team{}, err
	}
	return views.Team{
		TenantID: id.String(), Status: status, People: peopleOf(people), Invites: invitesOf(invites), RowKey: web.NewKey(),
	}, nil
}

func peopleOf(rows []db.MembershipListOfTenantRow) []views.Person {
	people := make([]views.Person, len(rows))
	for i, row := range rows {
		status := row.Status
		if row.UserStatus != "active" {
			status = row.UserStatus
		}
		people[i] = views.Person{
			ID: row.ID.String(), UserID: row.UserID.String(), Name: row.Name, Email: row.Email, Role: row.Role, Status: status, Since: row.CreatedAt,
		}
	}
	return people
}

func invitesOf(rows []db.InviteListOfTenantRow) []views.Invite {
	invites := make([]views.Invite, len(rows))
	for i, row := range rows {
		state := inviteviews.Open
		switch {
		case row.AcceptedAt != nil:
			state = inviteviews.Accepted
		case row.RevokedReason == "replaced":
			state = inviteviews.Replaced
		case row.RevokedAt != nil:
			state = inviteviews.Revoked
		case row.Expired:
			state = inviteviews.Expired
		}
		invites[i] = views.Invite{
			ID: row.ID.String(), Name: row.Name, Email: row.Email, Role: row.Role, State: state,
			CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt, Delivery: row.Delivery, Reason: row.DeliveryError,
		}
	}
	return invites
}
