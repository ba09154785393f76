package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// record is a row of a log with its seal, as the queries of both logs give it.
type record struct {
	// Position is 0 for a row that has no seal.
	Position                int64
	PreviousHash, Hash, Mac []byte
	// Found is false for a seal whose row is gone.
	Found   bool
	EventID uuid.UUID
	// Format is that of the seal. In the second, it names the secrets of the row's two
	// personal parts and holds what was made with them; the keys are these secrets, nil
	// where they are gone.
	Format                   int16
	ContentSecret            *uuid.UUID
	ContentProof, ContentKey []byte
	ActorSecret              *uuid.UUID
	ActorProof, ActorKey     []byte
	SubjectID                *uuid.UUID
	TenantID                 uuid.UUID
	OccurredAt               time.Time
	ActorKind                string
	ActorID                  *uuid.UUID
	ActorName                string
	Action                   string
	TargetKind               string
	TargetID                 *uuid.UUID
	TargetName               string
	Before, After            []byte
	Reason                   string
	IP                       string
	UserAgent                string
	RequestID                string
}

// The formats are the first thing in every hash, and so beneath every keyed hash:
// nobody passes one off as the other.
const (
	firstFormat  = 1
	secondFormat = 2
)

var formats = map[int16]string{firstFormat: "frontdesk audit seal 1", secondFormat: "frontdesk audit seal 2"}

// hashOf is the hash of a row at the place of a seal, with that seal's proofs. Each part
// stands behind its length, and a column without a value is told from an empty one, so
// that no two rows read the same.
func (r *record) hashOf(chain ID, seal *record) []byte {
	var all encoder
	all.text(formats[seal.Format])
	all.text(chain.String())
	all.number(seal.Position)
	all.bytes(seal.PreviousHash)
	if seal.Format == firstFormat {
		r.first(&all)
	} else {
		r.second(&all, seal)
	}
	hash := sha256.Sum256(all)
	return hash[:]
}

// first is every column that there was.
func (r *record) first(all *encoder) {
	all.bytes(r.EventID[:])
	all.bytes(r.TenantID[:])
	all.number(r.OccurredAt.UnixMicro()) // as exact as the database keeps it
	all.text(r.ActorKind)
	all.id(r.ActorID)
	all.text(r.ActorName)
	all.text(r.Action)
	all.text(r.TargetKind)
	all.id(r.TargetID)
	all.text(r.TargetName)
	all.bytes(r.Before)
	all.bytes(r.After)
	all.text(r.Reason)
	all.text(r.IP)
	all.text(r.UserAgent)
	all.text(r.RequestID)
}

// encoder puts parts one behind the other.
type encoder []byte

// bytes adds a part behind one more than its length; nil is 0.
func (e *encoder) bytes(part []byte) {
	if part == nil {
		*e = binary.AppendUvarint(*e, 0)
		return
	}
	*e = append(binary.AppendUvarint(*e, uint64(len(part))+1), part...)
}

func (e *encoder) text(part string) { e.bytes([]byte(part)) }

func (e *encoder) number(part int64) { e.bytes(binary.BigEndian.AppendUint64(nil, uint64(part))) }

func (e *encoder) id(part *uuid.UUID) {
	if part == nil {
		e.bytes(nil)
		return
	}
	e.bytes(part[:])
}
