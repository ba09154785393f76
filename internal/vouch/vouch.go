// Package vouch makes and checks the MAC that stands beside a row that grants something:
// a session, a link of an invite or for a new password, a look into a clinic. Its key is
// of the ring and not in the database, so that whoever has the database alone cannot make
// such a row, or change one (hazard 104). The hash of a token stays what finds its row.
package vouch

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/seal"
)

// KeyIDSize is the length, in bytes, of the beginning of a MAC that names its key.
const KeyIDSize = seal.TagSize - 32

// Voucher makes and checks the MACs of rows. It is safe for concurrent use.
type Voucher struct {
	of map[string]*seal.Authenticator
}

// New returns the voucher of a key ring: MACs are made by its newest key and are good by
// any.
func New(ring *seal.Ring) *Voucher {
	made := &Voucher{of: map[string]*seal.Authenticator{}}
	for _, table := range []string{sessions, invites, passwordResets, supportGrants} {
		made.of[table] = ring.Authenticator("row of " + table)
	}
	return made
}

// Row is what a row grants: all that a MAC covers.
type Row interface {
	// table names whose rows it is of: a MAC of one table is worth nothing in another.
	table() string
	id() uuid.UUID
	covered(t *text)
}

// Name names a row in an error, by its table and its id.
func Name(row Row) string { return row.table() + "/" + row.id().String() }

// MAC returns the MAC of a row by the newest key.
func (v *Voucher) MAC(row Row) []byte { return v.of[row.table()].Tag(textOf(row)) }

// Check says what a MAC says of a row.
func (v *Voucher) Check(row Row, mac []byte) seal.Standing {
	return v.of[row.table()].Check(textOf(row), mac)
}

// NewestKey is the beginning of every MAC that is made now, KeyIDSize bytes, whatever the
// table.
func (v *Voucher) NewestKey() []byte { return v.of[sessions].NewestID() }

// text is what is under a MAC: each field behind its length, so that no two rows read
// the same, and what is null otherwise than what is empty.
type text []byte

func textOf(row Row) []byte {
	t := make(text, 0, 256)
	row.covered(&t)
	return t
}

func (t *text) bytes(field []byte) {
	*t = binary.AppendUvarint(*t, uint64(len(field)+1))
	*t = append(*t, field...)
}

func (t *text) string(field string) {
	*t = binary.AppendUvarint(*t, uint64(len(field)+1))
	*t = append(*t, field...)
}

func (t *text) id(field uuid.UUID) { t.bytes(field[:]) }

// missing is a null.
func (t *text) missing() { *t = append(*t, 0) }

func (t *text) optionalID(field *uuid.UUID) {
	if field == nil {
		t.missing()
		return
	}
	t.id(*field)
}

func (t *text) optionalString(field *string) {
	if field == nil {
		t.missing()
		return
	}
	t.string(*field)
}

// time is in microseconds, which is as fine as Postgres keeps it.
func (t *text) time(field time.Time) {
	*t = append(*t, 9)
	*t = binary.BigEndian.AppendUint64(*t, uint64(field.UnixMicro()))
}

func (t *text) bool(field bool) {
	if field {
		t.string("yes")
		return
	}
	t.string("no")
}
