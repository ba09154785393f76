package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
)

// noOverlap is the exclusion constraint: the last word on double booking, also for
// who writes without this package.
const noOverlap = "appointments_no_overlap"

// LookBack is longer than any appointment lasts with its buffers: what is under
// way at an instant began within it.
const LookBack = 48 * time.Hour

// TakenError says that the provider is busy in time that the plan needs. It is a
// fault.Conflict; FindObstacles says with whom.
type TakenError struct {
	Plan  Plan
	cause error
}

// Error is for logs.
func (e *TakenError) Error() string { return "booking: the provider is busy" }

// Unwrap returns the fault that the error is.
func (e *TakenError) Unwrap() error {
	return fault.Wrap(fault.Conflict, "appointment.taken", e.cause)
}

// takenBy turns the constraint's refusal into a TakenError.
func takenBy(err error, plan Plan) error {
	if store.Constraint(err) == noOverlap {
		return &TakenError{Plan: plan, cause: err}
	}
	return err
}

// mustBeFree is a TakenError when the provider is busy with another appointment
// than except. It leaves the transaction usable, as a refusal by the constraint
// would not.
func mustBeFree(ctx context.Context, tx *store.Tx, plan Plan, except uuid.UUID) error {
	busy, err := tx.BookingIsBusy(ctx, db.BookingIsBusyParams{
		ProviderID: plan.ProviderID, ExceptID: except,
		EarliestStart: plan.OccupiedFrom().Add(-LookBack), Since: plan.OccupiedFrom(), Until: plan.OccupiedUntil(),
	})
	if err != nil {
		return fmt.Errorf("read what the provider is busy with: %w", err)
	}
	if busy {
		return &TakenError{Plan: plan}
	}
	return nil
}

// Obstacles are what stands in the way of a plan, and the starts at which it would
// fit, the nearest first.
type Obstacles struct {
	InTheWay []db.BookingBusyListRow
	Free     []time.Time
}

// FindObstacles looks for what a TakenError has met. except is the appointment
// that is moved, or zero.
func FindObstacles(ctx context.Context, queries *db.Queries, plan Plan, except uuid.UUID, zone *time.Location, now time.Time) (Obstacles, error) {
	var found Obstacles
	day := localtime.DayOf(plan.StartsAt, zone)
	since := localtime.DayStart(day, zone)
	rows, err := queries.BookingBusyList(ctx, db.BookingBusyListParams{
		ProviderID: plan.ProviderID, ExceptID: except, EarliestStart: since.Add(-LookBack), Since: since.Add(-LookBack),
		Until: localtime.DayStart(day.AddDate(0, 0, freeDays+1), zone),
	})
	if err != nil {
		return found, fmt.Errorf("read what the provider is busy with: %w", err)
	}
	hours, err := HoursOf(ctx, queries, plan.ProviderID)
	if err != nil {
		return found, err
	}
	busy := make([]Period, len(rows))
	for i, row := range rows {
		busy[i] = Period{From: row.OccupiedFrom, Until: row.OccupiedUntil}
		if plan.overlaps(row.OccupiedFrom, row.OccupiedUntil) {
			found.InTheWay = append(found.InTheWay, row)
		}
	}
	found.Free = FreeTimes(plan, &hours, busy, zone, now)
	return found, nil
}
