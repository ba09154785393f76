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
	entry := audit.Entry{Action: InviteCreate, TargetKind: "invite", TargetID: id, TargetName: row.Email, After: after}
	if guest.Replaced != uuid.Nil {
		entry.Action, entry.Before = InviteResend, audit.Fields{"invite": guest.Replaced}
		entry.After["invite"] = id
	}
	return Record(ctx, tx, guest.TenantID, guest.Console, entry)
}

// Record writes what happens to a seat into the clinic's own log, and, where it is
// done from the console, into the platform's as well.
func Record(ctx context.Context, tx *store.Tx, tenantID uuid.UUID, console bool, entry audit.Entry) error {
	if !console {
		return audit.Record(ctx, tx, entry)
	}
	if err := audit.RecordOfTenant(ctx, tx, tenantID, entry); err != nil {
		return err
	}
	entry.TenantID = tenantID
	return audit.RecordPlatform(ctx, tx, entry)
}
