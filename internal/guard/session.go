package guard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

// NewToken returns a random token of 256 bits as it stands in a cookie or link,
// and the hash under which it is stored.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, tokenSize)
	rand.Read(raw)
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(raw), sum[:]
}

// SignIn starts a session for the person in the clinic (uuid.Nil for none), inside
// the caller's transaction, and returns what to call once that has committed: it
// gives the browser its new cookie. Whatever session the browser came with ends: a
// token that somebody planted is never the one that is signed in (hazard 1).
func (g *Guard) SignIn(ctx context.Context, c *fiber.Ctx, tx *store.Tx, userID, tenantID uuid.UUID) (func(), error) {
	if tenantID != uuid.Nil {
		if err := tx.UserVisit(ctx, db.UserVisitParams{ID: userID, Place: tenantID}); err != nil {
			return nil, err
		}
	}
	made, welcome, err := g.Rotate(ctx, c, tx, userID, Place{TenantID: tenantID})
	if err != nil {
		return nil, err
	}
	person := actor.With(ctx, actor.Actor{UserID: userID, Name: made.Person, SessionID: made.ID})
	return welcome, audit.RecordPlatform(person, tx, audit.Event{
		Action: db.AuditActionSessionCreate, TargetKind: "session", TargetID: made.ID, TenantID: tenantID,
	})
}

// Place is where a session works. The zero value is no clinic.
type Place struct {
	TenantID uuid.UUID
	// SupportGrantID is by whose leave a super-admin is there.
	SupportGrantID uuid.UUID
}

// Rotate ends the session that the browser came with and begins one with a new token
// in the place. The caller records why, and calls what it returns after the commit.
func (g *Guard) Rotate(ctx context.Context, c *fiber.Ctx, tx *store.Tx, userID uuid.UUID, place Place) (db.SessionCreateRow, func(), error) {
	if hash, ok := HashToken(g.web.Cookie(c, SessionCookie)); ok {
		if err := tx.SessionDelete(ctx, hash); err != nil {
			return db.SessionCreateRow{}, nil, err
		}
	}
	token, hash := NewToken()
	params := db.SessionCreateParams{
		TokenHash: hash, UserID: userID, IP: g.address(c), UserAgent: shortened(c.Get(fiber.HeaderUserAgent)), Lifetime: g.SessionLifetime,
	}
	if place.TenantID != uuid.Nil {
		params.TenantID = &place.TenantID
	}
	if place.SupportGrantID != uuid.Nil {
		params.SupportGrantID = &place.SupportGrantID
	}
	made, err := tx.SessionCreate(ctx, params)
	return made, func() { g.web.SetCookie(c, SessionCookie, token, g.SessionLifetime) }, err
}

// Renew gives the asker's session a new token, as after every change of what it may
// do, and puts it into another clinic unless place is uuid.Nil. The old token is
// worth nothing from then on (hazard 2). It works as SignIn does. What other windows
// of the browser show was made for the old token: a form of theirs is refused, and
// told why (hazard 20).
func (g *Guard) Renew(ctx context.Context, c *fiber.Ctx, tx *store.Tx, place uuid.UUID) (func(), error) {
	old := Token(c)
	oldHash, ok := HashToken(old)
	if !ok {
		return nil, fault.New(fault.Unauthenticated, "")
	}
	token, hash := NewToken()
	params := db.SessionRenewParams{TokenHash: oldHash, NewHash: hash}
	if place != uuid.Nil {
		who, _ := actor.From(ctx)
		params.Place = &place
		if err := tx.UserVisit(ctx, db.UserVisitParams{ID: who.UserID, Place: place}); err != nil {
			return nil, err
		}
	}
	if err := tx.SessionRenew(ctx, params); err != nil {
		return nil, err
	}
	return func() {
		g.web.SetCookie(c, SessionCookie, token, g.SessionLifetime)
		g.web.RememberForms(c, old, g.SessionLifetime)
	}, nil
}

// SignOut ends the session on the server and asks the browser to forget what it
// has seen (hazard 72).
func (g *Guard) SignOut(c *fiber.Ctx) error {
	if hash, ok := HashToken(Token(c)); ok {
		err := g.store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.SessionDelete(ctx, hash); err != nil {
				return err
			}
			who, _ := actor.From(ctx)
			return audit.RecordPlatform(ctx, tx, audit.Event{
				Action: db.AuditActionSessionEnd, TargetKind: "session", TargetID: who.SessionID, TenantID: who.TenantID,
			})
		})
		if err != nil {
			return err
		}
	}
	g.Forget(c)
	return nil
}

// Forget makes the browser forget a session that has ended, and what it has seen.
func (g *Guard) Forget(c *fiber.Ctx) {
	g.web.ClearCookie(c, SessionCookie)
	c.Set("Clear-Site-Data", `"cache", "storage"`)
}

// shortened keeps the start of a browser's name, as text that can be stored.
func shortened(userAgent string) string {
	kept := make([]rune, 0, 300)
	for _, r := range userAgent {
		if r < 0x20 || r == 0xFFFD {
			continue
		}
		if len(kept) == cap(kept) {
			break
		}
		kept = append(kept, r)
	}
	return string(kept)
}
