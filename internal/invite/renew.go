package invite

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

// surface is from where an invite is worked on: the team's page of a clinic, or a
// clinic's page in the console.
type surface struct {
	tenantID uuid.UUID
	console  bool
}

// do opens the surface's door.
func (h *Handler) do(ctx context.Context, on surface, fn func(context.Context, *store.Tx) error) error {
	if on.console {
		return h.Store.Platform(ctx, fn)
	}
	return h.Store.Tenant(ctx, fn)
}

// once is Once of the surface's door.
func (s surface) once(ctx context.Context, tx *store.Tx, route string, key submission.Key, create func() error) error {
	remember := tx.Once
	if s.console {
		remember = tx.OncePlatform
	}
	_, err := remember(ctx, route, key, func() (string, error) { return route, create() })
	return err
}

// renew returns the invite that replaces another: the old link dies, and a new one
// goes out. It has no token when the same form came before.
func (h *Handler) renew(ctx context.Context, on surface, id uuid.UUID, key submission.Key) (delivery.Invite, error) {
	var made delivery.Invite
	err := h.do(ctx, on, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		return on.once(ctx, tx, "renewal of "+id.String(), key, func() (err error) {
			made, err = h.replace(ctx, tx, on, id)
			return err
		})
	})
	return made, refusedInvite(err)
}

// refusedInvite says of an invite, which has no form to mark a field in, what was
// said of the address in it.
func refusedInvite(err error) error {
	for message := range maps.Values(fault.FieldsOf(err)) {
		return fault.Wrap(fault.Conflict, message, err)
	}
	return err
}

func (h *Handler) replace(ctx context.Context, tx *store.Tx, on surface, id uuid.UUID) (delivery.Invite, error) {
	var none delivery.Invite
	if err := seat.Lock(ctx, tx, on.tenantID); err != nil {
		return none, err
	}
	old, err := openInvite(ctx, tx, on, id)
	if err != nil {
		return none, err
	}
	if old.Role == string(actor.Owner) && !on.console {
		return none, fault.New(fault.Conflict, "invite.of_owner")
	}
	if err := take(ctx, tx, id, "replaced"); err != nil {
		return none, err
	}
	guest := seat.Guest{
		TenantID: on.tenantID, Name: old.Name, Email: old.Email, Role: actor.Role(old.Role),
		Lifetime: h.Delivery.Lifetime, Console: on.console, Replaced: id,
	}
	if on.console {
		if err := checkAccount(ctx, tx, guest.Email); err != nil {
			return none, err
		}
	}
	return seat.Keep(ctx, tx, guest)
}

// revoke takes an open invite back.
func revoke(ctx context.Context, tx *store.Tx, on surface, id uuid.UUID) error {
	if err := seat.Lock(ctx, tx, on.tenantID); err != nil {
		return err
	}
	old, err := openInvite(ctx, tx, on, id)
	if err != nil {
		return err
	}
	if err := take(ctx, tx, id, "cancelled"); err != nil {
		return err
	}
	return seat.Record(ctx, tx, on.tenantID, on.console, audit.Entry{
		Action: seat.InviteRevoke, TargetKind: "invite", TargetID: id, TargetName: old.Email,
		Before: audit.Fields{"revoked_reason": nil}, After: audit.Fields{"revoked_reason": "cancelled"},
	})
}

// openInvite reads an invite that nobody has used or taken back; one that is
// settled is fault.Conflict, another clinic's fault.NotFound.
func openInvite(ctx context.Context, tx *store.Tx, on surface, id uuid.UUID) (db.InviteGetRow, error) {
	found, err := tx.InviteGet(ctx, db.InviteGetParams{Tenant: on.tenantID, ID: id})
	switch {
	case err != nil:
		return found, err
	case found.Accepted:
		return found, fault.New(fault.Conflict, "invite.accepted_already")
	case found.Revoked:
		return found, fault.New(fault.Conflict, "invite.settled")
	}
	return found, nil
}

func take(ctx context.Context, tx *store.Tx, id uuid.UUID, reason string) error {
	taken, err := tx.InviteRevoke(ctx, db.InviteRevokeParams{ID: id, Reason: reason})
	if err == nil && taken == 0 {
		return fault.New(fault.Conflict, "invite.settled")
	}
	return err
}
