package user

import (
	"context"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

// edit changes a person's name and address. version is the one that whoever edits
// has seen. A new address ends what the old one could still open: links that set a
// new password, and sessions.
func edit(ctx context.Context, s *store.Store, change db.UserUpdateParams, version int32) error {
	err := s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := lock(ctx, tx, change.ID, 0)
		if err != nil {
			return err
		}
		if before.Version != version {
			return fault.New(fault.Stale, "")
		}
		if change == (db.UserUpdateParams{ID: before.ID, Name: before.Name, Email: before.Email}) {
			// It leaves no row in a log, and everybody else's open form as good as it was.
			return nil
		}
		after, err := tx.UserUpdate(ctx, change)
		if err != nil {
			return err
		}
		if after.Email != before.Email {
			if _, err := tx.UserRevokePasswordResets(ctx, after.ID); err != nil {
				return err
			}
			if _, err := tx.UserEndSessions(ctx, after.ID); err != nil {
				return err
			}
		}
		return recordChange(ctx, tx, userUpdate, before, after, "")
	})
	return store.Taken(err, "users_email_key", "email", "user.email_taken")
}
