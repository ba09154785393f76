// Package storage keeps what is too large for rows: raw mail, attachments,
// clients' files. It is an S3 bucket when S3_ENDPOINT_URL is set, else a folder
// in DATA_DIR. It knows bytes and keys only: names, types and who may read are
// columns of the noun that owns the object.
package storage

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"frontdesk/internal/fault"
)

// ErrNotFound means that there is no object with the key.
var ErrNotFound = errors.New("no such object")

// ErrUnavailable means that the store could not be asked: it is away, slow,
// full, or refuses us. Such an error is also a fault of the kind Unavailable, so
// that a page that passes it on answers 503.
var ErrUnavailable = errors.New("the object store is unavailable")

// ErrInvalidKey means that a key was not made by Key.
var ErrInvalidKey = errors.New("not a key of an object")

// ErrForeignKey means that a row's key is not of the object that the row may have.
var ErrForeignKey = errors.New("not a key of this row's object")

// Object describes a stored object.
type Object struct {
	Key string
	// Size is in bytes.
	Size       int64
	ModifiedAt time.Time
}

// Store keeps objects under keys that Key makes; one that stood in a row meanwhile goes
// through CheckOwner first. Implementations are safe for
// concurrent use. Errors are ErrNotFound, ErrUnavailable, ErrInvalidKey or, when
// the asker went away, the context's own.
type Store interface {
	// Put stores the body, from its start to its end, as the whole object. An
	// object that was there is replaced at once: readers see the old or the new.
	Put(ctx context.Context, key string, body io.ReadSeeker) error
	// Get opens the object. The caller closes the reader. It stays whole when
	// the object is replaced or deleted meanwhile.
	Get(ctx context.Context, key string) (io.ReadCloser, Object, error)
	// Stat describes the object.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete removes the object. It is no error when there is none.
	Delete(ctx context.Context, key string) error
	// List yields the objects whose keys begin with the prefix, in no order. The
	// prefix is "tenants/" or made by Prefix. It ends with the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
}

// retryAfter is what a person is told to wait when the store is unavailable.
const retryAfter = 10 * time.Second

func unavailable(err error) error {
	unavailable := fault.Wrap(fault.Unavailable, "", errors.Join(ErrUnavailable, err))
	unavailable.RetryAfter = retryAfter
	return unavailable
}
