package chain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/storage"
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
	// Keeper keeps the heads outside of the database.
	Keeper *Keeper
	// first makes seals of the first format, for the tests of rows that have one.
	first bool
}

// ErrCutOff means that a chain lacks the seal whose head is kept outside of the database,
// or has another in its place: what stands there is not what was sealed, and nothing is
// sealed behind it.
var ErrCutOff = errors.New("the log is not as it was sealed: the database lacks the seal that is kept for")

// Run seals what waits. Of several at once, each chain is one's at a time, and the
// others pass it by. A clinic whose chain fails holds up no other. What is written
// meanwhile waits for the next run: for writers who never pause, this one would have
// no end.
func (s *Sealer) Run(ctx context.Context) error {
	for {
		more, err := s.pass(ctx)
		if errors.Is(err, ErrCutOff) || errors.Is(err, storage.ErrUnavailable) {
			s.Keeper.alarm(ctx, err)
		}
		if err != nil || !more {
			return err
		}
	}
}

// pass seals one batch of every chain, and reports whether one of them had a whole
// batch, and so may have more.
func (s *Sealer) pass(ctx context.Context) (more bool, err error) {
	waits, err := s.Store.PlatformStatement().AuditPendingExists(ctx)
	if err != nil {
		return false, fmt.Errorf("find what is to be sealed: %w", err)
	}
	if !waits && s.Keeper.hasBegun() {
		return false, nil
	}
	kept, err := s.kept(ctx)
	if err != nil {
		return false, err
	}
	ofClinics, failed := s.sealClinics(ctx, kept)
	ofPlatform, err := s.sealPlatform(ctx, kept)
	if err != nil {
		failed = errors.Join(failed, fmt.Errorf("seal the platform's log: %w", err))
	}
	return ofClinics || ofPlatform, failed
}

// kept reads what is kept outside of the database. The first time it takes what it finds
// in the database: who changed it before then is not found, and a verification says since
// when heads are kept.
func (s *Sealer) kept(ctx context.Context) (*Kept, error) {
	kept, err := s.Keeper.Kept(ctx)
	if err != nil || s.Keeper == nil || !kept.since.IsZero() {
		return kept, err
	}
	heads, err := s.ends(ctx)
	if err != nil {
		return nil, fmt.Errorf("find where the chains end: %w", err)
	}
	kept.since = s.Keeper.Now()
	return kept, s.Keeper.Keep(ctx, kept, heads)
}

