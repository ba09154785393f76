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

// place is where an invite is worked on: the team's page of a clinic, or a
// clinic's page in the console.
type place struct {
	tenantID uuid.UUID
	console  bool
}

// do opens the place's door.
func (h *Handler) do(ctx context.Context, where place, fn func(context.Context, *store.Tx) error) error {
	if where.console {
		return h.Store.Platform(ctx, fn)
	}
	return h.Store.Tenant(ctx, fn)
}

// once is Once of the place's door.
func (w place) once(ctx context.Context, tx *store.Tx, route string, key submission.Key, create func() error) error {
	remember := tx.Once
	if w.console {
		remember = tx.OncePlatform
	}
	_, err := remember(ctx, route, key, func() (string, error) { return route, create() })
	return err
}

// renew returns the invite that replaces another: the old link dies, and a new one
// goes out. It has no token when the same form came before.
func (h *Handler) renew(ctx context.Context, where place, id uuid.UUID, key submission.Key) (delivery.Invite, error) {
	var made delivery.Invite
	err := h.do(ctx, where, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		return where.once(ctx, tx, "renewal of "+id.String(), key, func() (err error) {
			made, err = h.replace(ctx, tx, where, id)
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

func (h *Handler) replace(ctx context.Context, tx *store.Tx, where place, id uuid.UUID) (delivery.Invite, error) {
	var none delivery.Invite
	if err := seat.Lock(ctx, tx, where.tenantID); err != nil {
		return none, err
	}
	old, err := openInvite(ctx, tx, where, id)
	if err != nil {
		return none, err
	}
	if old.Role == string(actor.Owner) && !where.console {
		return none, fault.New(fault.Conflict, "invite.of_owner")
	}
	if err := take(ctx, tx, id, "replaced"); err != nil {
		return none, err
	}
	guest := seat.Guest{
		TenantID: where.tenantID, Name: old.Name, Email: old.Email, Role: actor.Role(old.Role),
		Lifetime: h.Delivery.Lifetime, Console: where.console, Replaced: id,
	}
	if where.console {
		if err := checkAccount(ctx, tx, guest.Email); err != nil {
			return none, err
		}
	}
	return seat.Keep(ctx, tx, guest)
}

// revoke takes an open invite back.
func revoke(ctx context.Context, tx *store.Tx, where place, id uuid.UUID) error {
	if err := seat.Lock(ctx, tx, where.tenantID); err != nil {
		return err
	}
	old, err := openInvite(ctx, tx, where, id)
	if err != nil {
		return err
	}
	if err := take(ctx, tx, id, "cancelled"); err != nil {
		return err
	}
	return seat.Record(ctx, tx, where.tenantID, where.console, audit.Entry{
		Action: seat.InviteRevoke, TargetKind: "invite", TargetID: id, TargetName: old.Email,
		Before: audit.Fields{"revoked_reason": nil}, After: audit.Fields{"revoked_reason": "cancelled"},
	})
}

// openInvite reads an invite that nobody has used or taken back; one that is
// settled is fault.Conflict, another clinic's fault.NotFound.
func openInvite(ctx context.Context, tx *store.Tx, where place, id uuid.UUID) (db.InviteGetRow, error) {
	found, err := tx.InviteGet(ctx, db.InviteGetParams{Tenant: where.tenantID, ID: id})
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
