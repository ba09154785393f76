package user

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
)

// SuperAdmin is somebody who is to run the installation.
type SuperAdmin struct{ Email, Name, Password string }

// CreateSuperAdmin makes somebody who runs the installation. For an address that
// a super-admin has already it changes nothing, not even the password, and
// created is false (hazard 44). Bad input is fault.Invalid with a message for
// each of email, name and password; the address of somebody who is no super-admin
// is fault.Conflict: this promotes nobody.
func CreateSuperAdmin(ctx context.Context, s *store.Store, hasher *password.Hasher, person SuperAdmin) (created bool, err error) {
	form := web.NewForm()
	form.Set("email", person.Email)
	form.Set("name", person.Name)
	address, name := form.RequiredEmail("email"), form.RequiredText("name", 200)
	if wrong := password.Check(person.Password, password.About{Name: name, Email: address}); wrong != "" {
		form.Reject("password", wrong)
	}
	if err := form.Err(); err != nil {
		return false, err
	}
	if exists, err := superAdminExists(ctx, s, address); exists || err != nil {
		return false, err
	}
	hash, err := hasher.Hash(ctx, person.Password)
	if err != nil {
		return false, err
	}
	err = s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		id := uuid.Must(uuid.NewV7())
		if err := tx.UserCreate(ctx, db.UserCreateParams{
			ID: id, Email: address, Name: name, PasswordHash: &hash, SuperAdmin: true, Language: locale.English,
		}); err != nil {
			return err
		}
		return audit.RecordPlatform(ctx, tx, audit.Entry{
			Action: seat.UserCreate, TargetKind: "user", TargetID: id, TargetName: name,
			After: audit.Fields{"email": address, "name": name, "super_admin": true},
		})
	})
	if store.Constraint(err) == "users_email_key" {
		// Another run was first.
		_, err := superAdminExists(ctx, s, address)
		return false, err
	}
	if err != nil {
		return false, fmt.Errorf("create super-admin: %w", err)
	}
	return true, nil
}

// superAdminExists is fault.Conflict when the address is somebody else's.
func superAdminExists(ctx context.Context, s *store.Store, email string) (bool, error) {
	person, err := s.PlatformStatement().UserByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the address: %w", err)
	}
	if !person.SuperAdmin {
		return false, fault.New(fault.Conflict, "user.not_super_admin")
	}
	return true, nil
}
