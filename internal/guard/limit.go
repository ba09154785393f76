package guard

import (
	"crypto/subtle"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/cache"
	"frontdesk/internal/fault"
)

// Limits are how often people may ask. The zero value limits nothing.
type Limits struct {
	Limiter *cache.Limiter
	// Reads and Writes are a minute's, of one person in one clinic, or of one
	// address before sign-in.
	Reads, Writes int
	// BenchmarkToken lets a load test past the limits; empty lets nobody past.
	BenchmarkToken string
}

// signInsOfAddress stops a flood before passwords are hashed. Guessing one person's
// password is bounded by Attempt.
var signInsOfAddress = cache.Limit{Name: "sign-in address", Max: 100, Per: 5 * time.Minute}

// resetsOfAddress bounds how often one address asks for links that set a password.
var resetsOfAddress = cache.Limit{Name: "password reset address", Max: 20, Per: time.Hour}

// LimitReset bounds how often one network address asks for a password reset.
func (g *Guard) LimitReset(c *fiber.Ctx) error {
	return g.within(c, resetsOfAddress, networkOf(g.web.Peers.Address(c)))
}

// invitesOfTenant bounds what a clinic may mail to strangers: each invite goes out in
// the installation's name, with a name in it that somebody typed.
var invitesOfTenant = cache.Limit{Name: "invites of tenant", Max: 60, Per: time.Hour}

// LimitInvite counts an invite to the clinic, whoever hands it out, a renewed one too.
func (g *Guard) LimitInvite(c *fiber.Ctx, tenantID uuid.UUID) error {
	return g.within(c, invitesOfTenant, tenantID.String())
}

// Limit refuses who asks too often, before anything is read for them.
func (g *Guard) Limit(c *fiber.Ctx) error {
	limit := cache.Limit{Name: "read", Max: g.Limits.Reads, Per: time.Minute}
	if c.Method() == fiber.MethodPost {
		limit = cache.Limit{Name: "write", Max: g.Limits.Writes, Per: time.Minute}
	}
	if err := g.within(c, limit, g.asker(c)); err != nil {
		return err
	}
	return c.Next()
}

func (g *Guard) within(c *fiber.Ctx, limit cache.Limit, key string) error {
	if g.unlimited(c) {
		return nil
	}
	decision := g.Limits.Limiter.Allow(c.UserContext(), limit, key)
	if decision.Allowed {
		return nil
	}
	refused := fault.New(fault.TooMany, "")
	refused.RetryAfter = max(decision.RetryAfter, time.Second)
	return refused
}

// unlimited is true where RATE_LIMIT is off, and for a load test.
func (g *Guard) unlimited(c *fiber.Ctx) bool { return g.Limits.Limiter == nil || g.benchmark(c) }

// asker is whom a request counts for.
func (g *Guard) asker(c *fiber.Ctx) string {
	if who, signedIn := actor.From(c.UserContext()); signedIn {
		return cache.Key("person", who.TenantID.String(), who.UserID.String())
	}
	return cache.Key("address", networkOf(g.web.Peers.Address(c)))
}

// benchmark is true for a load test that knows the token (hazard 12: an empty or
// wrong one changes nothing).
func (g *Guard) benchmark(c *fiber.Ctx) bool {
	token := g.Limits.BenchmarkToken
	return token != "" && subtle.ConstantTimeCompare([]byte(c.Get("X-Benchmark-Token")), []byte(token)) == 1
}
