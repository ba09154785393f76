package web

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
)

// Cursor says after which row a page of a list begins: the sort key of that row
// and its id.
type Cursor struct {
	Key string    `json:"k"`
	ID  uuid.UUID `json:"i"`
}

// String encodes the cursor for an address.
func (c Cursor) String() string {
	// A struct of a string and a UUID always marshals.
	raw, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// TimeCursor is the cursor of a row in a list that is sorted by time.
func TimeCursor(at time.Time, id uuid.UUID) Cursor {
	return Cursor{Key: at.UTC().Format(time.RFC3339Nano), ID: id}
}

// parseCursor reads ?after= and ?before=. None is the zero cursor; a forged one is
// fault.Malformed (hazard 18). It needs no signature: it can only name a position in
// rows that the policies let through anyway.
func parseCursor(value string) (Cursor, error) {
	var cursor Cursor
	if value == "" {
		return cursor, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err == nil {
		err = json.Unmarshal(raw, &cursor)
	}
	if err != nil || !utf8.ValidString(cursor.Key) || hasNUL(cursor.Key) || len(cursor.Key) > 1000 {
		return Cursor{}, fault.New(fault.Malformed, "error.cursor")
	}
	return cursor, nil
}
