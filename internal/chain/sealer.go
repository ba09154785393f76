package chain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
)

const (
	// batch is how many rows of a chain one transaction seals.
	batch = 1000
	// purpose names the keyed hash among the ring's uses.
	purpose = "audit seal"
)

// Sealer appends the seals.
type Sealer struct {
	Store *store.Store
	Keys  *seal.Ring
}

// Run seals what waits. Of several at once, each chain is one's at a time, and the
// others pass it by. A clinic whose chain fails holds up no other. What is written
// meanwhile waits for the next run: for writers who never pause, this one would have
// no end.
func (s *Sealer) Run(ctx context.Context) error {
	for {
		more, err := s.pass(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// pass seals one batch of every chain, and reports whether one of them had a whole
// batch, and so may have more.
func (s *Sealer) pass(ctx context.Context) (more bool, err error) {
	tenants, err := s.Store.PlatformStatement().AuditPendingTenantList(ctx)
	if err != nil {
		return false, fmt.Errorf("find what is to be sealed: %w", err)
	}
	var failures []error
	done := settled{}
	for _, tenantID := range tenants {
		events, err := s.sealClinic(ctx, tenantID)
		if err != nil {
			failures = append(failures, fmt.Errorf("seal the log of %s: %w", tenantID, err))
			continue
		}
		more = more || len(events) == batch
		done.add(tenantID, events)
		if len(done.EventIds) >= batch {
			failures = append(failures, s.settle(ctx, &done))
		}
	}
	failures = append(failures, s.settle(ctx, &done))
	ofPlatform, err := s.sealPlatform(ctx)
	if err != nil {
		failures = append(failures, fmt.Errorf("seal the platform's log: %w", err))
	}
	return more || ofPlatform == batch, errors.Join(failures...)
}

// sealClinic seals one batch of a clinic's log, whatever the clinic's state, and
// returns the rows that have a seal now. Those that had one before were sealed by a
// run that was cut before it could say so.
func (s *Sealer) sealClinic(ctx context.Context, tenantID uuid.UUID) (events []uuid.UUID, err error) {
	chain := ID{TenantID: tenantID}
	err = s.Store.Tenant(actor.With(ctx, actor.System(tenantID)), func(ctx context.Context, tx *store.Tx) error {
		events = nil
		if mine, err := tx.AuditChainLock(ctx, chain.String()); err != nil || !mine {
			return err
		}
		end, err := tx.AuditSealEnd(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.AuditPendingList(ctx, batch)
		if err != nil {
			return err
		}
		next := s.after(chain, end.Position, end.Hash)
		for _, row := range rows {
			events = append(events, row.EventID)
			if row.Position == 0 {
				next.append(record(row))
			}
		}
		return tx.AuditSealCreate(ctx, db.AuditSealCreateParams{
			Positions: next.positions, EventIds: next.events, PreviousHashes: next.previous, Hashes: next.hashes, Macs: next.macs,
		})
	})
	return events, err
}

// settled are rows that need not be looked at again.
type settled db.AuditPendingDeleteParams

func (d *settled) add(tenantID uuid.UUID, events []uuid.UUID) {
	for _, event := range events {
		d.TenantIds, d.EventIds = append(d.TenantIds, tenantID), append(d.EventIds, event)
	}
}

// settle takes them off the list. It is the platform's: a clinic's login can add to
// the list and take nothing off it.
func (s *Sealer) settle(ctx context.Context, done *settled) error {
	if len(done.EventIds) == 0 {
		return nil
	}
	taken := db.AuditPendingDeleteParams(*done)
	*done = settled{}
	return s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AuditPendingDelete(ctx, taken) })
}

// sealPlatform seals one batch of the platform's log, of all its chains, and takes
// it off the list in the same transaction.
func (s *Sealer) sealPlatform(ctx context.Context) (sealed int, err error) {
	err = s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		sealed = 0
		if mine, err := tx.AuditChainLock(ctx, platformLog); err != nil || !mine {
			return err
		}
		rows, err := tx.PlatformAuditPendingList(ctx, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		sealed = len(rows)
		chains, err := s.platformEnds(ctx, tx, rows)
		if err != nil {
			return err
		}
		events := make([]uuid.UUID, 0, len(rows))
		for _, row := range rows {
			events = append(events, row.EventID)
			if row.Position == 0 {
				chains[row.TenantID].append(record(row))
			}
		}
		for _, next := range chains {
			if err := next.createPlatform(ctx, tx); err != nil {
				return err
			}
		}
		return tx.PlatformAuditPendingDelete(ctx, events)
	})
	return sealed, err
}

// platformEnds finds where each chain goes on that one of the rows belongs to.
func (s *Sealer) platformEnds(ctx context.Context, tx *store.Tx, rows []db.PlatformAuditPendingListRow) (map[uuid.UUID]*links, error) {
	chains := map[uuid.UUID]*links{}
	var ids []uuid.UUID
	for _, row := range rows {
		if chains[row.TenantID] == nil {
			chains[row.TenantID] = s.after(ID{Platform: true, TenantID: row.TenantID}, 0, nil)
			ids = append(ids, row.TenantID)
		}
	}
	ends, err := tx.PlatformAuditSealEnds(ctx, ids)
	for _, end := range ends {
		chains[end.ChainID] = s.after(ID{Platform: true, TenantID: end.ChainID}, end.Position, end.Hash)
	}
	return chains, err
}

// links are seals to append to a chain.
type links struct {
	keys                   *seal.Ring
	chain                  ID
	position               int64
	hash                   []byte
	positions              []int64
	events                 []uuid.UUID
	previous, hashes, macs [][]byte
}

// beginning stands before the first seal of every chain.
var beginning = make([]byte, sha256.Size)

func (s *Sealer) after(chain ID, position int64, hash []byte) *links {
	if position == 0 {
		hash = beginning
	}
	return &links{keys: s.Keys, chain: chain, position: position, hash: hash}
}

func (l *links) append(row record) {
	l.position++
	l.previous = append(l.previous, l.hash)
	l.hash = row.hashOf(l.chain, l.position, l.hash)
	l.positions, l.events = append(l.positions, l.position), append(l.events, row.EventID)
	l.hashes, l.macs = append(l.hashes, l.hash), append(l.macs, l.keys.MAC(purpose, l.hash))
}

func (l *links) createPlatform(ctx context.Context, tx *store.Tx) error {
	return tx.PlatformAuditSealCreate(ctx, db.PlatformAuditSealCreateParams{
		ChainID: l.chain.TenantID, Positions: l.positions, EventIds: l.events, PreviousHashes: l.previous, Hashes: l.hashes, Macs: l.macs,
	})
}
