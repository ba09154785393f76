package tenant

import (
	"frontdesk/internal/db"
	inviteviews "frontdesk/views/invite"
	views "frontdesk/views/tenant"
)

// shownPeople and shownInvites bound the lists of one clinic's page.
const (
	shownPeople  = 200
	shownInvites = 50
)

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
