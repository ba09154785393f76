package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/submission"
)

// Once runs create for the first request that carries the key at the route and
// returns the location that it answers; every later request with the same key
// and content gets that location and creates nothing; one with other content is
// fault.Used, since nothing would be left of it (hazard 119). So is one that is not known
// and was shown so long ago that it may have been forgotten. It runs inside a door, so
// that the key is remembered exactly when what it made is. A zero key creates each time.
func (t *Tx) Once(ctx context.Context, route string, key submission.Key, create func() (location string, err error)) (string, error) {
	return once(ctx, route, key, create, keyTable{t.IdempotencyKeyClaim, t.IdempotencyKeyAnswer, t.IdempotencyKeySettle})
}

// OncePlatform is Once for the forms of super-admins, which stand in no tenant.
func (t *Tx) OncePlatform(ctx context.Context, route string, key submission.Key, create func() (location string, err error)) (string, error) {
	return once(ctx, route, key, create, keyTable{
		claim: func(ctx context.Context, of db.IdempotencyKeyClaimParams) (time.Time, error) {
			return t.PlatformIdempotencyKeyClaim(ctx, db.PlatformIdempotencyKeyClaimParams(of))
		},
		answer: func(ctx context.Context, of db.IdempotencyKeyAnswerParams) (db.IdempotencyKeyAnswerRow, error) {
			found, err := t.PlatformIdempotencyKeyAnswer(ctx, db.PlatformIdempotencyKeyAnswerParams(of))
			return db.IdempotencyKeyAnswerRow(found), err
		},
		settle: func(ctx context.Context, of db.IdempotencyKeySettleParams) error {
			return t.PlatformIdempotencyKeySettle(ctx, db.PlatformIdempotencyKeySettleParams(of))
		},
	})
}

// keyTable is the one of the two tables of keys that a door can reach.
type keyTable struct {
	// claim returns when, by the database's clock; pgx.ErrNoRows when the key came before.
	claim  func(context.Context, db.IdempotencyKeyClaimParams) (time.Time, error)
	answer func(context.Context, db.IdempotencyKeyAnswerParams) (db.IdempotencyKeyAnswerRow, error)
	settle func(context.Context, db.IdempotencyKeySettleParams) error
}

func once(ctx context.Context, route string, key submission.Key, create func() (string, error), table keyTable) (string, error) {
	if key.ID == uuid.Nil {
		return create()
	}
	now, err := table.claim(ctx, db.IdempotencyKeyClaimParams{Route: route, Key: key.ID, Content: key.Content})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		found, err := table.answer(ctx, db.IdempotencyKeyAnswerParams{Route: route, Key: key.ID, Content: key.Content})
		if err == nil && !found.Same {
			return "", fault.New(fault.Used, "")
		}
		return found.Location, err
	case err != nil:
		return "", fmt.Errorf("claim idempotency key: %w", err)
	case key.IsOld(now):
		return "", fault.New(fault.Used, "error.form_old")
	}
	location, err := create()
	if err != nil {
		return "", err
	}
	return location, table.settle(ctx, db.IdempotencyKeySettleParams{Route: route, Key: key.ID, Location: location})
}
