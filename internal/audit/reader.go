package audit

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

// Reader is how the log reads one kind of row, so that what is written down of a
// change is what the database holds before and after it, and not what a form says.
type Reader[Row any] struct {
	// Kind is the noun in the singular.
	Kind string
	// Read returns the row and locks it until the transaction ends, so that nobody
	// changes it between Read and the change. A query that does not lock must be
	// called with the row locked already.
	Read func(*db.Queries, context.Context, uuid.UUID) (Row, error)
	// Lock is taken before a change and before the row, where others wait for more than
	// the row, such as bookings for what they depend on; nil where none do.
	Lock func(context.Context, *store.Tx, uuid.UUID) error
	// Name is what people call it.
	Name func(Row) string
	// Subject is whose row it is, where that is not itself: see Entry.SubjectID.
	Subject func(Row) uuid.UUID
}

// entry is what the log says of a row.
func (r Reader[Row]) entry(action Action, id uuid.UUID, row Row) Entry {
	made := Entry{Action: action, TargetKind: r.Kind, TargetID: id, TargetName: r.Name(row)}
	if r.Subject != nil {
		made.SubjectID = r.Subject(row)
	}
	return made
}

// Created records a row that the transaction has just made.
func (r Reader[Row]) Created(ctx context.Context, tx *store.Tx, action Action, id uuid.UUID) error {
	after, err := r.Read(tx.Queries, ctx, id)
	if err != nil {
		return err
	}
	_, made, err := Changed(nil, after)
	if err != nil {
		return err
	}
	entry := r.entry(action, id, after)
	entry.After = made
	return Record(ctx, tx, entry)
}

// Changed makes a change and records what differs by it. A change that leaves all
// as it was, the second of two presses, is none and leaves no row.
func (r Reader[Row]) Changed(ctx context.Context, tx *store.Tx, action Action, id uuid.UUID, change func() error) error {
	return r.ChangedWith(ctx, tx, action, id, nil, change)
}

// ChangedWith is Changed for a change that shows in no column: also is added to what
// the log says, such as that a password was replaced.
func (r Reader[Row]) ChangedWith(ctx context.Context, tx *store.Tx, action Action, id uuid.UUID, also Fields, change func() error) error {
	if r.Lock != nil {
		if err := r.Lock(ctx, tx, id); err != nil {
			return err
		}
	}
	before, err := r.Read(tx.Queries, ctx, id)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := r.Read(tx.Queries, ctx, id)
	if err != nil {
		return err
	}
	was, is, err := Changed(before, after)
	if err != nil {
		return err
	}
	maps.Copy(is, also)
	if len(is) == 0 {
		return nil
	}
	entry := r.entry(action, id, after)
	entry.Before, entry.After = was, is
	return Record(ctx, tx, entry)
}

// CreateOnce makes a row in a transaction of its own, records it, and returns the address
// of its page, below path, which is the list's. A form that was sent twice makes one row
// (see store.Tx.Once).
func (r Reader[Row]) CreateOnce(ctx context.Context, s *store.Store, path string, key submission.Key, action Action, create func(ctx context.Context, tx *store.Tx, id uuid.UUID) error) (location string, err error) {
	err = s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		location, err = tx.Once(ctx, path, key, func() (string, error) {
			id, err := uuid.NewV7()
			if err != nil {
				return "", err
			}
			if err := create(ctx, tx, id); err != nil {
				return "", err
			}
			return path + "/" + id.String(), r.Created(ctx, tx, action, id)
		})
		return err
	})
	return location, err
}

// Update is Changed in a transaction of its own.
func (r Reader[Row]) Update(ctx context.Context, s *store.Store, action Action, id uuid.UUID, change func(context.Context, *store.Tx) error) error {
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.Changed(ctx, tx, action, id, func() error { return change(ctx, tx) })
	})
}

// Noted records what was done with a row and changes none of its columns.
func (r Reader[Row]) Noted(ctx context.Context, tx *store.Tx, action Action, id uuid.UUID) error {
	row, err := r.Read(tx.Queries, ctx, id)
	if err != nil {
		return err
	}
	return Record(ctx, tx, r.entry(action, id, row))
}

// View records, in a transaction of its own, that somebody looks at something.
// Whoever shows it asks first: what cannot be written down is not shown. Support
// only reads a clinic, so for this one row it is let in without that bound.
func View(ctx context.Context, s *store.Store, entry Entry) error {
	who, _ := actor.From(ctx)
	who.ReadOnly = false
	return s.Tenant(actor.With(ctx, who), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(func() error { return Record(ctx, tx, entry) })
	})
}

// Read reads what a page shows, and records in the same transaction who looks at it: read
// returns the entry. What support reads cannot be in a transaction that writes, so there
// the entry follows in one of its own.
func Read(ctx context.Context, s *store.Store, read func(context.Context, *store.Tx) (Entry, error)) error {
	if who, _ := actor.From(ctx); who.ReadOnly {
		var entry Entry
		err := s.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			entry, err = read(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		return View(ctx, s, entry)
	}
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		entry, err := read(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Last(func() error { return Record(ctx, tx, entry) })
	})
}
