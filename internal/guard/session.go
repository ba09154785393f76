package guard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
//
// Only who has proved who they are may come here: it is the one way to a new absolute
// end. Whoever is signed in and gains or loses something goes through Renew.
func (g *Guard) SignIn(ctx context.Context, c *fiber.Ctx, tx *store.Tx, userID, tenantID uuid.UUID) (func(), error) {
	if hash, ok := HashToken(g.web.Cookie(c, SessionCookie)); ok {
		if err := tx.SessionDelete(ctx, hash); err != nil {
			return nil, err
		}
	}
	token, hash := NewToken()
	params := db.SessionCreateParams{
		TokenHash: hash, UserID: userID, IP: g.address(c), UserAgent: shortened(c.Get(fiber.HeaderUserAgent)), Lifetime: g.SessionLifetime,
		TenantID: optional(tenantID),
	}
	made, err := tx.SessionCreate(ctx, params)
	if err != nil {
		return nil, err
	}
	if err := visit(ctx, tx, userID, tenantID); err != nil {
		return nil, err
	}
	person := actor.With(ctx, actor.Actor{UserID: userID, Name: made.Person, SessionID: made.ID})
	welcome := func() {
		g.web.SetCookie(c, SessionCookie, token, g.SessionLifetime)
		g.OfferSwitcher(c, made.Several)
	}
	return welcome, audit.RecordPlatform(person, tx, audit.Entry{
		Action: SessionCreate, TargetKind: "session", TargetID: made.ID, SubjectID: userID, TenantID: tenantID,
	})
}

// visit remembers the clinic as the one that the person used last.
func visit(ctx context.Context, tx *store.Tx, userID, tenantID uuid.UUID) error {
	if tenantID == uuid.Nil {
		return nil
	}
	return tx.UserVisit(ctx, db.UserVisitParams{ID: userID, TenantID: tenantID})
}

// Workspace is where a session works: in a clinic, or with the zero value in none (the console).
type Workspace struct {
	TenantID uuid.UUID
	// SupportGrantID is by whose leave a super-admin is there.
	SupportGrantID uuid.UUID
}

// Renew gives the asker's session a new token, as after every change of what it may
// do, and puts it into another workspace, or leaves it where it is when that is nil. The
// old token is worth nothing from then on (hazard 2), and the end of the session stays
// where it was: nobody prolongs a session by going to and fro.
//
// The caller records why, and calls what it returns after the commit. What other
// windows of the browser show was made for the old token: a form of theirs is
// refused, and told why (hazard 20). Of two that come at once the later finds the old
// token gone, and is fault.Unauthenticated as if it had come after.
func (g *Guard) Renew(ctx context.Context, c *fiber.Ctx, tx *store.Tx, workspace *Workspace) (func(), error) {
	old := Token(c)
	oldHash, ok := HashToken(old)
	if !ok {
		return nil, fault.New(fault.Unauthenticated, "")
	}
	token, hash := NewToken()
	params := db.SessionRenewParams{TokenHash: oldHash, NewHash: hash}
	if workspace != nil {
		params.Moves, params.TenantID, params.SupportGrantID = true, optional(workspace.TenantID), optional(workspace.SupportGrantID)
	}
	renewed, err := tx.SessionRenew(ctx, params)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Wrap(fault.Unauthenticated, "", err)
	}
	left := time.Duration(renewed.SecondsLeft) * time.Second
	return func() {
		g.web.SetCookie(c, SessionCookie, token, left)
		g.web.RememberForms(c, old, left)
		g.OfferSwitcher(c, renewed.Several)
	}, err
}

// Switch puts the asker's session into a clinic of theirs, which the caller has made
// sure of, and records it. It works as Renew does.
func (g *Guard) Switch(ctx context.Context, c *fiber.Ctx, tx *store.Tx, tenantID uuid.UUID) (func(), error) {
	who, _ := actor.From(ctx)
	if err := visit(ctx, tx, who.UserID, tenantID); err != nil {
		return nil, err
	}
	if err := audit.RecordPlatform(ctx, tx, audit.Entry{
		Action: SessionSwitch, TargetKind: "session", TargetID: who.SessionID, SubjectID: who.UserID, TenantID: tenantID,
	}); err != nil {
		return nil, err
	}
	return g.Renew(ctx, c, tx, &Workspace{TenantID: tenantID})
}

// OfferSwitcher tells the browser whether the person works in several clinics, so that
// its pages show the switcher. It is a hint and opens nothing: counting clinics before
// every page was 10 µs of the guard's time. Where it is out of date, the page of one's
// clinics, which counts them, puts it right.
func (g *Guard) OfferSwitcher(c *fiber.Ctx, several bool) {
	if several {
		g.web.SetCookie(c, severalCookie, "1", g.SessionLifetime)
	} else {
		g.web.ClearCookie(c, severalCookie)
	}
}

// optional is nil for no id.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
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
			return audit.RecordPlatform(ctx, tx, audit.Entry{
				Action: SessionEnd, TargetKind: "session", TargetID: who.SessionID, SubjectID: who.UserID, TenantID: who.TenantID,
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
