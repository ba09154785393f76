package chain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
)

// An erasure takes what is personal out of a log and leaves it whole. Its steps, of which
// no login of the program may do the second:
//
//  1. Erasure.Record writes down, in the log itself, which secrets and which rows of the
//     first format are erased. Wait until that record is sealed.
//  2. The owner of the tables, in one transaction: takes the lock of the chain, so that no
//     run of the sealer proves what is being erased, pg_advisory_xact_lock(
//     hashtextextended('audit seal:' || CHAIN, 0)), with CHAIN as ID.String has it and
//     'platform/' for all of the platform's log; takes back FORCE ROW LEVEL SECURITY of
//     the events and secrets, and disables the trigger append_only of the events; makes
//     the content (target_name, reason empty, before, after null) empty in the rows of the
//     subject, the actor (actor_name, user_agent empty, ip null) in those that they acted
//     in, and both in rows of the first format, whose hash proves all or nothing; deletes
//     the secrets; and puts both locks back.
//
// A verification then says of each such row that it was erased, and which record says so.
// Between the two steps, for an hour, it says that the erasure is under way, and finds
// nothing wrong with that.
// What only has the database cannot pretend an erasure: the record holds a keyed hash of
// what it names.
//
// A hash of the first format stays, and whoever knows all of a row but one name may still
// try names at it; that goes when the chain's first part does.

// erasurePurpose names the keyed hash of a record among the ring's uses.
const erasurePurpose = "audit erasure"

// Erasure is what is taken out of one log.
type Erasure struct {
	// Secrets are those that are deleted.
	Secrets []uuid.UUID
	// Rows are those that are made empty whole: of the first format, or about nobody.
	Rows []uuid.UUID
}

// claim is what the record of an erasure says, in its row's after. A row's skeleton is
// hashed, so that what is left of it stays proven.
type claim struct {
	Secrets   []uuid.UUID       `json:"secrets"`
	Skeletons map[string]string `json:"rows"`
	MAC       []byte            `json:"keyed_hash"`
}

func (c *claim) text(log string) []byte {
	var all encoder
	all.text("frontdesk audit erasure 1")
	all.text(log)
	all.number(int64(len(c.Secrets)))
	for _, id := range c.Secrets {
		all.bytes(id[:])
	}
	names := make([]string, 0, len(c.Skeletons))
	for name := range c.Skeletons {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		all.text(name)
		all.text(c.Skeletons[name])
	}
	return all
}

// logOf is the log that a chain belongs to: a claim in one of the platform's chains
// counts for all of them, since a person's rows stand in several.
func logOf(chain ID) string {
	if chain.Platform {
		return platformLog
	}
	return chain.String()
}

