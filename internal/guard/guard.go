package guard

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/revision"
	"frontdesk/internal/store"
	"frontdesk/internal/vouch"
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
	// severalCookie is there for who works in several clinics.
	severalCookie = "several"

	// EnrolmentPage is where whoever must have a second factor is sent.
	EnrolmentPage = "/second-factor"

	// touchEvery bounds how often being seen is written down; where sessions end early
	// by not being used, it is written more often than that.
	touchEvery = 5 * time.Minute

	tokenSize = 32
)

// Options are what a guard goes by.
type Options struct {
	Now    clock.Clock
	Limits Limits
	// SessionIdle is how long a session lasts unused, SessionLifetime at most.
	SessionIdle, SessionLifetime time.Duration
	// RequireAdmin2FA lets a super-admin without a second factor do nothing but
	// enrol one.
	RequireAdmin2FA bool
	// CronSecret is the bearer token of scripts; empty: their routes are unknown.
	CronSecret string
}

// Guard knows who asks, and who may.
type Guard struct {
	Options
	web   *web.Web
	store *store.Store
	zones sync.Map // the name of a time zone -> *time.Location
	// background holds the paths that do not prolong a session; it is filled
	// before the server listens.
	background map[string]bool
	// routes is the table, likewise.
	routes []Route
}

// New returns the guard of a server.
func New(w *web.Web, s *store.Store, options Options) *Guard {
	return &Guard{Options: options, web: w, store: s, background: map[string]bool{}}
}

