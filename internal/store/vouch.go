package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/seal"
	"frontdesk/internal/vouch"
)

// A row that grants something is written by a method of Tx that stands before the
// generated query of its name and puts the MAC beside it, in the same transaction: whoever
// writes such a row cannot forget it, and no other transaction sees it without.

// errNoKeys means that a row that grants something was to be written or used through a
// store that VouchWith was not called on.
var errNoKeys = errors.New("store: no keys to vouch for rows with")

// VouchWith gives the store the key ring, before anything is asked through it.
func (s *Store) VouchWith(ring *seal.Ring) {
	made := vouch.New(ring)
	s.tenant.vouch, s.platform.vouch = made, made
}

// Check returns a fault.NotFound around fault.ErrForged unless the program made the row as
// it stands, or it is from before rows had a MAC and the time for those is not over
// (hazard 104).
func (s *Store) Check(ctx context.Context, row vouch.Row, mac []byte) error {
	return s.platform.check(row, mac, func() (bool, error) { return s.grace.isOpen(ctx, s.PlatformStatement()) })
}

// check asks about the time of before only for a row that has no right MAC.
func (l login) check(row vouch.Row, mac []byte, grace func() (bool, error)) error {
	if l.vouch == nil {
		return errNoKeys
	}
	if l.vouch.Check(row, mac) != seal.Forged {
		return nil
	}
	switch open, err := grace(); {
	case err != nil:
		return err
	case !open:
		return fault.Wrap(fault.NotFound, "", fmt.Errorf("%w: %s", fault.ErrForged, vouch.Name(row)))
	}
	return nil
}

// grace remembers that the time is over in which rows from before are good without a MAC:
// no run-time login can make it begin again, and who owns the table needs a restart, which
// says in the log what it took over.
type grace struct{ over atomic.Bool }

func (g *grace) isOpen(ctx context.Context, queries *db.Queries) (bool, error) {
	if g.over.Load() {
		return false, nil
	}
	open, err := queries.MACGraceOpen(ctx)
	if err == nil && !open {
		g.over.Store(true)
	}
	return open, err
}

// check is Store.Check for a row that this transaction has locked or written.
func (t *Tx) check(ctx context.Context, row vouch.Row, mac []byte) error {
	return t.open.login.check(row, mac, func() (bool, error) { return t.MACGraceOpen(ctx) })
}

// mac is the MAC of a row that this transaction writes.
func (t *Tx) mac(row vouch.Row) ([]byte, error) {
	if t.open.login.vouch == nil {
		return nil, errNoKeys
	}
	return t.open.login.vouch.MAC(row), nil
}

// SessionCreate makes a session.
func (t *Tx) SessionCreate(ctx context.Context, params db.SessionCreateParams) (db.SessionCreateRow, error) {
	made, err := t.Queries.SessionCreate(ctx, params)
	if err != nil {
		return made, err
	}
	return made, t.vouchSession(ctx, vouch.Session{
		ID: made.ID, TokenHash: params.TokenHash, UserID: params.UserID, TenantID: params.TenantID, Role: made.Role,
		ExpiresAt: made.ExpiresAt, SuperAdmin: made.SuperAdmin,
	})
}

// SessionRenew gives a session another token. What somebody has made of the row is not
// vouched for by the way.
func (t *Tx) SessionRenew(ctx context.Context, params db.SessionRenewParams) (db.SessionRenewRow, error) {
	before, err := t.SessionGranted(ctx, params.TokenHash)
	if err != nil {
		return db.SessionRenewRow{}, err
	}
	if err := t.check(ctx, GrantedSession(before), before.Mac); err != nil {
		return db.SessionRenewRow{}, err
	}
	renewed, err := t.Queries.SessionRenew(ctx, params)
	if err != nil {
		return renewed, err
	}
	return renewed, t.vouchSession(ctx, vouch.Session{
		ID: renewed.ID, TokenHash: params.NewHash, UserID: renewed.UserID, TenantID: renewed.TenantID, Role: renewed.Role,
		SupportGrantID: renewed.SupportGrantID, ExpiresAt: renewed.ExpiresAt, SuperAdmin: renewed.SuperAdmin,
	})
}

// GrantedSession is what a row of a session grants.
func GrantedSession(row db.SessionGrantedRow) vouch.Session {
	return vouch.Session{
		ID: row.ID, TokenHash: row.TokenHash, UserID: row.UserID, TenantID: row.TenantID, Role: row.Role,
		SupportGrantID: row.SupportGrantID, ExpiresAt: row.ExpiresAt, SuperAdmin: row.SuperAdmin,
	}
}

