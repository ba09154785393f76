package factor

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/address"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/store"
)

// ResetSuperAdmin takes everything away by which a super-admin proves who they are
// beside the password, for who has lost it all; they enrol anew at their next
// sign-in. An address that no super-admin has is fault.NotFound. Who is suspended or
// deleted signs in nowhere, and the error says so.
func ResetSuperAdmin(ctx context.Context, s *store.Store, email string) error {
	found, err := s.PlatformStatement().UserByEmail(ctx, address.Canonical(strings.TrimSpace(email)))
	if err == nil && !found.SuperAdmin {
		err = fault.New(fault.NotFound, "user.not_super_admin")
	}
	if err != nil {
		return err
	}
	if found.Status != string(lifecycle.Active) {
		return fmt.Errorf("%s is %s: change that in the console first", email, found.Status)
	}
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		person, err := hold(ctx, tx, found.ID)
		if err != nil {
			return err
		}
		return reset(ctx, tx, person, "")
	})
}

// reset also ends the person's sessions: whoever has them proved themselves by what
// is now gone. The person is one that hold returned.
func reset(ctx context.Context, tx *store.Tx, person db.SecondFactorPersonRow, reason string) error {
	for _, remove := range []func() error{
		func() error { return tx.SecondFactorDelete(ctx, person.ID) },
		func() error { return tx.RecoveryCodeDelete(ctx, person.ID) },
		func() error { return tx.PasskeyDeleteOfUser(ctx, person.ID) },
		func() error { return tx.ChallengeDeleteOfUser(ctx, &person.ID) },
	} {
		if err := remove(); err != nil {
			return err
		}
	}
	ended, err := tx.SessionEndOthers(ctx, db.SessionEndOthersParams{UserID: person.ID, Spared: uuid.Nil})
	if err != nil {
		return err
	}
	return recordReset(ctx, tx, about(person, audit.Entry{
		Action: secondFactorDelete, Reason: reason,
		Before: audit.Fields{"app": person.ConfirmedAt != nil, "passkeys": person.Passkeys, "recovery_codes": person.CodesLeft},
		After:  audit.Fields{"sessions_ended": len(ended)},
	}))
}

// recordReset also tells the clinics that the person belongs to: somebody else has
// opened a door of theirs.
func recordReset(ctx context.Context, tx *store.Tx, entry audit.Entry) error {
	if err := audit.RecordPlatform(ctx, tx, entry); err != nil {
		return err
	}
	clinics, err := tx.UserListTenants(ctx, entry.TargetID)
	if err != nil {
		return err
	}
	for _, clinic := range clinics {
		if err := audit.RecordOfTenant(ctx, tx, clinic, entry); err != nil {
			return err
		}
	}
	return nil
}
