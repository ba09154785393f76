package user

import (
	"context"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// shared are the columns of a person that their clinics may read of: who somebody
// is, and whether they can sign in.
var shared = []string{"name", "email", "status"}

// recordChange writes what changed about a person into the platform's log, and
// into that of each clinic: those that they belong to, or did until now.
func recordChange(ctx context.Context, tx *store.Tx, action audit.Action, before, after db.User, reason string) error {
	was, is, err := audit.Changed(before, after)
	if err != nil {
		return err
	}
	entry := audit.Entry{
		Action: action, TargetKind: "user", TargetID: after.ID, TargetName: before.Name, Before: was, After: is, Reason: reason,
	}
	if err := audit.RecordPlatform(ctx, tx, entry); err != nil {
		return err
	}
	clinics, err := tx.UserListTenants(ctx, after.ID)
	if err != nil {
		return err
	}
	entry = forClinics(entry)
	for _, clinic := range clinics {
		if err := audit.RecordOfTenant(ctx, tx, clinic, entry); err != nil {
			return err
		}
	}
	return nil
}

// recordMembership tells the platform, and the clinic, that a membership ended or
// came back together with its person.
func recordMembership(ctx context.Context, tx *store.Tx, entry audit.Entry) error {
	entry.TargetKind = "membership"
	if err := audit.RecordPlatform(ctx, tx, entry); err != nil {
		return err
	}
	return audit.RecordOfTenant(ctx, tx, entry.TenantID, forClinics(entry))
}

// forClinics is the entry as the clinics of somebody may read it. Why the platform
// did it, and which other clinic it has to do with, is no matter of theirs: somebody
// may work for two that do not know of each other.
func forClinics(entry audit.Entry) audit.Entry {
	entry.Reason = ""
	entry.Before, entry.After = only(entry.Before), only(entry.After)
	return entry
}

func only(fields audit.Fields) audit.Fields {
	kept := audit.Fields{}
	for _, name := range shared {
		if value, changed := fields[name]; changed {
			kept[name] = value
		}
	}
	return kept
}
