package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
)

// Once runs create for the first request that carries the key at the route and
// returns the location that it answers; every later request with the same key
// gets that location and creates nothing. It runs inside a door, so that the key
// is remembered exactly when what it made is. A zero key creates each time.
func (t *Tx) Once(ctx context.Context, route string, key uuid.UUID, create func() (location string, err error)) (string, error) {
	return once(ctx, key, create, keyTable{
		claim: func(ctx context.Context) error {
			_, err := t.IdempotencyKeyClaim(ctx, db.IdempotencyKeyClaimParams{Route: route, Key: key})
			return err
		},
		location: func(ctx context.Context) (string, error) {
			return t.IdempotencyKeyLocation(ctx, db.IdempotencyKeyLocationParams{Route: route, Key: key})
		},
		settle: func(ctx context.Context, location string) error {
			return t.IdempotencyKeySettle(ctx, db.IdempotencyKeySettleParams{Route: route, Key: key, Location: location})
		},
	})
}

// OncePlatform is Once for the forms of super-admins, which stand in no tenant.
func (t *Tx) OncePlatform(ctx context.Context, route string, key uuid.UUID, create func() (location string, err error)) (string, error) {
	return once(ctx, key, create, keyTable{
		claim: func(ctx context.Context) error {
			_, err := t.PlatformIdempotencyKeyClaim(ctx, db.PlatformIdempotencyKeyClaimParams{Route: route, Key: key})
			return err
		},
		location: func(ctx context.Context) (string, error) {
			return t.PlatformIdempotencyKeyLocation(ctx, db.PlatformIdempotencyKeyLocationParams{Route: route, Key: key})
		},
		settle: func(ctx context.Context, location string) error {
			return t.PlatformIdempotencyKeySettle(ctx, db.PlatformIdempotencyKeySettleParams{Route: route, Key: key, Location: location})
		},
	})
}

// keyTable is the one of the two tables of keys that a door can reach.
type keyTable struct {
	claim    func(context.Context) error
	location func(context.Context) (string, error)
	settle   func(context.Context, string) error
}

func once(ctx context.Context, key uuid.UUID, create func() (string, error), table keyTable) (string, error) {
	if key == uuid.Nil {
		return create()
	}
	if err := table.claim(ctx); errors.Is(err, pgx.ErrNoRows) {
		return table.location(ctx)
	} else if err != nil {
		return "", fmt.Errorf("claim idempotency key: %w", err)
	}
	location, err := create()
	if err != nil {
		return "", err
	}
	return location, table.settle(ctx, location)
}
