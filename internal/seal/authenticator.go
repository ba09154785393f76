package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
)

// TagSize is the length of a tag: the id of its key, then an HMAC-SHA256.
const TagSize = keyIDSize + sha256.Size

// Standing is what a tag says of a text.
type Standing int

// A tag's standings.
const (
	// Forged is a tag of another text or purpose, of a key that is not in the ring, or
	// none at all.
	Forged Standing = iota
	// Older is right, by a key that is no longer the newest.
	Older
	// Genuine is right, by the newest key.
	Genuine
)

// Authenticator makes and checks the tags of one purpose. Unlike Ring.MAC a tag names its
// key, also in what the MAC covers, and the keys are derived once: it is asked on every
// request. It is safe for concurrent use.
type Authenticator struct {
	// keys are those of the ring, newest first.
	keys []tagKey
}

type tagKey struct{ id, secret []byte }

// Authenticator returns the authenticator of a purpose, whose tags are worth nothing for
// another.
func (r *Ring) Authenticator(purpose string) *Authenticator {
	made := &Authenticator{}
	for i := range r.keys {
		secret, err := derive(r.keys[i].root, "frontdesk tag "+purpose, sha256.Size)
		if err != nil {
			// HKDF refuses only lengths over 255 hashes; this one is one hash.
			panic(err)
		}
		made.keys = append(made.keys, tagKey{id: r.keys[i].id[:], secret: secret})
	}
	return made
}

// Tag returns the tag of a text by the newest key, TagSize bytes.
func (a *Authenticator) Tag(text []byte) []byte { return a.keys[0].tag(text) }

// Check says in constant time what a tag says of a text.
func (a *Authenticator) Check(text, tag []byte) Standing {
	if len(tag) != TagSize {
		return Forged
	}
	for i := range a.keys {
		if !bytes.Equal(a.keys[i].id, tag[:keyIDSize]) {
			continue
		}
		switch {
		case !hmac.Equal(a.keys[i].tag(text), tag):
			return Forged
		case i > 0:
			return Older
		}
		return Genuine
	}
	return Forged
}

// NewestID is the beginning of every tag that Tag makes now.
func (a *Authenticator) NewestID() []byte { return slices.Clone(a.keys[0].id) }

func (k *tagKey) tag(text []byte) []byte {
	hash := hmac.New(sha256.New, k.secret)
	hash.Write(k.id)
	hash.Write(text)
	return hash.Sum(append(make([]byte, 0, TagSize), k.id...))
}
