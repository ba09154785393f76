// Package seat is the rule of a clinic's seats: its members and its open invites
// together never pass them, whichever door somebody comes through. The team and
// the console invite by it, and who joins is let in by it.
package seat

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

// Guest is somebody for whom a seat is kept.
type Guest struct {
	TenantID    uuid.UUID
	Name, Email string
	// Role is the inviting program's, never a form's where an owner invites
	// (hazard 40).
	Role actor.Role
	// Lifetime is how long the seat is kept.
	Lifetime time.Duration
	// Console is true where a super-admin invites, through the platform's door.
	Console bool
	// Replaced is the id of the invite whose place this one takes, which the caller
	// has revoked; uuid.Nil for none.
	Replaced uuid.UUID
}

// Lock makes everybody who takes or gives back a seat of the tenant wait for those
// before, so that what they count stays true until they commit (hazard 39).
func Lock(ctx context.Context, tx *store.Tx, tenantID uuid.UUID) error {
	return tx.TenantLockSeats(ctx, tenantID)
}

// Keep makes an invite, if there is a seat and the address is neither in the team
// nor invited, and records it. Either door may be open.
func Keep(ctx context.Context, tx *store.Tx, guest Guest) (delivery.Invite, error) {
	var none delivery.Invite
	if err := Lock(ctx, tx, guest.TenantID); err != nil {
		return none, err
	}
	if err := tx.InviteRevokeExpired(ctx, db.InviteRevokeExpiredParams{Tenant: guest.TenantID, Email: guest.Email}); err != nil {
		return none, err
	}
	if err := unknown(ctx, tx, guest); err != nil {
		return none, err
	}
	name, err := free(ctx, tx, guest.TenantID)
	if err != nil {
		return none, err
	}
	token, hash := guard.NewToken()
	kept := delivery.Invite{
		ID: uuid.Must(uuid.NewV7()), TenantID: guest.TenantID, Token: token, Name: guest.Name, Email: guest.Email,
		TenantName: name, Console: guest.Console,
	}
	row, err := tx.InviteCreate(ctx, db.InviteCreateParams{
		TenantID: guest.TenantID, ID: kept.ID, Email: guest.Email, Name: guest.Name, Role: string(guest.Role),
		TokenHash: hash, Lifetime: guest.Lifetime, InvitedBy: inviter(ctx),
	})
	if err != nil {
		return none, err
	}
	return kept, recordKept(ctx, tx, guest, kept.ID, row)
}

// unknown is fault.Invalid for an address that the team or an open invite has.
// It asks about this clinic only: that the address is known elsewhere shows
// nowhere (hazard 24).
func unknown(ctx context.Context, tx *store.Tx, guest Guest) error {
	member, err := tx.MembershipHasEmail(ctx, db.MembershipHasEmailParams{Tenant: guest.TenantID, Email: guest.Email})
	if err != nil {
		return err
	}
	if member {
		return fault.InvalidFields(map[string]string{"email": "membership.already_member"})
	}
	invited, err := tx.InviteIsOpen(ctx, db.InviteIsOpenParams{Tenant: guest.TenantID, Email: guest.Email})
	if err != nil {
		return err
	}
	if invited {
		return fault.InvalidFields(map[string]string{"email": "membership.already_invited"})
	}
	return nil
}

// free returns the tenant's name if somebody may still be invited to it.
func free(ctx context.Context, tx *store.Tx, tenantID uuid.UUID) (string, error) {
	tenant, err := tx.TenantSeats(ctx, tenantID)
	switch {
	case err != nil:
		return "", err
	case tenant.Status != "active":
		return "", fault.New(fault.Conflict, "invite.tenant_"+tenant.Status)
	case tenant.MaxSeats == 0:
		return "", fault.New(fault.Forbidden, "membership.no_seats")
	case tenant.Members+tenant.OpenInvites >= int64(tenant.MaxSeats):
		return "", fault.New(fault.Conflict, "membership.full")
	}
	return tenant.Name, nil
}

// inviter is nil for the command line and the demo, where nobody has signed in.
func inviter(ctx context.Context) *uuid.UUID {
	who, _ := actor.From(ctx)
	if who.UserID == uuid.Nil {
		return nil
	}
	return &who.UserID
}

// Left reports whether who comes by an invite still finds a seat. Open invites do
// not count: theirs kept one, unless an administrator has made the team smaller.
func Left(ctx context.Context, tx *store.Tx, tenantID uuid.UUID) (bool, error) {
	tenant, err := tx.TenantSeats(ctx, tenantID)
	return tenant.Members < int64(tenant.MaxSeats), err
}
