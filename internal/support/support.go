// Package support is how a clinic's owner lets those who run the installation look
// into it for a while, and how they go in and out. What they do inside is the guard's
// to bound: they read, and change nothing.
package support

import (
	"context"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
)

// The bounds of a reason, in characters; the table has the same.
const (
	minReason = 5
	maxReason = 500
)

// spans are how long a look may last, in hours: the table refuses more than a week.
var spans = []string{"1", "4", "24", "72", "168"}

// permission is what an owner gives.
type permission struct {
	reason   string
	lifetime time.Duration
}

func readPermission(form *web.Form) permission {
	read := permission{reason: form.Lines("reason", maxReason)}
	if utf8.RuneCountInString(read.reason) < minReason {
		form.Reject("reason", "support.reason_short")
	}
	hours, _ := strconv.Atoi(form.OneOf("hours", spans...)) // one of spans
	read.lifetime = time.Duration(hours) * time.Hour
	return read
}

// allow gives the permission, in the owner's clinic.
func allow(ctx context.Context, tx *store.Tx, given permission) error {
	who, _ := actor.From(ctx)
	id := uuid.Must(uuid.NewV7())
	until, err := tx.SupportGrantCreate(ctx, db.SupportGrantCreateParams{
		ID: id, GrantedBy: who.UserID, Reason: given.reason, Lifetime: given.lifetime,
	})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Action: supportGrant, TargetKind: "support_grant", TargetID: id, Reason: given.reason,
		After: audit.Fields{"expires_at": until},
	})
}

// revoke takes it back. One that is over cannot be.
func revoke(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	grant, err := tx.SupportGrantGet(ctx, id)
	if err != nil {
		return err
	}
	if !grant.Open {
		return fault.New(fault.Conflict, "support.over")
	}
	if err := tx.SupportGrantRevoke(ctx, id); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Action: guard.SupportRevoke, TargetKind: "support_grant", TargetID: id, Before: audit.Fields{"expires_at": grant.ExpiresAt},
	})
}

// record writes that support came or went into the clinic's log and the platform's.
func record(ctx context.Context, tx *store.Tx, action audit.Action, tenantID uuid.UUID, tenantName string) error {
	entry := audit.Entry{Action: action, TargetKind: "tenant", TargetID: tenantID, TargetName: tenantName, TenantID: tenantID}
	if err := audit.RecordPlatform(ctx, tx, entry); err != nil {
		return err
	}
	who, _ := actor.From(ctx)
	who.Support = true // as the clinic's people know them
	return audit.RecordOfTenant(actor.With(ctx, who), tx, tenantID, entry)
}

// open returns the grant by which a super-admin may look into the tenant: without one
// it is fault.Forbidden (hazard 21), and fault.NotFound where there is no such tenant.
func open(ctx context.Context, tx *store.Tx, tenantID uuid.UUID) (db.SupportGrantOpenOfTenantRow, error) {
	if _, err := tx.TenantGet(ctx, tenantID); err != nil {
		return db.SupportGrantOpenOfTenantRow{}, err
	}
	grant, err := tx.SupportGrantOpenOfTenant(ctx, tenantID)
	if errors.Is(err, pgx.ErrNoRows) {
		return grant, fault.Wrap(fault.Forbidden, "support.no_grant", err)
	}
	return grant, err
}