// Identify finds out who asks, in one round trip to the database, and puts the
// actor, the locale and the page's frame into the request's context. Nobody is
// refused here.
func (g *Guard) Identify(c *fiber.Ctx) error {
	c.SetUserContext(audit.WithOrigin(c.UserContext(), audit.Origin{
		IP: g.web.Peers.Address(c), UserAgent: shortened(c.Get(fiber.HeaderUserAgent)), RequestID: web.RequestID(c.UserContext()),
	}))
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

// session asks whose the request is, nil for nobody, and notes that they are there.
func (g *Guard) session(c *fiber.Ctx, token string) (*db.SessionGuardRow, error) {
	session, err := g.ask(c.UserContext(), token)
	if errors.Is(err, fault.ErrForged) {
		g.web.Alarm(c, err)
		return nil, nil
	}
	if err != nil || session == nil {
		return nil, err
	}
	if g.Now().Sub(session.LastSeenAt) > min(touchEvery, g.SessionIdle/4) && !g.background[c.Path()] && !web.AsksByItself(c) {
		hash, _ := HashToken(token)
		if err := g.store.PlatformWrite().SessionTouch(c.UserContext(), hash); err != nil {
			return nil, err
		}
	}
	return session, nil
}

// ask asks the database about a session's token; nil is nobody. A token is only ever
// compared by its hash, and a row that has it opens nothing unless the program made it as
// it stands: fault.ErrForged.
func (g *Guard) ask(ctx context.Context, token string) (*db.SessionGuardRow, error) {
	hash, ok := HashToken(token)
	if !ok {
		return nil, nil
	}
	session, err := g.store.GuardStatement().SessionGuard(ctx, db.SessionGuardParams{TokenHash: hash, Idle: g.SessionIdle})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &session, g.check(ctx, hash, &session)
}

// check holds the session, and the grant that a look into a clinic goes by, against their
// MACs.
func (g *Guard) check(ctx context.Context, hash []byte, session *db.SessionGuardRow) error {
	err := g.store.Check(ctx, vouch.Session{
		ID: session.SessionID, TokenHash: hash, UserID: session.UserID, TenantID: session.TenantID, Role: session.SessionRole,
		SupportGrantID: session.SupportGrantID, ExpiresAt: session.ExpiresAt, SuperAdmin: session.SuperAdmin,
	}, session.Mac)
	if err != nil || session.SupportGrantID == nil {
		return err
	}
	givenBy, mac := session.SupportProof[:len(uuid.UUID{})], session.SupportProof[len(uuid.UUID{}):]
	return g.store.Check(ctx, vouch.SupportGrant{
		TenantID: *session.TenantID, ID: *session.SupportGrantID, GrantedBy: uuid.UUID(givenBy), ExpiresAt: session.SupportUntil,
	}, mac)
}

func (g *Guard) setPerson(c *fiber.Ctx, token string, session *db.SessionGuardRow) {
	who := g.actorOf(session)
	ctx := actor.With(c.UserContext(), who)
	ctx = locale.With(ctx, locale.New(session.Language, g.zone(session.Timezone), session.Country, g.Now))
	frame := layout.Frame{
		PersonName: session.UserName, TenantName: session.TenantName, Role: who.Role, SuperAdmin: who.SuperAdmin,
		CSRF: g.web.CSRFToken(c, token), Theme: layout.Theme(session.Theme), Asset: g.web.Assets.Address, Offers: g.offers(who),
		SeveralTenants: session.TenantID != nil && !who.Support && g.web.Cookie(c, severalCookie) != "",
	}
	if who.Support {
		frame.SupportUntil = &session.SupportUntil
	}
	ctx = revision.With(ctx, revisionsOf(session))
	c.SetUserContext(WithCurrency(layout.With(ctx, frame), session.Currency))
}

// actorOf is the person of a session. A super-admin who looks into a clinic by its
// owner's grant has no role there and cannot write.
func (g *Guard) actorOf(session *db.SessionGuardRow) actor.Actor {
	who := actor.Actor{
		UserID: session.UserID, Name: session.UserName, SessionID: session.SessionID, Role: actor.Role(session.Role),
		SuperAdmin: session.SuperAdmin && session.TenantID == nil, Support: session.SupportGrantID != nil, ReadOnly: session.SupportGrantID != nil,
	}
	if session.TenantID != nil {
		who.TenantID = *session.TenantID
	}
	// A super-admin's factor is the installation's matter, also in a clinic that asks
	// it of its own people.
	who.MustEnrol = session.LacksSecondFactor && (!session.SuperAdmin || g.RequireAdmin2FA)
	return who
}

func (g *Guard) setVisitor(c *fiber.Ctx) {
	language := g.web.Cookie(c, LanguageCookie)
	if language == "" {
		language = locale.Match(c.Get(fiber.HeaderAcceptLanguage))
	}
	ctx := locale.With(c.UserContext(), locale.New(language, time.UTC, "", g.Now))
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
func (g *Guard) enter(route Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch route.Access {
		case Machine:
			return c.Next()
		case MachineToken:
			if err := g.checkMachineToken(c); err != nil {
				return err
			}
			return c.Next()
		}
		who, signedIn := actor.From(c.UserContext())
		if err := g.allowed(c, route, who, signedIn); err != nil {
			return err
		}
		if c.Method() == fiber.MethodPost {
			if err := g.checkWrite(c, route); err != nil {
				return renewed(c, route, err)
			}
		} else if err := g.web.CheckPage(c, Token(c)); err != nil && (route.Background || web.AsksByItself(c)) {
			return c.SendStatus(fiber.StatusNoContent) // nobody waits for it, or would be told
		} else if err != nil {
			return err
		}
		if who.MustEnrol && route.Access != Public && !route.Enrolment {
			return web.Redirect(c, EnrolmentPage)
		}
		if who.Support && c.Method() != fiber.MethodPost && !route.Background && route.Access != Public {
			if err := g.recordView(c, route); err != nil {
				return err
			}
		}
		if unchanged(c, route, who) {
			return c.SendStatus(fiber.StatusNoContent)
		}
		return c.Next()
	}
}

// renewed shows a form again that was refused for its token alone, if its page can be shown
// at all.
func renewed(c *fiber.Ctx, route Route, refused error) error {
	if route.OutOfDate == nil || !web.IsOutOfDate(refused) {
		return refused
	}
	if err := route.OutOfDate(c); !fault.Is(err, fault.NotFound) {
		return err
	}
	return refused
}

// checkWrite refuses what is no form, or was not sent from one of our own pages.
func (g *Guard) checkWrite(c *fiber.Ctx, route Route) error {
	if err := web.CheckBody(c); err != nil {
		return err
	}
	err := g.web.CheckCSRF(c, Token(c))
	if err != nil && route.Access == Public && g.web.VouchedFor(c) {
		return nil
	}
	if cookie := g.web.Cookie(c, SessionCookie); err != nil && Token(c) == "" && cookie != "" && g.web.CheckCSRF(c, cookie) == nil {
		// A form of ours, whose session has ended or moved on since: the second press of
		// a button that changed what the session may do. Whoever is signed in by now
		// goes on from the sign-in page by themselves.
		return fault.Wrap(fault.Unauthenticated, "", err)
	}
	return err
}

func (g *Guard) allowed(c *fiber.Ctx, route Route, who actor.Actor, signedIn bool) error {
	switch {
	case route.Access == Public:
		return nil
	case !signedIn:
		return fault.New(fault.Unauthenticated, "")
	case !may(route, who):
		return g.forbid(c, route)
	}
	return nil
}

// may is the whole rule of who uses what.
func may(route Route, who actor.Actor) bool {
	switch route.Access {
	case Public, SignedIn:
		return true
	case Member:
		return who.TenantID != uuid.Nil
	case Writer:
		return who.TenantID != uuid.Nil && !who.ReadOnly
	case Owner:
		return who.TenantID != uuid.Nil && who.Role == actor.Owner
	case SuperAdmin:
		return who.SuperAdmin
	case Support:
		return who.Support
	}
	return false
}

// Opens reports whether somebody may open the page at an address of ours. Sign-in asks
// it before it redirects, so that nobody is led to a refusal.
func (g *Guard) Opens(who actor.Actor, address string) bool {
	return g.admits(who, fiber.MethodGet, address)
}

// admits asks the route table about an address; what is not in it admits nobody.
func (g *Guard) admits(who actor.Actor, method, address string) bool {
	path, _, _ := strings.Cut(address, "?")
	for _, route := range g.routes {
		if route.Method == method && fiber.RoutePatternMatch(path, route.Path, fiber.Config{CaseSensitive: true, StrictRouting: true}) {
			return may(route, who)
		}
	}
	return false
}

// offers returns what pages ask before they show a link or a form. It is nil, which
// shows everything, for whoever may write: the pages were made for them. Only support,
// which reads, is filtered.
func (g *Guard) offers(who actor.Actor) func(method, address string) bool {
	if !who.ReadOnly {
		return nil
	}
	return func(method, address string) bool { return g.admits(who, method, address) }
}

// forbid refuses a wrong role, and says so in the log: somebody who knocks at what
// is not theirs is worth a look (hazard 21).
func (g *Guard) forbid(c *fiber.Ctx, route Route) error {
	who, _ := actor.From(c.UserContext())
	g.web.Log.LogAttrs(c.UserContext(), slog.LevelWarn, "refused: wrong role",
		slog.String("request_id", web.RequestID(c.UserContext())), slog.String("route", route.Path),
		slog.String("user_id", who.UserID.String()), slog.String("tenant_id", who.TenantID.String()))
	return fault.New(fault.Forbidden, "")
}

// recordView writes into the clinic's own log what its support looks at, before it
// is shown.
func (g *Guard) recordView(c *fiber.Ctx, route Route) error {
	return audit.View(c.UserContext(), g.store, audit.Entry{
		Action: SupportView, TargetKind: "page", TargetName: route.Path, SubjectID: audit.Nobody, After: audit.Fields{"path": c.Path()},
	})
}

// checkMachineToken lets scripts in that know the secret (hazard 84).
func (g *Guard) checkMachineToken(c *fiber.Ctx) error {
	if g.CronSecret == "" {
		return fault.New(fault.NotFound, "")
	}
	if !Bears(c, g.CronSecret) {
		return fault.New(fault.Unauthenticated, "")
	}
	return nil
}

// Bears reports whether the request carries the secret as its bearer token (RFC 6750,
// 2.1), in a time that says nothing about either.
func Bears(c *fiber.Ctx, secret string) bool {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	given, wanted := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(secret))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], wanted[:]) == 1
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
