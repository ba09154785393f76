package appointment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

const (
	createRoute = "/appointments"
	noOverlap   = "appointments_no_overlap"
)

// book stores a new appointment and returns its address; the same key again
// returns the same address.
func (h *Handler) book(ctx context.Context, key uuid.UUID, plan Plan) (string, error) {
	var location string
	err := h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		location, err = tx.Once(ctx, createRoute, key, func() (string, error) { return create(ctx, tx, plan) })
		return err
	})
	return location, err
}

func create(ctx context.Context, tx *store.Tx, plan Plan) (string, error) {
	if err := lockProviders(ctx, tx, plan.ProviderID); err != nil {
		return "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	err = tx.AppointmentCreate(ctx, db.AppointmentCreateParams{
		ID: id, ClientID: plan.ClientID, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID,
		StartsAt: plan.StartsAt, EndsAt: plan.EndsAt(), OccupiedFrom: plan.OccupiedFrom(), OccupiedUntil: plan.OccupiedUntil(),
		Status: plan.Status, Notes: plan.Notes,
	})
	if err != nil {
		return "", err
	}
	return "/appointments/" + id.String(), logged.Created(ctx, tx, appointmentCreate, id)
}

// logged is how the clinic's log knows an appointment: by its client.
var logged = audit.Reader[db.AppointmentLoggedRow]{
	Kind: Audit.Kind, Read: (*db.Queries).AppointmentLogged,
	Name:    func(row db.AppointmentLoggedRow) string { return row.Client },
	Subject: func(row db.AppointmentLoggedRow) uuid.UUID { return row.SubjectID },
}

// lockProviders makes whoever books these providers wait for each other, always
// in the order of their ids. Racers who met at the exclusion constraint instead
// would mostly end in deadlocks.
func lockProviders(ctx context.Context, tx *store.Tx, ids ...uuid.UUID) error {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(ids) {
		if err := tx.AppointmentLockProvider(ctx, id.String()); err != nil {
			return fmt.Errorf("lock provider: %w", err)
		}
	}
	return nil
}

// staleError says that somebody else has changed the appointment meanwhile.
type staleError struct{ stored db.Appointment }

func (staleError) Error() string { return "appointment: another version is stored" }

// change applies changes to the appointment as it stands once nobody else can
// change it, so that what a form leaves out is never set back. It returns the
// plan also when the time is taken.
func (h *Handler) change(ctx context.Context, id uuid.UUID, changes Changes, zone *time.Location) (plan Plan, err error) {
	err = h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		stored, err := tx.AppointmentLock(ctx, id)
		if err != nil {
			return err
		}
		if changes.Version != nil && *changes.Version != stored.Version {
			return staleError{stored}
		}
		if plan, err = changes.Apply(stored, zone); err != nil {
			return err
		}
		if plan == planOf(stored) {
			return nil
		}
		if moved(stored, plan) {
			if err := prepareMove(ctx, tx, stored, &plan); err != nil {
				return err
			}
		}
		return logged.Changed(ctx, tx, actionOf(stored, plan), id, func() error { return update(ctx, tx, id, plan) })
	})
	return plan, err
}

func update(ctx context.Context, tx *store.Tx, id uuid.UUID, plan Plan) error {
	return tx.AppointmentUpdate(ctx, db.AppointmentUpdateParams{
		ID: id, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID, StartsAt: plan.StartsAt, EndsAt: plan.EndsAt(),
		OccupiedFrom: plan.OccupiedFrom(), OccupiedUntil: plan.OccupiedUntil(), Status: plan.Status, Notes: plan.Notes,
	})
}

// actionOf says what the log calls a change: giving the time away has a name of
// its own, by whichever form it is done.
func actionOf(stored db.Appointment, plan Plan) audit.Action {
	if plan.Status == Cancelled && stored.Status != Cancelled {
		return appointmentCancel
	}
	return appointmentUpdate
}

// prepareMove checks what the plan depends on, takes the service's buffers of
// today, and queues at both providers.
func prepareMove(ctx context.Context, tx *store.Tx, stored db.Appointment, plan *Plan) error {
	facts, err := tx.AppointmentFacts(ctx, factsOf(*plan))
	if err != nil {
		return fmt.Errorf("read provider and service: %w", err)
	}
	rejected := reject(facts, stored.ProviderID != plan.ProviderID, stored.ServiceID != plan.ServiceID)
	if len(rejected) > 0 {
		return fault.InvalidFields(rejected)
	}
	plan.takeBuffers(facts)
	return lockProviders(ctx, tx, stored.ProviderID, plan.ProviderID)
}

func factsOf(plan Plan) db.AppointmentFactsParams {
	return db.AppointmentFactsParams{ClientID: plan.ClientID, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID}
}

func (p *Plan) takeBuffers(facts db.AppointmentFactsRow) {
	p.BufferBefore = time.Duration(facts.BufferBefore) * time.Minute
	p.BufferAfter = time.Duration(facts.BufferAfter) * time.Minute
}

// reject returns what is wrong with the choices, by the form's field. A provider
// or service that is no longer active may stay, but not be chosen.
func reject(facts db.AppointmentFactsRow, newProvider, newService bool) map[string]string {
	rejected := map[string]string{}
	if !facts.ClientKnown {
		rejected["client_id"] = "field.choose"
	}
	if !facts.ProviderKnown || newProvider && !facts.ProviderActive {
		rejected["provider_id"] = "field.choose"
	}
	if !facts.ServiceKnown || newService && !facts.ServiceActive {
		rejected["service_id"] = "field.choose"
	}
	if len(rejected) == 0 && (newProvider || newService) && !facts.Given {
		rejected["service_id"] = "appointment.not_given"
	}
	return rejected
}

// cancel gives the time away. Once cancelled, cancelling again changes nothing.
func (h *Handler) cancel(ctx context.Context, id uuid.UUID, zone *time.Location) (Plan, error) {
	status := Cancelled
	return h.change(ctx, id, Changes{Status: &status}, zone)
}

// taken reports whether the database refused an appointment because it would lie
// over another.
func taken(err error) bool { return store.Constraint(err) == noOverlap }

// obstacles are what stands in the way of a plan, and the times that are free.
type obstacles struct {
	inTheWay []db.AppointmentBusyListRow
	free     []time.Time
}

// lookBack is longer than any appointment with its buffers.
const lookBack = 48 * time.Hour

func (h *Handler) obstacles(ctx context.Context, plan Plan, except uuid.UUID, hours *Hours, zone *time.Location, now time.Time) (obstacles, error) {
	since := DayStart(Day(plan.StartsAt.In(zone)), zone).Add(-lookBack)
	rows, err := h.Store.Statement(ctx).AppointmentBusyList(ctx, db.AppointmentBusyListParams{
		ProviderID: plan.ProviderID, EarliestStart: since, Since: since, ExceptID: except,
		Until: DayStart(Day(plan.StartsAt.In(zone)).AddDate(0, 0, freeDays+1), zone),
	})
	if err != nil {
		return obstacles{}, fmt.Errorf("read what the provider is busy with: %w", err)
	}
	var found obstacles
	busy := make([]Busy, len(rows))
	for i, row := range rows {
		busy[i] = Busy{From: row.OccupiedFrom, Until: row.OccupiedUntil}
		if row.OccupiedFrom.Before(plan.OccupiedUntil()) && plan.OccupiedFrom().Before(row.OccupiedUntil) {
			found.inTheWay = append(found.inTheWay, row)
		}
	}
	found.free = FreeTimes(plan, hours, busy, zone, now)
	return found, nil
}
