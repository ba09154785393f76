package provider

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

// create adds a provider and returns their address.
func (h *Handler) create(ctx context.Context, key submission.Key, details Details) (location string, err error) {
	return logged.CreateOnce(ctx, h.Store, shape.Path, key, providerCreate, func(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
		return insert(ctx, tx, id, details)
	})
}

func insert(ctx context.Context, tx *store.Tx, id uuid.UUID, details Details) error {
	if details.Color == "" {
		used, err := tx.ProviderColorList(ctx)
		if err != nil {
			return err
		}
		details.Color = NextColor(used)
	}
	if details.Hours == nil {
		details.Hours = UsualHours()
	}
	err := tx.ProviderCreate(ctx, db.ProviderCreateParams{ID: id, Name: details.Name, Color: details.Color, AllServices: details.AllServices})
	if err != nil {
		return err
	}
	if err := addHours(ctx, tx, id, details.Hours); err != nil {
		return err
	}
	return addServices(ctx, tx, id, details.ServiceIDs)
}

// update changes a provider who still has the version, once the bookings under way
// are made: it may take a service from them.
func (h *Handler) update(ctx context.Context, id uuid.UUID, version int32, details Details) error {
	return logged.Update(ctx, h.Store, providerUpdate, id, func(ctx context.Context, tx *store.Tx) error {
		return replace(ctx, tx, id, version, details)
	})
}

// replace writes the details over what is stored. Hours of which nothing was said
// stay.
func replace(ctx context.Context, tx *store.Tx, id uuid.UUID, version int32, details Details) error {
	_, err := tx.ProviderUpdate(ctx, db.ProviderUpdateParams{
		ID: id, Version: version, Name: details.Name, Color: details.Color, AllServices: details.AllServices,
	})
	if err != nil {
		return store.MovedOn(err)
	}
	if details.Hours != nil {
		if err := tx.ProviderHoursDelete(ctx, id); err != nil {
			return err
		}
		if err := addHours(ctx, tx, id, details.Hours); err != nil {
			return err
		}
	}
	if err := tx.ProviderServiceDelete(ctx, id); err != nil {
		return err
	}
	return addServices(ctx, tx, id, details.ServiceIDs)
}

func addHours(ctx context.Context, tx *store.Tx, id uuid.UUID, week []Span) error {
	if len(week) == 0 {
		return nil
	}
	params, err := rows(id, week)
	if err != nil {
		return err
	}
	return tx.ProviderHoursCreate(ctx, params)
}

// addServices refuses a service that this clinic does not have, another's
// included (hazard 17).
func addServices(ctx context.Context, tx *store.Tx, id uuid.UUID, serviceIDs []uuid.UUID) error {
	if len(serviceIDs) == 0 {
		return nil
	}
	found, err := tx.ProviderServiceCreate(ctx, db.ProviderServiceCreateParams{ProviderID: id, ServiceIds: serviceIDs})
	if err != nil {
		return err
	}
	if len(found) < len(serviceIDs) {
		return fault.InvalidFields(map[string]string{"service_ids": "provider.services_unknown"})
	}
	return nil
}

// logged is how the clinic's log knows a provider, with hours and services.
var logged = audit.Reader[db.ProviderLockRow]{
	Kind: Audit.Kind, Lock: booking.LockProvider, Read: (*db.Queries).ProviderLock,
	Name: func(row db.ProviderLockRow) string { return row.Name },
}

// record is everything that is stored of a provider.
type record struct {
	row      db.ProviderGetRow
	week     []Span
	services []db.ProviderServiceListRow
	// upcoming is how many appointments are ahead of them.
	upcoming int64
}

func (h *Handler) load(ctx context.Context, id uuid.UUID) (found record, err error) {
	var hours []db.ProviderHoursListRow
	err = h.Store.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
		ahead := db.ProviderCountUpcomingParams{ProviderID: id, Now: locale.From(ctx).Now()}
		return tx.Last(
			func() (err error) { found.row, err = tx.ProviderGet(ctx, id); return err },
			func() (err error) { hours, err = tx.ProviderHoursList(ctx, []uuid.UUID{id}); return err },
			func() (err error) { found.services, err = tx.ProviderServiceList(ctx, id); return err },
			func() (err error) { found.upcoming, err = tx.ProviderCountUpcoming(ctx, ahead); return err },
		)
	})
	found.week = spansOf(hours)[id]
	return found, err
}
