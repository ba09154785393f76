// Package submission is how a form that creates something is known again: the key that
// it was shown with, and what was in it when it was sent.
package submission

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

const (
	// Kept is for how long a form that is sent again is answered as the first time:
	// longer than a tab sleeps on a telephone, or a page in somebody's history is opened
	// again.
	Kept = 30 * 24 * time.Hour
	// goodFor is how long after it was shown a form may come for the first time. It ends
	// before Kept does, so that of a form that is still taken the key cannot have been
	// swept; the day between is more than clocks differ by.
	goodFor = Kept - 24*time.Hour
)

// Key is a form that was sent. The zero Key, of a form without one, is like no other:
// what is sent with it creates each time.
type Key struct {
	ID uuid.UUID
	// Content is a MAC, with the ID as its key, of all that was sent, so that the same
	// form is told from another without keeping what a person typed.
	Content []byte
}

// ownVersion is that of UUIDs which are laid out as their maker likes (RFC 9562, 5.8):
// ours as version 7 is. A key of any other version is a script's, which may be old or
// made up, and means nothing by the time in it.
const ownVersion = 8

// NewID returns the id of a form that is about to be shown. It holds the time, so that a
// form can be told that is older than what is remembered of those that came.
func NewID() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	id[6] = ownVersion<<4 | id[6]&0x0f
	return id
}

// IsOld reports whether the form was shown so long ago that nobody knows any more whether
// it came before. A script's key is never old: whoever makes one knows what was sent with
// it.
func (k Key) IsOld(now time.Time) bool {
	if k.ID.Version() != ownVersion {
		return false
	}
	shown := int64(binary.BigEndian.Uint64(k.ID[:8]) >> 16)
	return now.Sub(time.UnixMilli(shown)) > goodFor
}

// New returns the key of a form with these fields, each with its values in their order.
func New(id uuid.UUID, fields map[string][]string) Key {
	mac := hmac.New(sha256.New, id[:])
	// Each part with its length before it: otherwise two forms could read the same.
	write := func(part string) { mac.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) }
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		write(name)
		write(strconv.Itoa(len(fields[name])))
		for _, value := range fields[name] {
			write(value)
		}
	}
	return Key{ID: id, Content: mac.Sum(nil)}
}
