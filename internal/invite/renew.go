package invite

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// renew returns the invite that replaces the owner's; without a token when the
// same form came before.
func (h *Handler) renew(ctx context.Context, tenantID uuid.UUID, page string, key uuid.UUID) (delivery.Invite, error) {
	token, hash := guard.NewToken()
	var made delivery.Invite
	err := h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		_, err := tx.OncePlatform(ctx, page+"/invites", key, func() (string, error) {
			replaced, err := replace(ctx, tx, tenantID, hash, h.Delivery)
			replaced.Token = token
			made = replaced
			return page, err
		})
		return err
	})
	return made, err
}

func replace(ctx context.Context, tx *store.Tx, tenantID uuid.UUID, hash []byte, desk *delivery.Desk) (delivery.Invite, error) {
	var none delivery.Invite
	if err := tx.TenantLockSeats(ctx, tenantID); err != nil {
		return none, err
	}
	owner, err := tx.InviteOwner(ctx, tenantID)
	if err != nil {
		return none, err
	}
	if owner.AcceptedAt != nil {
		return none, fault.New(fault.Conflict, "invite.accepted_already")
	}
	if _, err := tx.InviteRevoke(ctx, owner.ID); err != nil {
		return none, err
	}
	tenant, err := tx.TenantSeats(ctx, tenantID)
	if err != nil {
		return none, err
	}
	switch {
	case tenant.Status != "active":
		return none, fault.New(fault.Conflict, "invite.tenant_inactive")
	case tenant.Members+tenant.OpenInvites >= int64(tenant.MaxSeats):
		return none, fault.New(fault.Conflict, "invite.full")
	}
	return delivery.Invite{Name: owner.Name, Email: owner.Email, TenantName: tenant.Name}, tx.InviteCreateOwner(ctx, db.InviteCreateOwnerParams{
		TenantID: tenantID, ID: uuid.Must(uuid.NewV7()), Email: owner.Email, Name: owner.Name, TokenHash: hash, Lifetime: desk.Lifetime,
	})
}

// revoke takes an open invite back. One that has been used or revoked meanwhile
// is fault.Conflict, another clinic's fault.NotFound.
func revoke(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	if revoked, err := tx.InviteRevoke(ctx, id); err != nil || revoked == 1 {
		return err
	}
	exists, err := tx.InviteExists(ctx, id)
	if err != nil {
		return err
	}
	if !exists {
		return fault.New(fault.NotFound, "")
	}
	return fault.New(fault.Conflict, "invite.settled")
}
