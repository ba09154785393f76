package chain

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
)

// Verifier compares both logs with their seals. It reads through the same doors as
// everybody: each clinic's log as that clinic, the platform's as the platform.
type Verifier struct {
	Store *store.Store
	Keys  *seal.Ring
	// Keeper has the heads that stand outside of the database.
	Keeper *Keeper
	// Kept are heads of chains from an earlier time, that somebody kept by hand.
	Kept []Head
}

// Report is what a verification came to.
type Report struct {
	// Heads are how far each chain reaches, for an auditor to keep.
	Heads    []Head
	Findings []Finding
	// Erased are rows of which a part was taken out, as a sealed record says. Nothing is
	// wrong with them.
	Erased []Finding
	// Erasing are secrets that a record of the last hour says are erased, and which are
	// there still. Nothing is wrong with that yet.
	Erasing []Finding
	// KeptSince is since when heads stand outside of the database; zero for never.
	KeptSince time.Time
	// GivenUp are heads that the database has not, as somebody with the keys has said.
	GivenUp []GivenUp
	// Unread is how many notes of heads nobody with these keys wrote.
	Unread int
	// kept are all heads to compare with, by chain.
	kept map[ID][]Head
}

// Finding is one thing that is wrong, and with which row.
type Finding struct {
	Chain ID
	// Position is 0 for a row that has no seal.
	Position int64
	// Row names it; empty for a finding about the chain.
	Row  string
	What string
}

// String returns the finding as it is printed.
func (f Finding) String() string {
	text := f.Chain.String()
	if f.Position > 0 {
		text += fmt.Sprintf(" position %d", f.Position)
	}
	if f.Row != "" {
		text += ", row " + f.Row
	}
	return text + ": " + f.What
}

// What can be found.
const (
	Altered      = "altered after it was sealed"
	SecretGone   = "proven by nothing any more: its secret is gone, and no sealed record says that it was erased"
	Unprovable   = "holds something where a sealed record says that it was erased, and nothing proves it"
	Erasing      = "is there still: a sealed record says that it is being erased"
	NotErased    = "is there, and a sealed record says that it was erased: the erasure is not finished"
	FalseErasure = "says that something was erased, and this installation did not write it"
	Reordered    = "put in another place than it was sealed for"
	Removed      = "removed from the log"
	Broken       = "does not follow the seal before it"
	Forged       = "sealed by somebody without this installation's keys, or with a key that SECRET_KEYS no longer holds"
	Inserted     = "stands in the log and was never to be sealed: inserted past it, or its seal was removed"
	Waiting      = "has waited for its seal for more than a minute: no worker seals, or it was held back"
	SealsGone    = "seals are missing before it"
	CutOff       = "the end of the chain was cut off: a later seal was kept"
	Rewritten    = "not the seal that was kept: the chain was made anew"
	ChainIsNot   = "a seal of this chain was kept, and there is no such tenant"
	Backdated    = "stands behind a row of more than a day later: put in afterwards, or the database's clock was set back"
	NoLog        = "has neither a row nor a seal in either log, though whatever makes a tenant writes one"
)

// backdated is by how much a row may lie before the one that was sealed before it. Rows
// wait for their transactions, and clocks are corrected, but never by a day.
const backdated = 24 * time.Hour

// Verify walks every chain of both logs.
func (v *Verifier) Verify(ctx context.Context) (Report, error) {
	var report Report
	// Before any chain: what is kept is never ahead of the database.
	if err := v.readKept(ctx, &report); err != nil {
		return report, err
	}
	tenants, err := v.Store.PlatformStatement().AuditTenantList(ctx)
	if err != nil {
		return report, fmt.Errorf("list the tenants: %w", err)
	}
	logged := map[uuid.UUID]bool{}
	for _, id := range tenants {
		if logged[id], err = v.verifyClinic(ctx, id, &report); err != nil {
			return report, fmt.Errorf("the log of %s: %w", id, err)
		}
	}
	if err := v.walkPlatform(ctx, tenants, &report); err != nil {
		return report, fmt.Errorf("the platform's log: %w", err)
	}
	if err := v.verifyPlatformSealed(ctx, &report, logged); err != nil {
		return report, fmt.Errorf("the platform's log: %w", err)
	}
	report.findMissing(tenants, logged)
	return report, nil
}

