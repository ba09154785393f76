// Package chain seals the two logs, so that a row that somebody changes, removes or
// puts elsewhere in the database is found, also when they own the database. Each
// tenant's rows form a chain: a seal holds a hash of its row and of the seal before
// it, and a keyed hash of that, which nobody can make who has only the database.
//
// Writers never wait for it: they note what is to be sealed, in the same
// transaction, and a job appends the seals a few seconds later.
//
// What is cut off at a chain's end leaves no trace within it, and what was never sealed
// is proven by nothing. Against the first the Keeper keeps each chain's head outside of
// the database: the sealer goes on from there only, and a verification compares. An
// auditor may keep heads too, as `frontdesk audit verify` and the program's log have them.
package chain

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// ID names a chain: of a clinic's own log, or of the platform's log about a tenant.
type ID struct {
	// Platform is true in the platform's log.
	Platform bool
	// TenantID is zero for the platform's rows that are about no tenant.
	TenantID uuid.UUID
}

const (
	clinicLog   = "clinic/"
	platformLog = "platform/"
	noTenant    = "none"
)

// String returns "clinic/{id}", "platform/{id}" or "platform/none".
func (i ID) String() string {
	switch {
	case !i.Platform:
		return clinicLog + i.TenantID.String()
	case i.TenantID == uuid.Nil:
		return platformLog + noTenant
	}
	return platformLog + i.TenantID.String()
}

func parseID(text string) (ID, error) {
	if text == platformLog+noTenant {
		return ID{Platform: true}, nil
	}
	name, isPlatform := strings.CutPrefix(text, platformLog)
	if !isPlatform {
		var isClinic bool
		if name, isClinic = strings.CutPrefix(text, clinicLog); !isClinic {
			return ID{}, errors.New("a chain is clinic/ID, platform/ID or platform/none")
		}
	}
	id, err := uuid.Parse(name)
	return ID{Platform: isPlatform, TenantID: id}, err
}

// Head is how far a chain reaches: its last seal.
type Head struct {
	Chain    ID
	Position int64
	Hash     []byte
}

// String returns the head as an auditor keeps it: CHAIN:POSITION:HASH.
func (h Head) String() string {
	return fmt.Sprintf("%s:%d:%x", h.Chain, h.Position, h.Hash)
}

// is true for the same seal.
func (h Head) is(other Head) bool {
	return h.Chain == other.Chain && h.Position == other.Position && bytes.Equal(h.Hash, other.Hash)
}

// inWords names its position in a sentence.
func (h Head) inWords() string { return fmt.Sprintf("%s position %d", h.Chain, h.Position) }

// ParseHead reads what String wrote.
func ParseHead(text string) (Head, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 {
		return Head{}, fmt.Errorf("%q is no CHAIN:POSITION:HASH", text)
	}
	chain, err := parseID(parts[0])
	if err != nil {
		return Head{}, fmt.Errorf("%q: %w", text, err)
	}
	position, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return Head{}, fmt.Errorf("%q: the position is no number", text)
	}
	hash, err := hex.DecodeString(parts[2])
	if err != nil {
		return Head{}, fmt.Errorf("%q: the hash is not hexadecimal", text)
	}
	return Head{Chain: chain, Position: position, Hash: hash}, nil
}
