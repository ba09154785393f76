// Package tenant is the super-admins' console over clinics: who runs on this
// installation, and how a new one begins. It sees people and invites, and no
// clinic's own data: the platform's login has no grant on it.
package tenant

import (
	"context"
	"regexp"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
)

// slugForm is what an address of a clinic may look like.
var slugForm = regexp.MustCompile(`^[a-z0-9-]{3,40}$`)

// The bounds of a team's size.
const (
	minSeats = 1 // the owner's
	maxSeats = 10000
)

// draft is a new clinic as its form describes it.
type draft struct {
	name, slug, timezone, country, currency string
	maxSeats                                int32
	ownerName, ownerEmail                   string
}

func readDraft(form *web.Form) draft {
	read := draft{
		name: form.RequiredText("name", 200), slug: form.RequiredText("slug", 40), timezone: form.RequiredText("timezone", 100),
		country: form.OneOf("country", countries...), currency: form.OneOf("currency", currencies...),
		maxSeats:  int32(form.Int("max_seats", minSeats, maxSeats, 0)),
		ownerName: form.RequiredText("owner_name", 200), ownerEmail: form.RequiredEmail("owner_email"),
	}
	rejectSlug(form, read.slug)
	rejectZone(form, read.timezone)
	if read.maxSeats == 0 {
		form.Reject("max_seats", "field.required")
	}
	return read
}

// creation is what came of a form: where its answer leads, and, unless the same
// form came before, the invite to hand out.
type creation struct {
	location string
	invite   delivery.Invite
}

// create makes the clinic and its owner's invite together, or neither.
func create(ctx context.Context, s *store.Store, mailer *delivery.Mailer, clinic draft, key submission.Key) (creation, error) {
	var made creation
	err := s.Platform(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		made = creation{}
		made.location, err = tx.OncePlatform(ctx, "/admin/tenants", key, func() (location string, err error) {
			location, made.invite, err = insert(ctx, tx, clinic, mailer)
			return location, err
		})
		return err
	})
	return made, err
}

func insert(ctx context.Context, tx *store.Tx, clinic draft, mailer *delivery.Mailer) (string, delivery.Invite, error) {
	var none delivery.Invite
	refused, err := tx.UserIsSuperAdmin(ctx, clinic.ownerEmail)
	if err != nil {
		return "", none, err
	}
	if refused {
		return "", none, fault.InvalidFields(map[string]string{"owner_email": "tenant.owner_super_admin"})
	}
	if err := refuseZone(ctx, tx, clinic.timezone); err != nil {
		return "", none, err
	}
	id := uuid.Must(uuid.NewV7())
	err = tx.TenantCreate(ctx, db.TenantCreateParams{
		ID: id, Name: clinic.name, Slug: clinic.slug, Timezone: clinic.timezone,
		Country: clinic.country, Currency: clinic.currency, MaxSeats: clinic.maxSeats,
	})
	if err != nil {
		return "", none, err
	}
	if err := recordCreation(ctx, tx, id, clinic); err != nil {
		return "", none, err
	}
	// The first seat is kept for who will own the clinic.
	invite, err := seat.Keep(ctx, tx, seat.Guest{
		TenantID: id, Name: clinic.ownerName, Email: clinic.ownerEmail, Role: actor.Owner, Lifetime: mailer.Lifetime, Console: true,
	})
	return "/admin/tenants/" + id.String(), invite, err
}

func recordCreation(ctx context.Context, tx *store.Tx, id uuid.UUID, clinic draft) error {
	return RecordCreation(ctx, tx, id, clinic.name, audit.Fields{
		"name": clinic.name, "slug": clinic.slug, "timezone": clinic.timezone, "country": clinic.country,
		"currency": clinic.currency, "max_seats": clinic.maxSeats,
	})
}

// RecordCreation writes into the platform's log that a clinic was made, by whatever makes
// one: a verification of the logs takes a clinic of which there is no row for one that
// somebody put into the database, or whose log they emptied.
func RecordCreation(ctx context.Context, tx *store.Tx, id uuid.UUID, name string, fields audit.Fields) error {
	return audit.RecordPlatform(ctx, tx, audit.Entry{
		Action: tenantCreate, TargetKind: "tenant", TargetID: id, TargetName: name, TenantID: id, After: fields,
	})
}

// slugTaken says that another clinic has the slug.
func slugTaken(err error) error {
	return store.Taken(err, "tenants_slug_key", "slug", "tenant.slug_taken")
}
