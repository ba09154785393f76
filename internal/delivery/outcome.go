package delivery

import (
	"context"
	"strings"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
	views "frontdesk/views/invite"
)

// settle writes what became of the mail to the invite, and into the log in which
// the invite itself was recorded.
func (m *Mailer) settle(ctx context.Context, invite Invite, note views.Note) error {
	entry := audit.Entry{
		Action: InviteDelivery, TargetKind: "invite", TargetID: invite.ID, TargetName: invite.Email, After: outcome(note),
	}
	if invite.Console {
		entry.TenantID = invite.TenantID
		return m.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
			return write(ctx, tx, invite, note, func() error { return audit.RecordPlatform(ctx, tx, entry) })
		})
	}
	return m.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return write(ctx, tx, invite, note, func() error { return audit.Record(ctx, tx, entry) })
	})
}

func write(ctx context.Context, tx *store.Tx, invite Invite, note views.Note, record func() error) error {
	state := "failed"
	if note.Sent {
		state = "sent"
	}
	err := tx.InviteSetDelivery(ctx, db.InviteSetDeliveryParams{ID: invite.ID, Delivery: state, DeliveryError: note.Reason})
	if err != nil {
		return err
	}
	return record()
}

func outcome(note views.Note) audit.Fields {
	if note.Sent {
		return audit.Fields{"sent": true}
	}
	return audit.Fields{"sent": false, "reason": code(note.Reason)}
}

// code is a reason as logs and scripts have it: "timeout", without the catalog's
// name before it.
func code(reason string) string { return strings.TrimPrefix(reason, "invite.mail_") }
