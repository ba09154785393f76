package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

func TestAnUpdateThatFindsNoRowSaysWhetherItIsMissingOrHasMovedOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	update := func(id uuid.UUID, version int32) error {
		return s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.ClientLock(ctx, id); err != nil {
				return err
			}
			_, err := tx.ClientUpdate(ctx, db.ClientUpdateParams{ID: id, Version: version, FirstName: "Ana"})
			return store.MovedOn(err)
		})
	}
	if err := update(f.alfas, 1); err != nil {
		t.Error(err)
	}
	if err := update(f.alfas, 1); !fault.Is(err, fault.Stale) {
		t.Errorf("a version that is gone: %v", err)
	}
	if err := update(f.betas, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("another clinic's row: %v", err)
	}
}

func TestAnUnknownForeignKeyIsNobodysChange(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	err := s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "insert into provider_services (provider_id, service_id) values (gen_random_uuid(), gen_random_uuid())")
		return store.MovedOn(err)
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}