func (t *Tx) vouchSession(ctx context.Context, session vouch.Session) error {
	mac, err := t.mac(session)
	if err != nil {
		return err
	}
	return t.SessionSetMAC(ctx, db.SessionSetMACParams{ID: session.ID, Mac: mac})
}

// InviteCreate makes an invite.
func (t *Tx) InviteCreate(ctx context.Context, params db.InviteCreateParams) (db.InviteCreateRow, error) {
	made, err := t.Queries.InviteCreate(ctx, params)
	if err != nil {
		return made, err
	}
	mac, err := t.mac(vouch.Invite{
		TenantID: params.TenantID, ID: params.ID, TokenHash: params.TokenHash, Email: made.Email, Name: made.Name, Role: made.Role,
		CreatedAt: made.CreatedAt, ExpiresAt: made.ExpiresAt,
	})
	if err != nil {
		return made, err
	}
	return made, t.InviteSetMAC(ctx, db.InviteSetMACParams{ID: params.ID, Mac: mac})
}

// InviteAccept uses an invite up. One that is used has no MAC any more, so that it is not
// used again by making it look unused.
func (t *Tx) InviteAccept(ctx context.Context, tokenHash []byte) (db.InviteAcceptRow, error) {
	used, err := t.Queries.InviteAccept(ctx, tokenHash)
	if err != nil {
		return used, err
	}
	invite := vouch.Invite{
		TenantID: used.TenantID, ID: used.ID, TokenHash: tokenHash, Email: used.Email, Name: used.Name, Role: used.Role,
		CreatedAt: used.CreatedAt, ExpiresAt: used.ExpiresAt,
	}
	if err := t.check(ctx, invite, used.Mac); err != nil {
		return db.InviteAcceptRow{}, err
	}
	return used, t.InviteSetMAC(ctx, db.InviteSetMACParams{ID: used.ID})
}

// PasswordResetCreate makes a link for a new password.
func (t *Tx) PasswordResetCreate(ctx context.Context, params db.PasswordResetCreateParams) error {
	expires, err := t.Queries.PasswordResetCreate(ctx, params)
	if err != nil {
		return err
	}
	mac, err := t.mac(vouch.PasswordReset{ID: params.ID, UserID: params.UserID, TokenHash: params.TokenHash, ExpiresAt: expires})
	if err != nil {
		return err
	}
	return t.PasswordResetSetMAC(ctx, db.PasswordResetSetMACParams{ID: params.ID, Mac: mac})
}

// PasswordResetUse uses a link up, as InviteAccept does.
func (t *Tx) PasswordResetUse(ctx context.Context, tokenHash []byte) (db.PasswordResetUseRow, error) {
	used, err := t.Queries.PasswordResetUse(ctx, tokenHash)
	if err != nil {
		return used, err
	}
	reset := vouch.PasswordReset{ID: used.ID, UserID: used.UserID, TokenHash: tokenHash, ExpiresAt: used.ExpiresAt}
	if err := t.check(ctx, reset, used.Mac); err != nil {
		return db.PasswordResetUseRow{}, err
	}
	return used, t.PasswordResetSetMAC(ctx, db.PasswordResetSetMACParams{ID: used.ID})
}

// SupportGrantCreate lets support look, and returns until when.
func (t *Tx) SupportGrantCreate(ctx context.Context, params db.SupportGrantCreateParams) (time.Time, error) {
	made, err := t.Queries.SupportGrantCreate(ctx, params)
	if err != nil {
		return time.Time{}, err
	}
	mac, err := t.mac(vouch.SupportGrant{TenantID: made.TenantID, ID: params.ID, GrantedBy: params.GrantedBy, ExpiresAt: made.ExpiresAt})
	if err != nil {
		return time.Time{}, err
	}
	return made.ExpiresAt, t.SupportGrantSetMAC(ctx, db.SupportGrantSetMACParams{ID: params.ID, Mac: mac})
}

// SupportGrantOpenOfTenant is the grant by which a super-admin may look into a clinic.
func (t *Tx) SupportGrantOpenOfTenant(ctx context.Context, tenantID uuid.UUID) (db.SupportGrantOpenOfTenantRow, error) {
	grant, err := t.Queries.SupportGrantOpenOfTenant(ctx, tenantID)
	if err != nil {
		return grant, err
	}
	return grant, t.check(ctx, vouch.SupportGrant{
		TenantID: grant.TenantID, ID: grant.ID, GrantedBy: grant.GrantedByID, ExpiresAt: grant.ExpiresAt,
	}, grant.Mac)
}