// readKept reads what the chains are compared with.
func (v *Verifier) readKept(ctx context.Context, report *Report) error {
	outside, err := v.Keeper.Kept(ctx)
	if err != nil {
		return err
	}
	report.KeptSince, report.GivenUp, report.Unread, report.kept = outside.since, outside.givenUp, outside.Unread, outside.chains
	for _, head := range v.Kept {
		if !outside.hasGivenUp(head) {
			report.kept[head.Chain] = append(report.kept[head.Chain], head)
		}
	}
	return nil
}

// findMissing names tenants that are no more and of which a seal is kept, and, where heads
// stand outside, those that are and of which there is nothing: neither a row nor a note
// that they had none at first.
func (r *Report) findMissing(tenants []uuid.UUID, logged map[uuid.UUID]bool) {
	for chain, heads := range r.kept {
		if chain.TenantID != uuid.Nil && !slices.Contains(tenants, chain.TenantID) {
			r.find(Finding{Chain: chain, Position: heads[len(heads)-1].Position, What: ChainIsNot})
		}
	}
	for _, id := range tenants {
		known := logged[id] || len(r.kept[ID{TenantID: id}]) > 0 || len(r.kept[ID{Platform: true, TenantID: id}]) > 0
		if !known && !r.KeptSince.IsZero() {
			r.find(Finding{Chain: ID{TenantID: id}, What: NoLog})
		}
	}
}

func (r *Report) find(finding Finding) { r.Findings = append(r.Findings, finding) }

// page reads a part of a chain, after a position.
type page func(ctx context.Context, after int64) ([]record, error)

func (v *Verifier) clinicPage(ctx context.Context, after int64) ([]record, error) {
	rows, err := v.Store.Statement(ctx).AuditSealList(ctx, db.AuditSealListParams{AfterPosition: after, Most: batch})
	records := make([]record, len(rows))
	for i, row := range rows {
		records[i] = record(row)
	}
	return records, err
}

func (v *Verifier) platformPage(chain uuid.UUID) page {
	return func(ctx context.Context, after int64) ([]record, error) {
		rows, err := v.Store.PlatformStatement().PlatformAuditSealList(ctx, db.PlatformAuditSealListParams{ChainID: chain, AfterPosition: after, Most: batch})
		records := make([]record, len(rows))
		for i, row := range rows {
			records[i] = record(row)
		}
		return records, err
	}
}

// walkPlatform follows every chain of the platform's log before it judges any: what is
// erased in one is recorded in another. The platform's own, which holds the records, comes
// last, so that of what was erased meanwhile the record is read.
func (v *Verifier) walkPlatform(ctx context.Context, tenants []uuid.UUID, report *Report) error {
	erased, walks := newErasures(), []*walk{}
	for _, id := range append(slices.Clone(tenants), uuid.Nil) {
		w, err := v.walk(ctx, ID{Platform: true, TenantID: id}, report, erased, v.platformPage(id))
		if err != nil {
			return err
		}
		walks = append(walks, w)
	}
	for _, w := range walks {
		w.judge()
	}
	rows, err := v.Store.PlatformStatement().PlatformAuditSecretListLeft(ctx, erased.ids())
	left := make([]secretLeft, len(rows))
	for i, row := range rows {
		left[i] = secretLeft(row)
	}
	report.findLeft(ID{Platform: true}, erased, left)
	return err
}

// walk is how far a chain has been followed.
type walk struct {
	*Verifier
	chain    ID
	report   *Report
	erased   *erasures
	position int64
	hash     []byte
	// at is when the row before happened; zero where it is gone.
	at time.Time
	// kept are the hashes that were kept, by position.
	kept map[int64][][]byte
	// strange are those whose hash is not that of what stands there, and unproven those
	// that lack a secret: the end of the log says why.
	strange, unproven []record
}

func (v *Verifier) walk(ctx context.Context, chain ID, report *Report, erased *erasures, read page) (*walk, error) {
	w := &walk{Verifier: v, chain: chain, report: report, erased: erased, hash: beginning, kept: map[int64][][]byte{}}
	for _, head := range report.kept[chain] {
		w.kept[head.Position] = append(w.kept[head.Position], head.Hash)
	}
	for {
		rows, err := read(ctx, w.position)
		if err != nil {
			return w, err
		}
		for i := range rows {
			w.check(&rows[i])
		}
		if len(rows) < batch {
			break
		}
	}
	if w.position > 0 {
		report.Heads = append(report.Heads, Head{Chain: chain, Position: w.position, Hash: w.hash})
	}
	for _, position := range slices.Sorted(maps.Keys(w.kept)) {
		if position > w.position {
			w.find(position, nil, CutOff)
		}
	}
	return w, nil
}

