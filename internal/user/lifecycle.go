package user

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/transition"
)

// actions are what the logs call the transitions.
var actions = map[lifecycle.Transition]audit.Action{
	lifecycle.Suspend: seat.UserSuspend, lifecycle.Activate: seat.UserActivate,
	lifecycle.Delete: userDelete, lifecycle.Restore: userRestore,
	lifecycle.Promote: userPromote, lifecycle.Demote: userDemote,
}

// changeState changes what a person is: their state, or whether they run the
// installation. Locks are taken in the order that everybody takes them in: the
// super-admins', seats and rows of clinics by id, then the person's row.
func changeState(ctx context.Context, s *store.Store, id uuid.UUID, change transition.Change) error {
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.UserLockSuperAdmins(ctx); err != nil {
			return err
		}
		clinics, err := lockClinics(ctx, tx, id, change.Transition)
		if err != nil {
			return err
		}
		before, err := lock(ctx, tx, id, change.Version)
		if err != nil {
			return err
		}
		state, err := lifecycle.Next(lifecycle.State(before.Status), change.Transition)
		if err != nil {
			return err
		}
		if err := refuseHarm(ctx, tx, before, change.Transition); err != nil {
			return err
		}
		after, err := apply(ctx, tx, before, state, change, clinics)
		if err != nil {
			return err
		}
		return recordChange(ctx, tx, actions[change.Transition], before, after, change.Reason)
	})
}

// lock takes the person's row. A version other than its own is fault.Stale; 0
// accepts any.
func lock(ctx context.Context, tx *store.Tx, id uuid.UUID, version int32) (db.User, error) {
	row, err := tx.UserLockToChange(ctx, id)
	if err == nil && version != 0 && version != row.Version {
		err = lifecycle.Stale(lifecycle.State(row.Status))
	}
	return row, err
}

