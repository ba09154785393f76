package vouch

import (
	"time"

	"github.com/google/uuid"
)

// The tables whose rows have a MAC.
const (
	sessions       = "sessions"
	invites        = "invites"
	passwordResets = "password_resets"
	supportGrants  = "support_grants"
)

// Session is what a row of sessions grants.
type Session struct {
	ID        uuid.UUID
	TokenHash []byte
	UserID    uuid.UUID
	// TenantID is nil where the session stands in no clinic, Role where it has none there.
	TenantID *uuid.UUID
	Role     *string
	// SupportGrantID is by whose leave a super-admin looks into the clinic.
	SupportGrantID *uuid.UUID
	ExpiresAt      time.Time
	// SuperAdmin is a column of the person's: who becomes one has no session that began
	// before, and who makes themselves one in the database is out at once.
	SuperAdmin bool
}

func (Session) table() string   { return sessions }
func (s Session) id() uuid.UUID { return s.ID }

func (s Session) covered(t *text) {
	t.id(s.ID)
	t.bytes(s.TokenHash)
	t.id(s.UserID)
	t.optionalID(s.TenantID)
	t.optionalString(s.Role)
	t.optionalID(s.SupportGrantID)
	t.time(s.ExpiresAt)
	t.bool(s.SuperAdmin)
}

// Invite is what a row of invites grants. CreatedAt is among it because who was taken out
// of the team comes back by no link from before.
type Invite struct {
	TenantID, ID         uuid.UUID
	TokenHash            []byte
	Email, Name, Role    string
	CreatedAt, ExpiresAt time.Time
}

func (Invite) table() string   { return invites }
func (i Invite) id() uuid.UUID { return i.ID }

func (i Invite) covered(t *text) {
	t.id(i.TenantID)
	t.id(i.ID)
	t.bytes(i.TokenHash)
	t.string(i.Email)
	t.string(i.Name)
	t.string(i.Role)
	t.time(i.CreatedAt)
	t.time(i.ExpiresAt)
}

// PasswordReset is what a row of password_resets grants.
type PasswordReset struct {
	ID, UserID uuid.UUID
	TokenHash  []byte
	ExpiresAt  time.Time
}

func (PasswordReset) table() string   { return passwordResets }
func (r PasswordReset) id() uuid.UUID { return r.ID }

func (r PasswordReset) covered(t *text) {
	t.id(r.ID)
	t.id(r.UserID)
	t.bytes(r.TokenHash)
	t.time(r.ExpiresAt)
}

// SupportGrant is what a row of support_grants grants.
type SupportGrant struct {
	TenantID, ID, GrantedBy uuid.UUID
	ExpiresAt               time.Time
}

func (SupportGrant) table() string   { return supportGrants }
func (g SupportGrant) id() uuid.UUID { return g.ID }

func (g SupportGrant) covered(t *text) {
	t.id(g.TenantID)
	t.id(g.ID)
	t.id(g.GrantedBy)
	t.time(g.ExpiresAt)
}
