package chain

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/google/uuid"
)

// In the second format the hash of a row covers what is nobody's (when, what, the ids)
// as it is, and what is personal by a proof: HMAC-SHA-256 with a secret of 32 random
// bytes. There are two personal parts, since two people may be in one row: the content
// (the target's name, before and after, the reason) is proven with the secret of the
// row's subject, and the actor (name, address, browser) with that of who acted, or the
// subject's where nobody is known: a stranger's address is told of whom they tried to
// be. What is about nobody is hashed as it is.
//
// Whoever has the secret can prove what stands there. Without it nobody can, and nobody
// can try guesses either; the seal, its proofs and all that follows stay whole. The
// secret protects the person, not the chain: to alter a row one must still make the keyed
// hash anew, since no other content with any other secret comes to the same proof.
//
// Each secret has an id of its own, which the seal's hash covers. After an erasure the
// next row about the same subject has another secret: its seal cannot be taken for one
// of those that were erased, nor they for its.

// part is one of the two personal parts of a row, with what its seal says of it.
type part struct {
	name   string
	fields func(*record, *encoder)
	blank  func(*record) bool
	// subject is whose secret proves it, secret, proof and key what a seal and its
	// secret are.
	subject func(*record) *uuid.UUID
	secret  func(*record) **uuid.UUID
	proof   func(*record) *[]byte
	key     func(*record) *[]byte
}

var parts = []part{
	{
		name: "content",
		fields: func(r *record, all *encoder) {
			all.text(r.TargetName)
			all.bytes(r.Before)
			all.bytes(r.After)
			all.text(r.Reason)
		},
		blank:   func(r *record) bool { return r.TargetName == "" && r.Before == nil && r.After == nil && r.Reason == "" },
		subject: func(r *record) *uuid.UUID { return r.SubjectID },
		secret:  func(r *record) **uuid.UUID { return &r.ContentSecret },
		proof:   func(r *record) *[]byte { return &r.ContentProof },
		key:     func(r *record) *[]byte { return &r.ContentKey },
	},
	{
		name: "actor",
		fields: func(r *record, all *encoder) {
			all.text(r.ActorName)
			all.text(r.IP)
			all.text(r.UserAgent)
		},
		blank: func(r *record) bool { return r.ActorName == "" && r.IP == "" && r.UserAgent == "" },
		subject: func(r *record) *uuid.UUID {
			if r.ActorID != nil {
				return r.ActorID
			}
			return r.SubjectID
		},
		secret: func(r *record) **uuid.UUID { return &r.ActorSecret },
		proof:  func(r *record) *[]byte { return &r.ActorProof },
		key:    func(r *record) *[]byte { return &r.ActorKey },
	},
}

// second is what is nobody's, and each personal part by its proof.
func (r *record) second(all *encoder, seal *record) {
	r.skeleton(all)
	for _, part := range parts {
		secret := *part.secret(seal)
		all.id(secret)
		if secret == nil {
			part.fields(r, all)
		} else {
			all.bytes(*part.proof(seal))
		}
	}
}

// skeleton is what an erasure leaves of a row.
func (r *record) skeleton(all *encoder) {
	all.bytes(r.EventID[:])
	all.bytes(r.TenantID[:])
	all.number(r.OccurredAt.UnixMicro())
	all.text(r.ActorKind)
	all.id(r.ActorID)
	all.text(r.Action)
	all.text(r.TargetKind)
	all.id(r.TargetID)
	all.id(r.SubjectID)
	all.text(r.RequestID)
}

// prove makes the proof of a row's part. It names the chain, the row and the part, so
// that two rows that say the same do not look the same.
func (p part) prove(chain ID, r *record, key []byte) []byte {
	var all encoder
	all.text(formats[secondFormat] + " " + p.name)
	all.text(chain.String())
	all.bytes(r.EventID[:])
	p.fields(r, &all)
	mac := hmac.New(sha256.New, key)
	mac.Write(all)
	return mac.Sum(nil)
}
