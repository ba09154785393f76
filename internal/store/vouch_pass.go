package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/vouch"
)

// passSize is how many rows a transaction of Vouch locks.
const passSize = 500

// Vouched counts what a pass of Vouch did, by the kind of row.
type Vouched struct {
	// Adopted are rows from before, or of a program from before, that had no right MAC.
	Adopted map[string]int
	// Renewed are rows that had the MAC of an older key.
	Renewed int
}

// Total is how many rows were adopted.
func (v Vouched) Total() (total int) {
	for _, count := range v.Adopted {
		total += count
	}
	return total
}

// Vouch puts the MAC by the newest key to every row that grants something and has a right
// one of an older key, and, while the time for that lasts, to every one that has none
// (EndGrace). It runs at the start, beside other copies that do the same and beside
// people who work: it locks some rows at a time and passes by what is locked.
func (s *Store) Vouch(ctx context.Context) (Vouched, error) {
	done := Vouched{Adopted: map[string]int{}}
	if s.platform.vouch == nil {
		return done, errNoKeys
	}
	open, err := s.grace.isOpen(ctx, s.PlatformStatement())
	if err != nil {
		return done, err
	}
	for _, kind := range passes {
		if err := s.pass(ctx, kind, open, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// EndGrace lets the time in which rows from before are good end after a while, unless it
// ends sooner. It never begins again.
func (s *Store) EndGrace(ctx context.Context, after time.Duration) error {
	return s.PlatformWrite().MACGraceEnd(ctx, after)
}

// GraceOpen reports whether rows from before are still good without a MAC.
func (s *Store) GraceOpen(ctx context.Context) (bool, error) {
	return s.grace.isOpen(ctx, s.PlatformStatement())
}

// granted is a row that grants something, as a pass reads it.
type granted struct {
	id  uuid.UUID
	row vouch.Row
	mac []byte
}

// pageOf says which rows a pass reads next: behind an id, and of those either every one or
// only what has no MAC or one of another key than the newest.
type pageOf struct {
	after  uuid.UUID
	every  bool
	newest []byte
}

// kindOfRow is how a pass reads and writes the rows of a table.
type kindOfRow struct {
	name string
	next func(ctx context.Context, tx *Tx, page pageOf) ([]granted, error)
	set  func(ctx context.Context, tx *Tx, id uuid.UUID, mac []byte) error
}

func (s *Store) pass(ctx context.Context, kind kindOfRow, open bool, done *Vouched) error {
	page := pageOf{every: open, newest: s.platform.vouch.NewestKey()}
	for {
		var rows []granted
		err := s.Platform(ctx, func(ctx context.Context, tx *Tx) (err error) {
			if rows, err = kind.next(ctx, tx, page); err != nil {
				return err
			}
			return s.vouchRows(ctx, tx, kind, open, rows, done)
		})
		if err != nil || len(rows) < passSize {
			return err
		}
		page.after = rows[len(rows)-1].id
	}
}

func (s *Store) vouchRows(ctx context.Context, tx *Tx, kind kindOfRow, open bool, rows []granted, done *Vouched) error {
	for _, row := range rows {
		switch standing := s.platform.vouch.Check(row.row, row.mac); {
		case standing == seal.Genuine, standing == seal.Forged && !open:
			continue
		case standing == seal.Older:
			done.Renewed++
		default:
			done.Adopted[kind.name]++
		}
		if err := kind.set(ctx, tx, row.id, s.platform.vouch.MAC(row.row)); err != nil {
			return err
		}
	}
	return nil
}

var passes = []kindOfRow{
	{
		name: "sessions",
		next: func(ctx context.Context, tx *Tx, page pageOf) ([]granted, error) {
			rows, err := tx.SessionVouchNext(ctx, db.SessionVouchNextParams{After: page.after, Every: page.every, NewestKey: page.newest, PageSize: passSize})
			return grantedBy(rows, func(row db.SessionVouchNextRow) granted {
				return granted{row.ID, GrantedSession(db.SessionGrantedRow(row)), row.Mac}
			}), err
		},
		set: func(ctx context.Context, tx *Tx, id uuid.UUID, mac []byte) error {
			return tx.SessionSetMAC(ctx, db.SessionSetMACParams{ID: id, Mac: mac})
		},
	},
	{
		name: "invites",
		next: func(ctx context.Context, tx *Tx, page pageOf) ([]granted, error) {
			rows, err := tx.InviteVouchNext(ctx, db.InviteVouchNextParams{After: page.after, Every: page.every, NewestKey: page.newest, PageSize: passSize})
			return grantedBy(rows, func(row db.InviteVouchNextRow) granted {
				return granted{row.ID, vouch.Invite{
					TenantID: row.TenantID, ID: row.ID, TokenHash: row.TokenHash, Email: row.Email, Name: row.Name, Role: row.Role,
					CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt,
				}, row.Mac}
			}), err
		},
		set: func(ctx context.Context, tx *Tx, id uuid.UUID, mac []byte) error {
			return tx.InviteSetMAC(ctx, db.InviteSetMACParams{ID: id, Mac: mac})
		},
	},
	{
		name: "password_resets",
		next: func(ctx context.Context, tx *Tx, page pageOf) ([]granted, error) {
			rows, err := tx.PasswordResetVouchNext(ctx, db.PasswordResetVouchNextParams{After: page.after, Every: page.every, NewestKey: page.newest, PageSize: passSize})
			return grantedBy(rows, func(row db.PasswordResetVouchNextRow) granted {
				return granted{row.ID, vouch.PasswordReset{ID: row.ID, UserID: row.UserID, TokenHash: row.TokenHash, ExpiresAt: row.ExpiresAt}, row.Mac}
			}), err
		},
		set: func(ctx context.Context, tx *Tx, id uuid.UUID, mac []byte) error {
			return tx.PasswordResetSetMAC(ctx, db.PasswordResetSetMACParams{ID: id, Mac: mac})
		},
	},
	{
		name: "support_grants",
		next: func(ctx context.Context, tx *Tx, page pageOf) ([]granted, error) {
			rows, err := tx.SupportGrantVouchNext(ctx, db.SupportGrantVouchNextParams{After: page.after, Every: page.every, NewestKey: page.newest, PageSize: passSize})
			return grantedBy(rows, func(row db.SupportGrantVouchNextRow) granted {
				return granted{row.ID, vouch.SupportGrant{TenantID: row.TenantID, ID: row.ID, GrantedBy: row.GrantedBy, ExpiresAt: row.ExpiresAt}, row.Mac}
			}), err
		},
		set: func(ctx context.Context, tx *Tx, id uuid.UUID, mac []byte) error {
			return tx.SupportGrantSetMAC(ctx, db.SupportGrantSetMACParams{ID: id, Mac: mac})
		},
	},
}

func grantedBy[R any](rows []R, read func(R) granted) []granted {
	found := make([]granted, 0, len(rows))
	for _, row := range rows {
		found = append(found, read(row))
	}
	return found
}
