package tenant

import (
	"context"
	"maps"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// recordChange writes a change of the clinic's row into both logs; more is what
// the row alone does not show.
func recordChange(ctx context.Context, tx *store.Tx, action audit.Action, before, after db.Tenant, reason string, more audit.Fields) error {
	was, is, err := audit.Changed(before, after)
	if err != nil {
		return err
	}
	maps.Copy(is, more)
	return recordBoth(ctx, tx, audit.Entry{
		Action: action, TargetKind: "tenant", TargetID: after.ID, TargetName: after.Name, TenantID: after.ID,
		Before: was, After: is, Reason: reason,
	})
}

// recordMembership tells both logs what became of a membership together with its
// clinic: who works elsewhere too is not suspended, and no other row names them.
func recordMembership(ctx context.Context, tx *store.Tx, clinic db.Tenant, entry audit.Entry) error {
	entry.TargetKind, entry.TenantID = "membership", clinic.ID
	return recordBoth(ctx, tx, entry)
}

// recordPerson tells in the platform's log what became of somebody together with
// a clinic, so that their own page explains it.
func recordPerson(ctx context.Context, tx *store.Tx, clinic db.Tenant, entry audit.Entry) error {
	entry.TargetKind, entry.TenantID = "user", clinic.ID
	entry.After["tenant"] = clinic.Name
	return audit.RecordPlatform(ctx, tx, entry)
}

func recordBoth(ctx context.Context, tx *store.Tx, entry audit.Entry) error {
	if err := audit.RecordPlatform(ctx, tx, entry); err != nil {
		return err
	}
	return audit.RecordOfTenant(ctx, tx, entry.TenantID, entry)
}
