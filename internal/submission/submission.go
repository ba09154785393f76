// Package submission is how a form that creates something is known again: the key that
// it was shown with, and what was in it when it was sent.
package submission

import (
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

// Key is a form that was sent. The zero Key, of a form without one, is like no other:
// what is sent with it creates each time.
type Key struct {
	ID uuid.UUID
	// Content is a MAC, with the ID as its key, of all that was sent, so that the same
	// form is told from another without keeping what a person typed.
	Content []byte
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