// judge says what became of the rows that are not proven, once it is known what was
// erased.
func (w *walk) judge() {
	for i := range w.unproven {
		w.judgeUnproven(&w.unproven[i])
	}
	w.nameStrange()
}

func (w *walk) judgeUnproven(row *record) {
	for _, part := range parts {
		secret := *part.secret(row)
		if secret == nil || *part.key(row) != nil {
			continue
		}
		record, isErased := w.erased.secrets[*secret]
		switch {
		case !isErased:
			w.find(row.Position, row, SecretGone)
		case !part.blank(row):
			w.find(row.Position, row, Unprovable)
		default:
			w.note(row, "the "+part.name+" was erased, as the sealed record at "+record.name+" says")
		}
	}
}

// note says that nothing is wrong with a row, and why it does not look so.
func (w *walk) note(row *record, what string) {
	w.report.Erased = append(w.report.Erased, Finding{Chain: w.chain, Position: row.Position, Row: row.name(), What: what})
}

func (w *walk) find(position int64, row *record, what string) {
	finding := Finding{Chain: w.chain, Position: position, What: what}
	if row != nil {
		finding.Row = row.name()
	}
	w.report.find(finding)
}

// name is how a finding names a row.
func (r *record) name() string {
	if !r.Found {
		return r.EventID.String()
	}
	return fmt.Sprintf("%s (%s of %s)", r.EventID, r.Action, r.OccurredAt.UTC().Format(time.RFC3339))
}

func (w *walk) check(row *record) {
	switch {
	case row.Position != w.position+1:
		w.find(row.Position, row, SealsGone)
	case !bytes.Equal(row.PreviousHash, w.hash):
		w.find(row.Position, row, Broken)
	}
	switch {
	case !row.Found:
		w.find(row.Position, row, Removed)
	case !bytes.Equal(row.hashOf(w.chain, row), row.Hash):
		w.strange = append(w.strange, *row)
	default:
		w.prove(row)
	}
	if !w.Keys.VerifyMAC(purpose, row.Hash, row.Mac) {
		w.find(row.Position, row, Forged)
	}
	for _, hash := range w.kept[row.Position] {
		if !bytes.Equal(hash, row.Hash) {
			w.find(row.Position, row, Rewritten)
		}
	}
	w.checkTime(row)
	w.position, w.hash = row.Position, row.Hash
}

// checkTime compares a row with the one before it. Rows are sealed in the order of their
// times, a few seconds after them.
func (w *walk) checkTime(row *record) {
	if !row.Found {
		w.at = time.Time{}
		return
	}
	if row.OccurredAt.Before(w.at.Add(-backdated)) {
		w.find(row.Position, row, Backdated)
	}
	w.at = row.OccurredAt
}

// prove compares the personal parts of a row with their proofs, which its hash covers.
func (w *walk) prove(row *record) {
	isUnproven := false
	for _, part := range parts {
		switch key := *part.key(row); {
		case *part.secret(row) == nil:
		case key == nil:
			isUnproven = true
		case !bytes.Equal(part.prove(w.chain, row, key), *part.proof(row)):
			w.find(row.Position, row, Altered)
		}
	}
	if isUnproven {
		w.unproven = append(w.unproven, *row)
	}
	if row.Action == string(audit.Erase) && w.Keys.VerifyMAC(purpose, row.Hash, row.Mac) && !w.erased.read(w.Keys, w.chain, row) {
		w.find(row.Position, row, FalseErasure)
	}
}

// mostCompared bounds how many strange rows are compared with each other.
const mostCompared = 200

// nameStrange tells those that were put elsewhere from those that were altered.
func (w *walk) nameStrange() {
	for i := range w.strange {
		row, what := &w.strange[i], Altered
		if name, erased := w.erased.whole(row); erased {
			w.note(row, "all but its place was erased, as the sealed record at "+name+" says")
			continue
		}
		if w.isReordered(row) {
			what = Reordered
		}
		w.find(row.Position, row, what)
	}
}

// isReordered is true when the seal fits the row of another strange place, or the
// row its seal at that place.
func (w *walk) isReordered(row *record) bool {
	for i := range w.strange[:min(len(w.strange), mostCompared)] {
		other, there := &w.strange[i], *row
		there.Position = other.Position
		if other.Position != row.Position && (bytes.Equal(other.hashOf(w.chain, row), row.Hash) || bytes.Equal(row.hashOf(w.chain, &there), row.Hash)) {
			return true
		}
	}
	return false
}
