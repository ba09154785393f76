package membership

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
)

// setRole makes a member an owner or staff. Nobody changes their own role. Only an owner
// changes roles, so at least that owner remains.
func setRole(ctx context.Context, tx *store.Tx, member db.MembershipGetRow, version int32, role actor.Role) error {
	switch who, _ := actor.From(ctx); {
	case member.UserID == who.UserID:
		return ownRole(ctx, tx)
	case member.Status != "active":
		return fault.New(fault.Conflict, "membership.removed_already")
	case version != 0 && member.Version != version:
		return fault.New(fault.Stale, "membership.stale")
	case member.Role == string(role):
		return fault.New(fault.Conflict, "membership.is_"+member.Role)
	}
	if err := tx.MembershipSetRole(ctx, db.MembershipSetRoleParams{ID: member.ID, Role: string(role)}); err != nil {
		return err
	}
	err := audit.Record(ctx, tx, audit.Entry{
		Action: membershipRole, TargetKind: "membership", TargetID: member.ID, TargetName: member.Name,
		Before: audit.Fields{"role": member.Role}, After: audit.Fields{"role": role},
	})
	if err != nil || role == actor.Owner {
		return err
	}
	return revokeSupport(ctx, tx, member.UserID)
}

// ownRole is why nobody changes their own: the last owner stays, and another asks
// another owner.
func ownRole(ctx context.Context, tx *store.Tx) error {
	owners, err := tx.MembershipOwnerCount(ctx)
	if err != nil {
		return err
	}
	if owners == 1 {
		return fault.New(fault.Conflict, "membership.last_owner")
	}
	return fault.New(fault.Conflict, "membership.own_role")
}

// remove takes somebody out of the team: at their next request they are outside,
// and no older link lets them in again. The row stays, and an invite brings it back.
func remove(ctx context.Context, tx *store.Tx, member db.MembershipGetRow, version int32) error {
	switch who, _ := actor.From(ctx); {
	case member.UserID == who.UserID:
		return fault.New(fault.Conflict, "membership.remove_self")
	case member.Status != "active":
		return fault.New(fault.Conflict, "membership.removed_already")
	case member.Role == string(actor.Owner):
		return fault.New(fault.Conflict, "membership.remove_owner")
	case version != 0 && member.Version != version:
		return fault.New(fault.Stale, "membership.stale")
	}
	if err := tx.MembershipRemove(ctx, member.ID); err != nil {
		return err
	}
	err := audit.Record(ctx, tx, audit.Entry{
		Action: membershipRemove, TargetKind: "membership", TargetID: member.ID, TargetName: member.Name,
		Before: audit.Fields{"status": "active"}, After: audit.Fields{"status": "revoked"},
	})
	if err != nil {
		return err
	}
	if err := revokeInvites(ctx, tx, member.Email); err != nil {
		return err
	}
	return revokeSupport(ctx, tx, member.UserID)
}

// revokeSupport ends the looks into the clinic that somebody allowed who is no owner
// of it any more: only an owner lets support in, and only as long as they are one.
func revokeSupport(ctx context.Context, tx *store.Tx, userID uuid.UUID) error {
	revoked, err := tx.SupportGrantRevokeOf(ctx, userID)
	if err != nil {
		return err
	}
	for _, grant := range revoked {
		err := audit.Record(ctx, tx, audit.Entry{
			Action: guard.SupportRevoke, TargetKind: "support_grant", TargetID: grant.ID, Before: audit.Fields{"expires_at": grant.ExpiresAt},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func revokeInvites(ctx context.Context, tx *store.Tx, email string) error {
	revoked, err := tx.InviteRevokeOfRemoved(ctx, email)
	if err != nil {
		return err
	}
	for _, id := range revoked {
		err := audit.Record(ctx, tx, audit.Entry{
			Action: seat.InviteRevoke, TargetKind: "invite", TargetID: id, TargetName: email,
			Before: audit.Fields{"revoked_reason": nil}, After: audit.Fields{"revoked_reason": "removed"},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hold locks the team and returns a member. The asker's role is read again under the
// lock: of two owners who demote each other, the second is no longer one, and refused.
func hold(ctx context.Context, tx *store.Tx, id uuid.UUID) (db.MembershipGetRow, error) {
	who, _ := actor.From(ctx)
	if err := seat.Lock(ctx, tx, who.TenantID); err != nil {
		return db.MembershipGetRow{}, err
	}
	role, err := tx.MembershipRoleOf(ctx, who.UserID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && role != string(actor.Owner) {
		return db.MembershipGetRow{}, fault.New(fault.Forbidden, "")
	}
	if err != nil {
		return db.MembershipGetRow{}, err
	}
	return tx.MembershipGet(ctx, id)
}
