package booking

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// Whoever writes an appointment, or takes away what one is made with, queues here,
// in one order:
//
//  1. the rows of the appointments that exist, by id;
//  2. their providers, exclusively, by id: a provider's bookings are made one
//     after the other. Racers who met at the exclusion constraint instead would
//     mostly end in deadlocks;
//  3. their services, shared, by id: bookings of a service do not wait for each
//     other, but for whoever withdraws it;
//  4. rows of providers, services and clients.
//
// Who deactivates a provider, or changes what they give, takes 2 exclusively, and
// who changes or withdraws a service takes 3 exclusively, before 4: the reference of a new
// appointment waits for a row that is being changed. So what a booking depends on
// stays as it was read until the booking is stored, and a change of it waits for
// the bookings under way or is seen by the next.

// LockProvider lets nobody book a provider until the transaction ends. Who
// deactivates one, or changes which services they give, takes it before the row.
func LockProvider(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	return lock(ctx, tx, []uuid.UUID{id}, nil)
}

// LockService lets nobody book a service until the transaction ends. Who changes or
// withdraws one takes it before the row.
func LockService(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	return lock(ctx, tx, []uuid.UUID{id}, nil)
}

// lockFor waits for the bookings that a plan could collide with: those of its
// provider, and of the one from whom it is taken.
func lockFor(ctx context.Context, tx *store.Tx, plan Plan, from ...uuid.UUID) error {
	return lock(ctx, tx, append(from, plan.ProviderID), []uuid.UUID{plan.ServiceID})
}

// lock takes the exclusive locks and then the shared ones, each in the order of
// the ids, in one statement. What they protect must be read by a later one: a
// statement sees what was committed when it began to wait.
func lock(ctx context.Context, tx *store.Tx, exclusive, shared []uuid.UUID) error {
	err := tx.BookingLock(ctx, db.BookingLockParams{Exclusive: inOrder(exclusive), Shared: inOrder(shared)})
	if err != nil {
		return fmt.Errorf("wait for other bookings: %w", err)
	}
	return nil
}

func inOrder(ids []uuid.UUID) []uuid.UUID {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}
