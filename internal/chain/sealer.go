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
	// first makes seals of the first format, for the tests of rows that have one.
	first bool
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
		waiting := make([]record, len(rows))
		for i, row := range rows {
			waiting[i], events = record(row), append(events, row.EventID)
		}
		next := s.after(chain, end.Position, end.Hash)
		if next.secrets, err = clinicSecrets(ctx, tx, subjectsOf(waiting)); err != nil {
			return err
		}
		for i := range waiting {
			next.append(&waiting[i])
		}
		return tx.AuditSealCreate(ctx, next.AuditSealCreateParams)
	})
	return events, err
}

// clinicSecrets finds the subjects' secrets, and makes those that are missing. The chain
// is this transaction's alone, so nobody makes the same.
func clinicSecrets(ctx context.Context, tx *store.Tx, subjects []uuid.UUID) (secrets, error) {
	rows, err := tx.AuditSecretList(ctx, subjects)
	if err != nil {
		return nil, err
	}
	found := secrets{}
	for _, row := range rows {
		found[row.SubjectID] = secret{row.ID, row.Secret}
	}
	ids, of, keys := found.complete(subjects)
	if len(ids) == 0 {
		return found, nil
	}
	return found, tx.AuditSecretCreate(ctx, db.AuditSecretCreateParams{Ids: ids, SubjectIds: of, Secrets: keys})
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
		waiting, events := make([]record, len(rows)), make([]uuid.UUID, len(rows))
		for i, row := range rows {
			waiting[i], events[i] = record(row), row.EventID
		}
		chains, err := s.platformEnds(ctx, tx, waiting)
		if err != nil {
			return err
		}
		for i := range waiting {
			chains[waiting[i].TenantID].append(&waiting[i])
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

// platformSecrets is clinicSecrets for the platform's log, which one run seals at a time.
func platformSecrets(ctx context.Context, tx *store.Tx, subjects []uuid.UUID) (secrets, error) {
	rows, err := tx.PlatformAuditSecretList(ctx, subjects)
	if err != nil {
		return nil, err
	}
	found := secrets{}
	for _, row := range rows {
		found[row.SubjectID] = secret{row.ID, row.Secret}
	}
	ids, of, keys := found.complete(subjects)
	if len(ids) == 0 {
		return found, nil
	}
	return found, tx.PlatformAuditSecretCreate(ctx, db.PlatformAuditSecretCreateParams{Ids: ids, SubjectIds: of, Secrets: keys})
}

// platformEnds finds where each chain goes on that one of the rows belongs to, and the
// secrets of all.
func (s *Sealer) platformEnds(ctx context.Context, tx *store.Tx, rows []record) (map[uuid.UUID]*links, error) {
	known, err := platformSecrets(ctx, tx, subjectsOf(rows))
	if err != nil {
		return nil, err
	}
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
	for _, next := range chains {
		next.secrets = known
	}
	return chains, err
}

// links are seals to append to a chain.
type links struct {
	db.AuditSealCreateParams
	keys     *seal.Ring
	secrets  secrets
	chain    ID
	position int64
	hash     []byte
}

// beginning stands before the first seal of every chain.
var beginning = make([]byte, sha256.Size)

func (s *Sealer) after(chain ID, position int64, hash []byte) *links {
	if position == 0 {
		hash = beginning
	}
	next := &links{keys: s.Keys, chain: chain, position: position, hash: hash}
	if next.Format = secondFormat; s.first {
		next.Format = firstFormat
	}
	return next
}

// append seals a row, unless it has a seal already.
func (l *links) append(row *record) {
	if row.Position != 0 {
		return
	}
	l.position++
	row.Position, row.PreviousHash, row.Format = l.position, l.hash, l.Format
	if row.Format == secondFormat {
		l.secrets.prove(l.chain, row)
	}
	l.hash = row.hashOf(l.chain, row)
	l.Positions, l.EventIds = append(l.Positions, l.position), append(l.EventIds, row.EventID)
	l.PreviousHashes = append(l.PreviousHashes, row.PreviousHash)
	l.Hashes, l.Macs = append(l.Hashes, l.hash), append(l.Macs, l.keys.MAC(purpose, l.hash))
	l.ContentSecrets, l.ContentProofs = append(l.ContentSecrets, idOf(row.ContentSecret)), append(l.ContentProofs, row.ContentProof)
	l.ActorSecrets, l.ActorProofs = append(l.ActorSecrets, idOf(row.ActorSecret)), append(l.ActorProofs, row.ActorProof)
}

// idOf is zero for no id, which the queries turn back.
func idOf(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

func (l *links) createPlatform(ctx context.Context, tx *store.Tx) error {
	return tx.PlatformAuditSealCreate(ctx, db.PlatformAuditSealCreateParams{
		ChainID: l.chain.TenantID, Positions: l.Positions, EventIds: l.EventIds, PreviousHashes: l.PreviousHashes, Hashes: l.Hashes, Macs: l.Macs,
		Format: l.Format, ContentSecrets: l.ContentSecrets, ContentProofs: l.ContentProofs, ActorSecrets: l.ActorSecrets, ActorProofs: l.ActorProofs,
	})
}
