// Package appointment is a client's time with a provider as people see it: the
// forms that book, move and cancel it, its page, and the calendar. What may be
// booked is judged by booking, through which every form writes.
package appointment

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/booking"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

const createRoute = "/appointments"

// book stores a new appointment and returns its address; the same key again
// returns the same address.
func (h *Handler) book(ctx context.Context, key submission.Key, request booking.Request) (location string, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		location, err = tx.Once(ctx, createRoute, key, func() (string, error) {
			id, err := booking.Book(ctx, tx, request)
			return addressOf(id), err
		})
		return err
	})
	return location, err
}

func addressOf(id uuid.UUID) string { return "/appointments/" + id.String() }

// change applies what a form says and returns how the appointment stands then.
func (h *Handler) change(ctx context.Context, id uuid.UUID, changes booking.Changes) (plan booking.Plan, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		plan, err = booking.Change(ctx, tx, id, changes)
		return err
	})
	return plan, err
}

func (h *Handler) cancel(ctx context.Context, id uuid.UUID) (plan booking.Plan, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		plan, err = booking.Cancel(ctx, tx, id)
		return err
	})
	return plan, err
}
