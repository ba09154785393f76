package booking

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

// logged is how the clinic's log knows an appointment: by its client.
var logged = audit.Reader[db.AppointmentLoggedRow]{
	Kind: Audit.Kind, Read: (*db.Queries).AppointmentLogged,
	Name:    func(row db.AppointmentLoggedRow) string { return row.Client },
	Subject: func(row db.AppointmentLoggedRow) uuid.UUID { return row.SubjectID },
}

// Book stores a new appointment and returns its id. What it depends on is judged
// by what is so when nobody else can change it: an unknown client, a provider who
// is not active or does not give the service, and a service that is not offered
// are faults at client_id, provider_id and service_id; a busy provider is a
// TakenError. Outside of working hours is allowed.
func Book(ctx context.Context, tx *store.Tx, request Request) (uuid.UUID, error) {
	plan, err := prepare(ctx, tx, request)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("make an id: %w", err)
	}
	if err := create(ctx, tx, id, plan); err != nil {
		return uuid.Nil, err
	}
	return id, logged.Created(ctx, tx, appointmentCreate, id)
}

// prepare locks what the request is made with and returns the plan that it makes.
func prepare(ctx context.Context, tx *store.Tx, request Request) (Plan, error) {
	plan := request.planOf(db.BookingFactsRow{})
	if err := lockFor(ctx, tx, plan); err != nil {
		return plan, err
	}
	facts, err := readFacts(ctx, tx.Queries, plan)
	if err != nil {
		return plan, err
	}
	if err := reject(facts, true, true); err != nil {
		return plan, err
	}
	plan = request.planOf(facts)
	if !slices.Contains(FirstStatuses, plan.Status) {
		return plan, fault.InvalidFields(map[string]string{"status": "field.choose"})
	}
	if err := plan.bounds(); err != nil {
		return plan, err
	}
	return plan, mustBeFree(ctx, tx, plan, uuid.Nil)
}

func create(ctx context.Context, tx *store.Tx, id uuid.UUID, plan Plan) error {
	err := tx.BookingCreate(ctx, db.BookingCreateParams{
		ID: id, ClientID: plan.ClientID, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID,
		StartsAt: plan.StartsAt, EndsAt: plan.EndsAt(), OccupiedFrom: plan.OccupiedFrom(), OccupiedUntil: plan.OccupiedUntil(),
		Status: plan.Status, Notes: plan.Notes,
	})
	return takenBy(err, plan)
}

// Change applies changes to an appointment as it stands once nobody else can
// change it, so that what they leave out is never set back, and returns how it
// stands then. What was booked with a provider who has left or a service that is
// no longer given can be noted, moved in time and cancelled as before; only
// another provider or service must be one that can be booked (hazard 109). The
// errors are those of Book, fault.Stale, and conflicts with the appointment's life.
func Change(ctx context.Context, tx *store.Tx, id uuid.UUID, changes Changes) (Plan, error) {
	stored, err := tx.BookingRow(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	plan, err := changes.applied(stored)
	isSaved := err == nil && plan == planOf(stored)
	switch {
	case changes.isLate(stored) && isSaved: // the form was sent twice
		return plan, nil
	case changes.Version != 0 && changes.Version != stored.Version:
		return Plan{}, fault.New(fault.Stale, "appointment.stale")
	case err != nil || isSaved:
		return plan, err
	}
	// Also for a status alone: a new version of the row meets the constraint again.
	if err := lockFor(ctx, tx, plan, stored.ProviderID); err != nil {
		return plan, err
	}
	if moved(stored, plan) {
		if err := move(ctx, tx, stored, &plan); err != nil {
			return plan, err
		}
	}
	return plan, logged.Changed(ctx, tx, actionOf(stored, plan), id, func() error { return update(ctx, tx, id, plan) })
}

// SetStatus records where an appointment stands. Cancelled gives its time away for
// good; what gives it away already stays as it is.
func SetStatus(ctx context.Context, tx *store.Tx, id uuid.UUID, status string) (Plan, error) {
	return Change(ctx, tx, id, Changes{Status: &status})
}

// Cancel gives the time of an appointment away. Once cancelled, cancelling again
// changes nothing.
func Cancel(ctx context.Context, tx *store.Tx, id uuid.UUID) (Plan, error) {
	return SetStatus(ctx, tx, id, Cancelled)
}

// move judges the place that the plan takes in exchange for the stored one, with
// the service's buffers of today.
func move(ctx context.Context, tx *store.Tx, stored db.Appointment, plan *Plan) error {
	facts, err := readFacts(ctx, tx.Queries, *plan)
	if err != nil {
		return err
	}
	if err := reject(facts, stored.ProviderID != plan.ProviderID, stored.ServiceID != plan.ServiceID); err != nil {
		return err
	}
	plan.takeBuffers(facts)
	return mustBeFree(ctx, tx, *plan, stored.ID)
}

func update(ctx context.Context, tx *store.Tx, id uuid.UUID, plan Plan) error {
	err := tx.BookingUpdate(ctx, db.BookingUpdateParams{
		ID: id, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID, StartsAt: plan.StartsAt, EndsAt: plan.EndsAt(),
		OccupiedFrom: plan.OccupiedFrom(), OccupiedUntil: plan.OccupiedUntil(), Status: plan.Status, Notes: plan.Notes,
	})
	return takenBy(err, plan)
}

// actionOf says what the log calls a change: giving the time away has a name of
// its own, by whichever way it is done.
func actionOf(stored db.Appointment, plan Plan) audit.Action {
	if plan.Status == Cancelled && stored.Status != Cancelled {
		return appointmentCancel
	}
	return appointmentUpdate
}