// lockClinics keeps the seats and the states of the clinics that a restoration
// brings somebody back to.
func lockClinics(ctx context.Context, tx *store.Tx, id uuid.UUID, asked lifecycle.Transition) ([]uuid.UUID, error) {
	if asked != lifecycle.Restore {
		return nil, nil
	}
	clinics, err := tx.UserListRevokedTenants(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, clinic := range clinics {
		if err := tx.TenantLockSeats(ctx, clinic); err != nil {
			return nil, err
		}
	}
	for _, clinic := range clinics {
		if _, err := tx.TenantLock(ctx, clinic); err != nil {
			return nil, err
		}
	}
	return clinics, nil
}

// refuseHarm keeps the installation in somebody's hands: nobody ends their own
// right to run it, and the last one stays (hazards 43 and 44). Whoever asks must
// still have the right here, under the lock: of two who end each other's one wins.
func refuseHarm(ctx context.Context, tx *store.Tx, person db.User, asked lifecycle.Transition) error {
	who, _ := actor.From(ctx)
	running, err := tx.UserListActiveSuperAdmins(ctx)
	if err != nil {
		return err
	}
	ends := asked == lifecycle.Suspend || asked == lifecycle.Delete || asked == lifecycle.Demote
	switch {
	case ends && person.ID == who.UserID:
		return fault.New(fault.Conflict, "user.not_yourself")
	case ends && slices.Equal(running, []uuid.UUID{person.ID}):
		return fault.New(fault.Conflict, "user.last_super_admin")
	case !slices.Contains(running, who.UserID):
		return fault.New(fault.Forbidden, "")
	}
	return nil
}

// apply writes the change, and what follows from it for sessions and memberships.
func apply(ctx context.Context, tx *store.Tx, before db.User, state lifecycle.State, change transition.Change, clinics []uuid.UUID) (db.User, error) {
	var err error
	switch change.Transition {
	case lifecycle.Promote, lifecycle.Demote:
		return setSuperAdmin(ctx, tx, before, change.Transition == lifecycle.Promote)
	case lifecycle.Restore:
		err = restoreMemberships(ctx, tx, before, clinics, change.Reason)
	case lifecycle.Delete:
		err = revokeMemberships(ctx, tx, before, change.Reason)
	}
	if err != nil {
		return before, err
	}
	if state != lifecycle.Active {
		if _, err := tx.UserEndSessions(ctx, before.ID); err != nil {
			return before, err
		}
	}
	who, _ := actor.From(ctx)
	return tx.UserSetStatus(ctx, db.UserSetStatusParams{ID: before.ID, Status: string(state), Reason: change.Reason, DeletedBy: &who.UserID})
}

// setSuperAdmin makes somebody run the installation, or ends that. Who runs it
// belongs to no clinic, so that no session is ever both. Their sessions end: a new
// privilege begins with a new sign-in.
func setSuperAdmin(ctx context.Context, tx *store.Tx, person db.User, superAdmin bool) (db.User, error) {
	if person.SuperAdmin == superAdmin {
		return person, fault.New(fault.Conflict, roleAlready(superAdmin))
	}
	clinics, err := tx.UserListTenants(ctx, person.ID)
	if err != nil {
		return person, err
	}
	if superAdmin && len(clinics) > 0 {
		return person, fault.New(fault.Conflict, "user.has_clinics")
	}
	if _, err := tx.UserEndSessions(ctx, person.ID); err != nil {
		return person, err
	}
	return tx.UserSetSuperAdmin(ctx, db.UserSetSuperAdminParams{ID: person.ID, SuperAdmin: superAdmin})
}

func roleAlready(superAdmin bool) string {
	if superAdmin {
		return "user.super_admin_already"
	}
	return "user.super_admin_no_more"
}

// revokeMemberships ends what the person's restoration brings back.
func revokeMemberships(ctx context.Context, tx *store.Tx, person db.User, reason string) error {
	memberships, err := tx.UserRevokeMemberships(ctx, person.ID)
	if err != nil {
		return err
	}
	for _, membership := range memberships {
		err := recordMembership(ctx, tx, audit.Entry{
			Action: seat.MembershipDisable, TargetID: membership.ID, TargetName: person.Name, TenantID: membership.TenantID, Reason: reason,
			Before: audit.Fields{"status": membership.Was}, After: audit.Fields{"status": "revoked"},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// restoreMemberships brings back the memberships that the person's deletion
// revoked, as far as their clinics have seats. A clinic that was deleted meanwhile
// keeps them until its own restoration.
func restoreMemberships(ctx context.Context, tx *store.Tx, person db.User, locked []uuid.UUID, reason string) error {
	if err := keepSeats(ctx, tx, person.ID, locked); err != nil {
		return err
	}
	memberships, err := tx.UserRestoreMemberships(ctx, person.ID)
	if err != nil {
		return err
	}
	for _, membership := range memberships {
		err := recordMembership(ctx, tx, audit.Entry{
			Action: seat.MembershipRestore, TargetID: membership.ID, TargetName: person.Name, TenantID: membership.TenantID, Reason: reason,
			Before: audit.Fields{"status": "revoked"}, After: audit.Fields{"status": membership.Status},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepSeats refuses a restoration for which a clinic has no seat.
func keepSeats(ctx context.Context, tx *store.Tx, id uuid.UUID, locked []uuid.UUID) error {
	clinics, err := tx.UserListRevokedTenants(ctx, id)
	if err != nil {
		return err
	}
	if !slices.Equal(clinics, locked) {
		// They were deleted between our first look and the lock on their row.
		return lifecycle.Stale(lifecycle.Deleted)
	}
	for _, clinic := range clinics {
		seats, err := tx.TenantSeats(ctx, clinic)
		if err != nil {
			return err
		}
		if seats.Status != string(lifecycle.Deleted) && seats.Members+seats.OpenInvites >= int64(seats.MaxSeats) {
			return fault.New(fault.Conflict, "tenant.full").With("name", seats.Name)
		}
	}
	return nil
}
