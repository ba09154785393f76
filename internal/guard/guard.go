package guard

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
)

const (
	// SessionCookie is the cookie's name, before the prefix that https adds.
	SessionCookie = "session"
	// LanguageCookie keeps the language of those who have not signed in.
	LanguageCookie = "language"
	// ThemeCookie likewise.
	ThemeCookie = "theme"

	// IdleLife is how long a session lasts unused: a reception's day.
	IdleLife = 12 * time.Hour
	// sessionLife is how long it lasts at most.
	sessionLife = 7 * 24 * time.Hour
	// touchEvery bounds how often being seen is written down.
	touchEvery = 5 * time.Minute

	tokenSize = 32
)

// Guard knows who asks, and who may.
type Guard struct {
	web    *web.Web
	store  *store.Store
	now    clock.Clock
	limits Limits
	zones  sync.Map // the name of a time zone -> *time.Location
	// background holds the paths that do not prolong a session; it is filled
	// before the server listens.
	background map[string]bool
}

// New returns the guard of a server.
func New(w *web.Web, s *store.Store, now clock.Clock, limits Limits) *Guard {
	return &Guard{web: w, store: s, now: now, limits: limits, background: map[string]bool{}}
}

// Identify finds out who asks, in one round trip to the database, and puts the
// actor, the locale and the page's frame into the request's context. Nobody is
// refused here.
func (g *Guard) Identify(c *fiber.Ctx) error {
	token := g.web.Cookie(c, SessionCookie)
	session, err := g.session(c, token)
	if err != nil {
		return err
	}
	if session == nil {
		g.setVisitor(c)
		return c.Next()
	}
	c.Locals(tokenLocal{}, token)
	g.setPerson(c, token, session)
	return c.Next()
}

type tokenLocal struct{}

// Token returns the session's token when somebody has signed in, or "".
func Token(c *fiber.Ctx) string {
	token, _ := c.Locals(tokenLocal{}).(string)
	return token
}

// session asks the database about the cookie; nil is nobody. The cookie is only
// ever compared by its hash.
func (g *Guard) session(c *fiber.Ctx, token string) (*db.SessionGuardRow, error) {
	hash, ok := HashToken(token)
	if !ok {
		return nil, nil
	}
	row, err := g.store.PlatformStatement().SessionGuard(c.UserContext(), db.SessionGuardParams{TokenHash: hash, Idle: IdleLife})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if g.now().Sub(row.LastSeenAt) > touchEvery && !g.background[c.Path()] {
		if err := g.store.PlatformStatement().SessionTouch(c.UserContext(), hash); err != nil {
			return nil, err
		}
	}
	return &row, nil
}

func (g *Guard) setPerson(c *fiber.Ctx, token string, session *db.SessionGuardRow) {
	who := actor.Actor{UserID: session.UserID, Role: actor.Role(session.Role), SuperAdmin: session.SuperAdmin && session.TenantID == nil}
	if session.TenantID != nil {
		who.TenantID = *session.TenantID
	}
	ctx := actor.With(c.UserContext(), who)
	ctx = locale.With(ctx, locale.New(session.Language, g.zone(session.Timezone), session.Country, g.now))
	ctx = layout.With(ctx, layout.Frame{
		PersonName: session.UserName, TenantName: session.TenantName, Role: who.Role, SuperAdmin: who.SuperAdmin,
		CSRF: g.web.CSRFToken(c, token), Theme: layout.Theme(session.Theme), Asset: g.web.Assets.Address,
	})
	c.SetUserContext(WithCurrency(ctx, session.Currency))
}

func (g *Guard) setVisitor(c *fiber.Ctx) {
	language := g.web.Cookie(c, LanguageCookie)
	if language == "" {
		language = locale.Match(c.Get(fiber.HeaderAcceptLanguage))
	}
	ctx := locale.With(c.UserContext(), locale.New(language, time.UTC, "", g.now))
	c.SetUserContext(layout.With(ctx, layout.Frame{
		CSRF: g.web.CSRFToken(c, ""), Theme: layout.Theme(g.web.Cookie(c, ThemeCookie)), Asset: g.web.Assets.Address,
	}))
}

// zone loads each time zone once. A name that the program does not know reads as
// UTC; tenants are only ever created with known ones.
func (g *Guard) zone(name string) *time.Location {
	if found, ok := g.zones.Load(name); ok {
		return found.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	g.zones.Store(name, zone)
	return zone
}

// enter refuses whoever may not use the route, then, for a write, what was not
// sent from one of our own pages.
func (g *Guard) enter(access Access) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if access == Machine {
			return c.Next()
		}
		if err := allowed(c, access); err != nil {
			return err
		}
		if c.Method() == fiber.MethodPost {
			if err := g.web.CheckCSRF(c, Token(c)); err != nil {
				return err
			}
		}
		return c.Next()
	}
}

func allowed(c *fiber.Ctx, access Access) error {
	if access == Public {
		return nil
	}
	who, signedIn := actor.From(c.UserContext())
	if !signedIn {
		return fault.New(fault.Unauthenticated, "")
	}
	may := false
	switch access {
	case SignedIn:
		may = true
	case Member:
		may = who.TenantID != uuid.Nil
	case Owner:
		may = who.TenantID != uuid.Nil && who.Role == actor.Owner
	case SuperAdmin:
		may = who.SuperAdmin
	}
	if !may {
		return fault.New(fault.Forbidden, "")
	}
	return nil
}

// HashToken returns what is stored of a session's or an invite's token, and
// false for what is no token.
func HashToken(token string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenSize {
		return nil, false
	}
	hash := sha256.Sum256(raw)
	return hash[:], true
}

// address returns the asker's address for the session's record, if it is known.
func (g *Guard) address(c *fiber.Ctx) *netip.Addr {
	address := g.web.Peers.Address(c)
	if !address.IsValid() {
		return nil
	}
	return &address
}
