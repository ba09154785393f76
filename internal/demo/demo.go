// Package demo fills an empty database with a clinic to try the program on, or
// with as many rows as a load test wants. It stands above the nouns and goes
// through the same doors as they do.
package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/password"
	"frontdesk/internal/store"
	"frontdesk/internal/tenant"
	views "frontdesk/views/session"
)

// Size says how much to make, for each tenant.
type Size struct {
	Seed                                     int64
	Tenants, Clients, Appointments, Messages int
}

// DefaultSize is the demo of `make run`.
func DefaultSize() Size {
	return Size{Seed: 1, Tenants: 1, Clients: 40, Appointments: 120, Messages: 24}
}

// Password is everybody's in the demo.
const Password = "demo front desk"

// adminEmail is made last: where it is, the demo is complete.
const adminEmail = "admin@demo.example"

// Accounts are the sign-ins of the demo.
func Accounts() []views.DemoAccount {
	return []views.DemoAccount{
		{Role: "demo.receptionist", Email: receptionEmail(1), Password: Password},
		{Role: "demo.owner", Email: ownerEmail(1), Password: Password},
		{Role: "demo.super_admin", Email: adminEmail, Password: Password},
	}
}

// ErrOccupied means that the database holds clinics that are not the demo's.
var ErrOccupied = errors.New("the database is not empty: it holds clinics that are not the demo's")

// Prepare makes sure of the demo of the default size and returns its sign-ins. A
// database with other clinics is left alone and has none.
func Prepare(ctx context.Context, s *store.Store) ([]views.DemoAccount, error) {
	_, err := Fill(ctx, s, DefaultSize())
	if errors.Is(err, ErrOccupied) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return Accounts(), nil
}

// Fill makes the rows: the same ones for the same seed, laid around today. It
// reports whether it made any; a run that was interrupted is completed by the
// next one.
func Fill(ctx context.Context, s *store.Store, size Size) (bool, error) {
	held, err := s.PlatformStatement().DemoHolds(ctx, adminEmail)
	if err != nil {
		return false, fmt.Errorf("look for the demo: %w", err)
	}
	if held.Complete {
		return false, nil
	}
	if held.Other {
		return false, ErrOccupied
	}
	hash, err := password.NewHasher(password.DefaultCost).Hash(ctx, Password)
	if err != nil {
		return false, err
	}
	for number := 1; number <= size.Tenants; number++ {
		if err := fillTenant(ctx, s, size, number, hash); err != nil {
			return false, fmt.Errorf("demo clinic %d: %w", number, err)
		}
	}
	return true, fillAdmin(ctx, s, size, hash)
}

func fillAdmin(ctx context.Context, s *store.Store, size Size, hash string) error {
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.DemoUserInsert(ctx, db.DemoUserInsertParams{
			ID: newGenerator(size.Seed, 0).id(), Email: adminEmail, Name: "Sanda Administrator", PasswordHash: hash, SuperAdmin: true,
		})
	})
}

func fillTenant(ctx context.Context, s *store.Store, size Size, number int, hash string) error {
	g := newGenerator(size.Seed, number)
	tenantID := g.id()
	if err := fillPeople(ctx, s, g, tenantID, number, hash); err != nil {
		return err
	}
	ctx = actor.With(ctx, actor.System(tenantID))
	c := g.clinic(size, clock.System)
	for _, step := range []func(context.Context, *store.Store) error{
		c.insertServices, c.insertProviders, c.insertClients, c.insertAppointments, c.insertMail,
	} {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func fillPeople(ctx context.Context, s *store.Store, g *generator, tenantID uuid.UUID, number int, hash string) error {
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DemoTenantInsert(ctx, db.DemoTenantInsertParams{ID: tenantID, Name: clinicName(number), Slug: slug(number)}); err != nil {
			return err
		}
		fields := audit.Fields{"name": clinicName(number), "slug": slug(number)}
		if err := tenant.RecordCreation(ctx, tx, tenantID, clinicName(number), fields); err != nil {
			return err
		}
		for _, person := range []struct{ email, name, role string }{
			{ownerEmail(number), "Ioana Marinescu", string(actor.Owner)},
			{receptionEmail(number), "Radu Ionescu", string(actor.Staff)},
		} {
			userID := g.id()
			if err := tx.DemoUserInsert(ctx, db.DemoUserInsertParams{
				ID: userID, Email: person.email, Name: person.name, PasswordHash: hash,
			}); err != nil {
				return err
			}
			if err := tx.DemoMembershipInsert(ctx, db.DemoMembershipInsertParams{
				TenantID: tenantID, ID: g.id(), UserID: userID, Role: person.role,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func slug(number int) string {
	if number == 1 {
		return "demo"
	}
	return fmt.Sprintf("demo-%d", number)
}

func clinicName(number int) string {
	if number == 1 {
		return "Clinica Aurora"
	}
	return fmt.Sprintf("Clinica Aurora %d", number)
}

func ownerEmail(number int) string     { return "owner@" + slug(number) + ".example" }
func receptionEmail(number int) string { return "reception@" + slug(number) + ".example" }
