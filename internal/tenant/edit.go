package tenant

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
)

// readEdit reads the form of a clinic that exists. What is not sent stays as it
// is, so that a form without a field takes nothing away.
func readEdit(form *web.Form, now db.Tenant) db.TenantUpdateParams {
	for name, value := range stored(now).Values {
		if !form.Has(name) {
			form.Set(name, value)
		}
	}
	read := db.TenantUpdateParams{
		ID: now.ID, Name: form.RequiredText("name", 200), Slug: form.RequiredText("slug", 40), Timezone: form.RequiredText("timezone", 100),
		Country: form.OneOf("country", countries...), Currency: form.OneOf("currency", currencies...),
		MaxSeats: int32(form.Int("max_seats", 0, maxSeats, -1)),
	}
	rejectSlug(form, read.Slug)
	if read.Timezone != now.Timezone {
		rejectZone(form, read.Timezone)
	}
	if read.MaxSeats < 0 {
		form.Reject("max_seats", "field.required")
	}
	return read
}

// rejectSlug says what is wrong with a clinic's slug.
func rejectSlug(form *web.Form, slug string) {
	if !slugForm.MatchString(slug) {
		form.Reject("slug", "tenant.slug_form")
	}
}

// rejectZone says what is wrong with a clinic's time zone.
func rejectZone(form *web.Form, timezone string) {
	if _, ok := localtime.Zone(timezone); !ok {
		form.Reject("timezone", zoneUnknown)
	}
}

const zoneUnknown = "tenant.timezone_unknown"

// refuseZone refuses a zone that the database does not know, which counts the days of a
// month in it: its machine may have older tables than the program, which brings its own.
func refuseZone(ctx context.Context, tx *store.Tx, timezone string) error {
	known, err := tx.TenantZoneKnown(ctx, timezone)
	if err != nil {
		return err
	}
	if !known {
		return fault.InvalidFields(map[string]string{"timezone": zoneUnknown})
	}
	return nil
}

// edit changes a clinic's row. version is the one that whoever edits has seen.
func edit(ctx context.Context, s *store.Store, change db.TenantUpdateParams, version int32) error {
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := lock(ctx, tx, change.ID, 0)
		if err != nil {
			return err
		}
		if before.Version != version {
			return fault.New(fault.Stale, "")
		}
		if change == unchanged(before) {
			return nil
		}
		if err := refuseEdit(ctx, tx, before, change); err != nil {
			return err
		}
		after, err := tx.TenantUpdate(ctx, change)
		if err != nil {
			return err
		}
		return recordChange(ctx, tx, tenantUpdate, before, after, "", nil)
	})
}

// unchanged is the edit that leaves all as it is. It leaves no row in a log, and
// everybody else's open form as good as it was.
func unchanged(row db.Tenant) db.TenantUpdateParams {
	return db.TenantUpdateParams{
		ID: row.ID, Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Country: row.Country, Currency: row.Currency, MaxSeats: row.MaxSeats,
	}
}

// refuseEdit keeps a slug that people know, a zone that all can read, and seats that are
// taken: by members and by open invites, which whoever takes one counts under the same lock.
func refuseEdit(ctx context.Context, tx *store.Tx, before db.Tenant, change db.TenantUpdateParams) error {
	if change.Slug != before.Slug {
		joined, err := tx.TenantHasMembers(ctx, before.ID)
		if err != nil {
			return err
		}
		if joined {
			return fault.InvalidFields(map[string]string{"slug": "tenant.slug_fixed"})
		}
	}
	if change.Timezone != before.Timezone {
		if err := refuseZone(ctx, tx, change.Timezone); err != nil {
			return err
		}
	}
	if change.MaxSeats >= before.MaxSeats {
		return nil
	}
	return refuseSeatsBelowUse(ctx, tx, before.ID, change.MaxSeats)
}

func refuseSeatsBelowUse(ctx context.Context, tx *store.Tx, id uuid.UUID, wanted int32) error {
	seats, err := tx.TenantSeats(ctx, id)
	if err != nil {
		return err
	}
	if seats.Members+seats.OpenInvites > int64(wanted) {
		return fault.InvalidFields(map[string]string{"max_seats": "tenant.seats_below_use"})
	}
	return nil
}
