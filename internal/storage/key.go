package storage

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
)

// A key is tenants/<uuid>/<segment>/…: made here, never from what a person
// typed. The narrow alphabet reads the same in a URL, a folder and a file system
// that ignores case, and no segment can climb or hide (it begins with a letter
// or digit).
const (
	keyRoot        = "tenants/"
	maxKeyLength   = 512
	maxSegmentSize = 128
)

// Key returns the key of a tenant's object, such as
// Key(tenantID, "messages", messageID.String()). Segments hold lower-case
// letters, digits and ".-_"; a store refuses a key that breaks this.
func Key(tenantID uuid.UUID, segments ...string) string {
	return keyRoot + tenantID.String() + "/" + strings.Join(segments, "/")
}

// Prefix returns what the keys of a tenant's objects below the segments begin
// with, for List.
func Prefix(tenantID uuid.UUID, segments ...string) string {
	return strings.TrimSuffix(Key(tenantID, segments...), "/") + "/"
}

// CheckOwner refuses a key that was read from a row unless Key made it for this tenant
// and these segments. A row is what a login of the database or a fault of ours may have
// changed: a key of another clinic's object, or of nothing, must end here and not at the
// store, which gives whatever it is asked for (hazard 106). It returns ErrForeignKey,
// which is fault.ErrForged as well.
func CheckOwner(key string, tenantID uuid.UUID, segments ...string) error {
	if checkKey(key) != nil || !strings.HasPrefix(key, Prefix(tenantID, segments...)) {
		return fmt.Errorf("%w: %w: %.80q", fault.ErrForged, ErrForeignKey, key)
	}
	return nil
}

func checkKey(key string) error {
	segments := strings.Split(key, "/")
	if len(key) > maxKeyLength || len(segments) < 3 || !validSegments(segments) {
		return fmt.Errorf("%w: %.80q", ErrInvalidKey, key)
	}
	return nil
}

func checkPrefix(prefix string) error {
	path, ended := strings.CutSuffix(prefix, "/")
	if !ended || len(prefix) > maxKeyLength || !validSegments(strings.Split(path, "/")) {
		return fmt.Errorf("%w: the prefix %.80q", ErrInvalidKey, prefix)
	}
	return nil
}

func validSegments(segments []string) bool {
	if segments[0] != strings.TrimSuffix(keyRoot, "/") {
		return false
	}
	if len(segments) > 1 {
		// uuid.Parse knows four spellings; only one is a key.
		if id, err := uuid.Parse(segments[1]); err != nil || id.String() != segments[1] {
			return false
		}
	}
	for _, segment := range segments {
		if !validSegment(segment) {
			return false
		}
	}
	return true
}

func validSegment(segment string) bool {
	if segment == "" || len(segment) > maxSegmentSize || strings.ContainsRune("._-", rune(segment[0])) {
		return false
	}
	for _, r := range segment {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r) {
			return false
		}
	}
	return true
}