// ends are the heads of all chains as the database has them, at position 0 for those
// without a seal.
func (s *Sealer) ends(ctx context.Context) (heads []Head, err error) {
	tenants, err := s.Store.PlatformStatement().AuditTenantList(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range tenants {
		end, err := s.Store.Statement(actor.With(ctx, actor.System(id))).AuditSealEnd(ctx)
		if err != nil {
			return nil, err
		}
		heads = append(heads, Head{Chain: ID{TenantID: id}, Position: end.Position, Hash: end.Hash})
	}
	rows, err := s.Store.PlatformStatement().PlatformAuditSealEnds(ctx, append(tenants, uuid.Nil))
	if err != nil {
		return nil, err
	}
	found := map[uuid.UUID]Head{}
	for _, row := range rows {
		found[row.ChainID] = Head{Position: row.Position, Hash: row.Hash}
	}
	for _, id := range append(tenants, uuid.Nil) {
		end := found[id]
		end.Chain = ID{Platform: true, TenantID: id}
		heads = append(heads, end)
	}
	return heads, nil
}

// sealClinics seals one batch of every clinic's log.
func (s *Sealer) sealClinics(ctx context.Context, kept *Kept) (more bool, err error) {
	tenants, err := s.Store.PlatformStatement().AuditPendingTenantList(ctx)
	if err != nil {
		return false, fmt.Errorf("find what is to be sealed: %w", err)
	}
	var failures []error
	done := settled{}
	for _, tenantID := range tenants {
		events, head, err := s.sealClinic(ctx, tenantID, kept)
		if err != nil {
			failures = append(failures, fmt.Errorf("seal the log of %s: %w", tenantID, err))
			continue
		}
		more = more || len(events) == batch
		done.add(tenantID, events, head)
		if len(done.EventIds) >= batch {
			failures = append(failures, s.settle(ctx, kept, &done))
		}
	}
	failures = append(failures, s.settle(ctx, kept, &done))
	return more, errors.Join(failures...)
}

// sealClinic seals one batch of a clinic's log, whatever the clinic's state, and
// returns the rows that have a seal now, and where the chain ends. Those that had one
// before were sealed by a run that was cut before it could say so.
func (s *Sealer) sealClinic(ctx context.Context, tenantID uuid.UUID, kept *Kept) (events []uuid.UUID, head Head, err error) {
	chain := ID{TenantID: tenantID}
	err = s.Store.Tenant(actor.With(ctx, actor.System(tenantID)), func(ctx context.Context, tx *store.Tx) error {
		events = nil
		if mine, err := tx.AuditChainLock(ctx, chain.String()); err != nil || !mine {
			return err
		}
		if err := checkClinic(ctx, tx.Queries, kept.chains[chain]); err != nil {
			return err
		}
		end, err := tx.AuditSealEnd(ctx)
		if err := errors.Join(err, checkEnd(end.Position, kept.chains[chain])); err != nil {
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
		head = next.head()
		return tx.AuditSealCreate(ctx, next.AuditSealCreateParams)
	})
	return events, head, err
}

// checkClinic fails unless a clinic's chain has all these seals.
func checkClinic(ctx context.Context, queries *db.Queries, heads []Head) error {
	lost, err := lostOfClinic(ctx, queries, heads)
	if err != nil || len(lost) == 0 {
		return err
	}
	return cutOff(lost[0])
}

func cutOff(head Head) error { return fmt.Errorf("%w %s", ErrCutOff, head.inWords()) }

// checkEnd fails for a chain that ends before what is kept of it: somebody cut it off
// between the statements that looked for those seals and for its end.
func checkEnd(position int64, heads []Head) error {
	for _, head := range heads {
		if head.Position > position {
			return cutOff(head)
		}
	}
	return nil
}

// lostOfClinic are those of the heads that a clinic's chain has no seal for.
func lostOfClinic(ctx context.Context, queries *db.Queries, heads []Head) (lost []Head, err error) {
	positions := make([]int64, len(heads))
	for i, head := range heads {
		positions[i] = head.Position
	}
	rows, err := queries.AuditSealHashList(ctx, positions)
	found := map[int64][]byte{}
	for _, row := range rows {
		found[row.Position] = row.Hash
	}
	for _, head := range heads {
		if head.Position > 0 && !bytes.Equal(found[head.Position], head.Hash) {
			lost = append(lost, head)
		}
	}
	return lost, err
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

// settled are rows that need not be looked at again, once the heads of their chains are
// kept.
type settled struct {
	db.AuditPendingDeleteParams
	heads []Head
}

func (d *settled) add(tenantID uuid.UUID, events []uuid.UUID, head Head) {
	for _, event := range events {
		d.TenantIds, d.EventIds = append(d.TenantIds, tenantID), append(d.EventIds, event)
	}
	if len(events) > 0 {
		d.heads = append(d.heads, head)
	}
}

// settle keeps the heads outside, then takes the rows off the list: a row that is on it
// no more is safe from whoever has only the database. The list is the platform's: a
// clinic's login can add to it and take nothing off it.
func (s *Sealer) settle(ctx context.Context, kept *Kept, done *settled) error {
	if len(done.EventIds) == 0 {
		return nil
	}
	taken := *done
	*done = settled{}
	if err := s.Keeper.Keep(ctx, kept, taken.heads); err != nil {
		return err
	}
	return s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.AuditPendingDelete(ctx, taken.AuditPendingDeleteParams)
	})
}

// sealPlatform seals one batch of the platform's log, of all its chains, then keeps their
// heads and takes it off the list. Chains that are cut off hold up no other.
func (s *Sealer) sealPlatform(ctx context.Context, kept *Kept) (more bool, err error) {
	lost, err := lostOfPlatform(ctx, s.Store.PlatformStatement(), kept.all())
	if err != nil {
		return false, err
	}
	stopped := make([]uuid.UUID, len(lost))
	for i, head := range lost {
		stopped[i] = head.Chain.TenantID
		err = errors.Join(err, cutOff(head))
	}
	events, heads, failed := s.appendPlatform(ctx, kept, stopped)
	if failed != nil || len(events) == 0 {
		return false, errors.Join(err, failed)
	}
	if failed = s.Keeper.Keep(ctx, kept, heads); failed == nil {
		failed = s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.PlatformAuditPendingDelete(ctx, events) })
	}
	return len(events) == batch, errors.Join(err, failed)
}

// lostOfPlatform are those of the heads that are of the platform's chains and that these
// have no seal for.
func lostOfPlatform(ctx context.Context, queries *db.Queries, heads []Head) (lost []Head, err error) {
	asked := db.PlatformAuditHeadLostListParams{}
	for _, head := range heads {
		if head.Chain.Platform && head.Position > 0 {
			asked.ChainIds, asked.Positions = append(asked.ChainIds, head.Chain.TenantID), append(asked.Positions, head.Position)
			asked.Hashes = append(asked.Hashes, head.Hash)
		}
	}
	if len(asked.ChainIds) == 0 {
		return nil, nil
	}
	rows, err := queries.PlatformAuditHeadLostList(ctx, asked)
	for _, row := range rows {
		lost = append(lost, Head{Chain: ID{Platform: true, TenantID: row.ChainID}, Position: row.Position, Hash: row.Hash})
	}
	return lost, err
}

// appendPlatform seals one batch of the platform's log without those of its chains that
// are stopped, and returns the rows that have a seal now, and where their chains end.
func (s *Sealer) appendPlatform(ctx context.Context, kept *Kept, stopped []uuid.UUID) (events []uuid.UUID, heads []Head, err error) {
	err = s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		events, heads = nil, nil
		if mine, err := tx.AuditChainLock(ctx, platformLog); err != nil || !mine {
			return err
		}
		rows, err := tx.PlatformAuditPendingList(ctx, db.PlatformAuditPendingListParams{Stopped: stopped, Most: batch})
		if err != nil || len(rows) == 0 {
			return err
		}
		waiting := make([]record, len(rows))
		for i, row := range rows {
			waiting[i], events = record(row), append(events, row.EventID)
		}
		chains, err := s.platformEnds(ctx, tx, waiting)
		if err != nil {
			return err
		}
		for _, next := range chains {
			if err := checkEnd(next.position, kept.chains[next.chain]); err != nil {
				return err
			}
		}
		for i := range waiting {
			chains[waiting[i].TenantID].append(&waiting[i])
		}
		for _, next := range chains {
			heads = append(heads, next.head())
			if err := next.createPlatform(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return events, heads, err
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

// head is where the chain ends, once these are appended.
func (l *links) head() Head { return Head{Chain: l.chain, Position: l.position, Hash: l.hash} }

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