func skeletonOf(row *record) string {
	var all encoder
	all.text("frontdesk audit erased row 1")
	row.skeleton(&all)
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

// Record writes that this is erased into the clinic's own log, from its door.
func (e Erasure) Record(ctx context.Context, tx *store.Tx, keys *seal.Ring, tenantID, about uuid.UUID) error {
	rows, err := tx.AuditEventListByID(ctx, e.Rows)
	if err != nil {
		return err
	}
	made := claim{Secrets: e.Secrets, Skeletons: map[string]string{}}
	for _, row := range rows {
		made.Skeletons[row.ID.String()] = skeletonOf(recordOf(row))
	}
	return audit.Record(ctx, tx, made.entry(keys, ID{TenantID: tenantID}, about))
}

// RecordPlatform writes it into the platform's log, from its door.
func (e Erasure) RecordPlatform(ctx context.Context, tx *store.Tx, keys *seal.Ring, about uuid.UUID) error {
	rows, err := tx.PlatformAuditEventListByID(ctx, e.Rows)
	if err != nil {
		return err
	}
	made := claim{Secrets: e.Secrets, Skeletons: map[string]string{}}
	for _, row := range rows {
		made.Skeletons[row.ID.String()] = skeletonOf(recordOf(db.AuditEvent{
			TenantID: idOf(row.TenantID), ID: row.ID, OccurredAt: row.OccurredAt, ActorKind: row.ActorKind, ActorID: row.ActorID, Action: row.Action,
			TargetKind: row.TargetKind, TargetID: row.TargetID, SubjectID: row.SubjectID, RequestID: row.RequestID,
		}))
	}
	return audit.RecordPlatform(ctx, tx, made.entry(keys, ID{Platform: true}, about))
}

// recordOf is what an erasure leaves of a row.
func recordOf(row db.AuditEvent) *record {
	return &record{
		EventID: row.ID, TenantID: row.TenantID, OccurredAt: row.OccurredAt, ActorKind: row.ActorKind, ActorID: row.ActorID, Action: row.Action,
		TargetKind: row.TargetKind, TargetID: row.TargetID, SubjectID: row.SubjectID, RequestID: row.RequestID,
	}
}

// entry is about nobody: what it says must be proven after the erasure too.
func (c claim) entry(keys *seal.Ring, chain ID, about uuid.UUID) audit.Entry {
	c.MAC = keys.MAC(erasurePurpose, c.text(logOf(chain)))
	return audit.Entry{
		Action: audit.Erase, TargetKind: "subject", TargetID: about, SubjectID: audit.Nobody,
		After: audit.Fields{"secrets": c.Secrets, "rows": c.Skeletons, "keyed_hash": c.MAC},
	}
}

// erasures are what the sealed records of a log say was erased.
type erasures struct {
	secrets   map[uuid.UUID]recorded
	skeletons map[string]erasedRow
}

// recorded is the record of an erasure, by its name, and when it was written.
type recorded struct {
	name string
	at   time.Time
}

type erasedRow struct{ skeleton, record string }

func newErasures() *erasures {
	return &erasures{secrets: map[uuid.UUID]recorded{}, skeletons: map[string]erasedRow{}}
}

// read takes what a sealed record says. It is false for a record that this installation
// did not write.
func (e *erasures) read(keys *seal.Ring, chain ID, row *record) bool {
	var said claim
	if json.Unmarshal(row.After, &said) != nil || !keys.VerifyMAC(erasurePurpose, said.text(logOf(chain)), said.MAC) {
		return false
	}
	name := Head{Chain: chain, Position: row.Position}.inWords()
	for _, id := range said.Secrets {
		e.secrets[id] = recorded{name, row.OccurredAt}
	}
	for id, skeleton := range said.Skeletons {
		e.skeletons[id] = erasedRow{skeleton, name}
	}
	return true
}

// ids are those of the secrets that were erased.
func (e *erasures) ids() []uuid.UUID { return slices.Collect(maps.Keys(e.secrets)) }

// eraseTime is how long an erasure may take from its record on. The two steps cannot be
// one transaction: a secret that goes before its record is sealed could be taken for one
// that somebody removed.
const eraseTime = time.Hour

// secretLeft is a secret that is there, at a moment of the database's clock.
type secretLeft struct {
	ID  uuid.UUID
	Now time.Time
}

// findLeft tells secrets that are about to be erased from those that were erased by the
// records alone: what these prove is proven.
func (r *Report) findLeft(chain ID, erased *erasures, left []secretLeft) {
	for _, secret := range left {
		record := erased.secrets[secret.ID]
		found := Finding{Chain: chain, Row: "secret " + secret.ID.String() + ", recorded at " + record.name, What: NotErased}
		if secret.Now.Sub(record.at) < eraseTime {
			found.What = Erasing
			r.Erasing = append(r.Erasing, found)
			continue
		}
		r.find(found)
	}
}

// whole names the record that says of a row that all of it was erased, and reports
// whether what is left is what was left then.
func (e *erasures) whole(row *record) (name string, erased bool) {
	said, is := e.skeletons[row.EventID.String()]
	blank := !slices.ContainsFunc(parts, func(part part) bool { return !part.blank(row) })
	return said.record, is && blank && bytes.Equal([]byte(said.skeleton), []byte(skeletonOf(row)))
}
