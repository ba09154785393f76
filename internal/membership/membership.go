package membership

import (
	"context"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// guest is whom an owner invites.
type guest struct{ name, email string }

// invite makes an invite as staff, if there is a seat and the address is neither
// in the team nor invited. Members and open invites together never pass the
// seats: whoever takes one waits for those before (hazard 39).
func invite(ctx context.Context, tx *store.Tx, person guest, lifetime time.Duration) (delivery.Invite, error) {
	var none delivery.Invite
	who, _ := actor.From(ctx)
	if err := tx.TenantLockSeats(ctx, who.TenantID); err != nil {
		return none, err
	}
	if err := tx.InviteRevokeExpired(ctx, person.email); err != nil {
		return none, err
	}
	if err := unknown(ctx, tx, person.email); err != nil {
		return none, err
	}
	tenant, err := tx.TenantSeats(ctx, who.TenantID)
	switch {
	case err != nil:
		return none, err
	case tenant.MaxSeats == 0:
		return none, fault.New(fault.Forbidden, "membership.no_seats")
	case tenant.Members+tenant.OpenInvites >= int64(tenant.MaxSeats):
		return none, fault.New(fault.Conflict, "membership.full")
	}
	token, hash := guard.NewToken()
	return delivery.Invite{Token: token, Name: person.name, Email: person.email, TenantName: tenant.Name},
		tx.InviteCreateStaff(ctx, db.InviteCreateStaffParams{
			ID: uuid.Must(uuid.NewV7()), Email: person.email, Name: person.name, TokenHash: hash, Lifetime: lifetime,
		})
}

// unknown is fault.Invalid for an address that the team or an open invite has.
// It asks about this clinic only: that the address is known elsewhere shows
// nowhere (hazard 24).
func unknown(ctx context.Context, tx *store.Tx, email string) error {
	member, err := tx.MembershipHasEmail(ctx, email)
	if err != nil {
		return err
	}
	if member {
		return fault.InvalidFields(map[string]string{"email": "membership.already_member"})
	}
	invited, err := tx.InviteIsOpen(ctx, email)
	if err != nil {
		return err
	}
	if invited {
		return fault.InvalidFields(map[string]string{"email": "membership.already_invited"})
	}
	return nil
}
