package tenant

import (
	"context"

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

// changeState moves a clinic to its next state. Whoever takes a seat of it, and
// whoever else changes it, waits until that is done: of several that ask at once
// one is first, and the others are judged by what it left (hazard 46).
func changeState(ctx context.Context, s *store.Store, id uuid.UUID, change transition.Change) error {
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := lock(ctx, tx, id, change.Version)
		if err != nil {
			return err
		}
		state, err := lifecycle.Next(lifecycle.State(before.Status), change.Transition)
		if err != nil {
			return err
		}
		who, _ := actor.From(ctx)
		after, err := tx.TenantSetStatus(ctx, db.TenantSetStatusParams{ID: id, Status: string(state), Reason: change.Reason, DeletedBy: &who.UserID})
		if err != nil {
			return err
		}
		people, err := followState(ctx, tx, after, change)
		if err != nil {
			return err
		}
		return recordChange(ctx, tx, actions[change.Transition], before, after, change.Reason, people)
	})
}

var actions = map[lifecycle.Transition]audit.Action{
	lifecycle.Suspend: tenantSuspend, lifecycle.Activate: tenantActivate,
	lifecycle.Delete: tenantDelete, lifecycle.Restore: tenantRestore,
}

// lock takes the clinic's seats, then its row, in the order that everybody takes
// them in. A version other than the row's is fault.Stale; 0 accepts any.
func lock(ctx context.Context, tx *store.Tx, id uuid.UUID, version int32) (db.Tenant, error) {
	if err := tx.TenantLockSeats(ctx, id); err != nil {
		return db.Tenant{}, err
	}
	row, err := tx.TenantLock(ctx, id)
	if err == nil && version != 0 && version != row.Version {
		err = lifecycle.Stale(lifecycle.State(row.Status))
	}
	return row, err
}

// followState does with a clinic's people what its state asks for, and returns
// what the log says of it.
func followState(ctx context.Context, tx *store.Tx, clinic db.Tenant, change transition.Change) (audit.Fields, error) {
	switch change.Transition {
	case lifecycle.Delete:
		return disablePeople(ctx, tx, clinic, change.Reason)
	case lifecycle.Restore:
		return restorePeople(ctx, tx, clinic, change.Reason)
	case lifecycle.Activate:
		_, err := restoreUsers(ctx, tx, clinic, change.Reason)
		return nil, err
	}
	return nil, nil
}

// disablePeople ends the memberships of a clinic that is deleted, and suspends
// those who have no other active clinic. Both are marked, for its restoration.
func disablePeople(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (audit.Fields, error) {
	if _, err := tx.TenantLockUsers(ctx, clinic.ID); err != nil {
		return nil, err
	}
	memberships, err := disableMemberships(ctx, tx, clinic, reason)
	if err != nil {
		return nil, err
	}
	people, err := suspendUsers(ctx, tx, clinic, reason)
	return audit.Fields{"memberships_disabled": memberships, "users_suspended": people}, err
}

func disableMemberships(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (int, error) {
	memberships, err := tx.TenantDisableMemberships(ctx, clinic.ID)
	if err != nil {
		return 0, err
	}
	for _, membership := range memberships {
		err := recordMembership(ctx, tx, clinic, audit.Entry{
			Action: seat.MembershipDisable, TargetID: membership.ID, TargetName: membership.Name, Reason: reason,
			Before: audit.Fields{"status": "active"}, After: audit.Fields{"status": "disabled"},
		})
		if err != nil {
			return 0, err
		}
	}
	return len(memberships), nil
}

func suspendUsers(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (int, error) {
	people, err := tx.TenantSuspendUsers(ctx, db.TenantSuspendUsersParams{ID: &clinic.ID, Reason: reason})
	if err != nil {
		return 0, err
	}
	for _, person := range people {
		if _, err := tx.UserEndSessions(ctx, person.ID); err != nil {
			return 0, err
		}
		err := recordPerson(ctx, tx, clinic, audit.Entry{
			Action: seat.UserSuspend, TargetID: person.ID, TargetName: person.Name, Reason: reason,
			Before: audit.Fields{"status": lifecycle.Active}, After: audit.Fields{"status": lifecycle.Suspended},
		})
		if err != nil {
			return 0, err
		}
	}
	return len(people), nil
}

// restorePeople brings back what the deletion marked, and nothing else (hazard
// 45). Seats that were taken away, or taken, meanwhile are fault.Conflict.
func restorePeople(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (audit.Fields, error) {
	if _, err := tx.TenantLockUsers(ctx, clinic.ID); err != nil {
		return nil, err
	}
	memberships, err := restoreMemberships(ctx, tx, clinic, reason)
	if err != nil {
		return nil, err
	}
	seats, err := tx.TenantSeats(ctx, clinic.ID)
	if err != nil {
		return nil, err
	}
	if memberships > 0 && seats.Members+seats.OpenInvites > int64(seats.MaxSeats) {
		return nil, fault.New(fault.Conflict, "tenant.full").With("name", clinic.Name)
	}
	people, err := restoreUsers(ctx, tx, clinic, reason)
	return audit.Fields{"memberships_restored": memberships, "users_restored": people}, err
}

func restoreMemberships(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (int, error) {
	memberships, err := tx.TenantRestoreMemberships(ctx, clinic.ID)
	if err != nil {
		return 0, err
	}
	for _, membership := range memberships {
		err := recordMembership(ctx, tx, clinic, audit.Entry{
			Action: seat.MembershipRestore, TargetID: membership.ID, TargetName: membership.Name, Reason: reason,
			Before: audit.Fields{"status": "disabled"}, After: audit.Fields{"status": "active"},
		})
		if err != nil {
			return 0, err
		}
	}
	return len(memberships), nil
}

// restoreUsers lets those in again whom the deletion of a clinic shut out and who
// have an active one now.
func restoreUsers(ctx context.Context, tx *store.Tx, clinic db.Tenant, reason string) (int, error) {
	people, err := tx.TenantRestoreUsers(ctx, clinic.ID)
	if err != nil {
		return 0, err
	}
	for _, person := range people {
		err := recordPerson(ctx, tx, clinic, audit.Entry{
			Action: seat.UserActivate, TargetID: person.ID, TargetName: person.Name, Reason: reason,
			Before: audit.Fields{"status": lifecycle.Suspended}, After: audit.Fields{"status": lifecycle.Active},
		})
		if err != nil {
			return 0, err
		}
	}
	return len(people), nil
}
