package seat

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

func recordKept(ctx context.Context, tx *store.Tx, guest Guest, id uuid.UUID, row db.InviteCreateRow) error {
	after, err := audit.FieldsOf(row)
	if err != nil {
		return err
	}
	event := audit.Event{Action: db.AuditActionInviteCreate, TargetKind: "invite", TargetID: id, TargetName: row.Email, After: after}
	if guest.Replaced != uuid.Nil {
		event.Action, event.Before = db.AuditActionInviteResend, audit.Fields{"invite": guest.Replaced}
		event.After["invite"] = id
	}
	return Record(ctx, tx, guest.TenantID, guest.Console, event)
}

// Record writes what happens to a seat into the clinic's own log, and, where it is
// done from the console, into the platform's as well.
func Record(ctx context.Context, tx *store.Tx, tenantID uuid.UUID, console bool, event audit.Event) error {
	if !console {
		return audit.Record(ctx, tx, event)
	}
	if err := audit.RecordOfTenant(ctx, tx, tenantID, event); err != nil {
		return err
	}
	event.TenantID = tenantID
	return audit.RecordPlatform(ctx, tx, event)
}
