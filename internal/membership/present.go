package membership

import (
	"context"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	inviteviews "frontdesk/views/invite"
	views "frontdesk/views/membership"
)

// shownInvites bounds the list of invites that nobody accepted.
const shownInvites = 200

// page reads the team as its page shows it.
func (h *Handler) page(ctx context.Context) (views.Page, error) {
	who, _ := actor.From(ctx)
	var members []db.MembershipListRow
	var invites []db.InviteListOpenRow
	var seats db.TenantSeatsRow
	err := h.Store.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { members, err = tx.MembershipList(ctx); return err },
			func() (err error) { invites, err = tx.InviteListOpen(ctx, shownInvites); return err },
			func() (err error) { seats, err = tx.TenantSeats(ctx, who.TenantID); return err },
		)
	})
	if err != nil {
		return views.Page{}, err
	}
	page := views.Page{Taken: int(seats.Members + seats.OpenInvites), MaxSeats: int(seats.MaxSeats), RowKey: web.NewKey()}
	for _, row := range members {
		if member := memberOf(row, who); row.Status == "revoked" {
			page.Removed = append(page.Removed, member)
		} else {
			page.Members = append(page.Members, member)
		}
	}
	for _, row := range invites {
		page.Invites = append(page.Invites, inviteOf(row))
	}
	return page, nil
}

func memberOf(row db.MembershipListRow, who actor.Actor) views.Member {
	return views.Member{
		ID: row.ID.String(), Name: row.Name, Email: row.Email, Role: row.Role, Since: row.CreatedAt, ChangedAt: row.UpdatedAt,
		Version: row.Version, Status: row.UserStatus, Self: row.UserID == who.UserID,
	}
}

func inviteOf(row db.InviteListOpenRow) views.Invite {
	state := inviteviews.Open
	if row.Expired {
		state = inviteviews.Expired
	}
	return views.Invite{
		ID: row.ID.String(), Name: row.Name, Email: row.Email, Role: row.Role, State: state, ExpiresAt: row.ExpiresAt,
		Delivery: row.Delivery, Reason: row.DeliveryError,
	}
}
