package guard

import (
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/internal/revision"
	"frontdesk/internal/web"
)

// Kept says of a route what its page depends on beside the role and the locale. What is
// kept is found by the revisions, so that nobody has to say what a write makes old.
type Kept struct {
	// Areas are those whose rows the page shows.
	Areas []revision.Area
	// Parameters are the parts of the query under which the page is kept. An address
	// that has another one is made anew each time: a handler that reads more than its line
	// says costs time, and shows nobody what is not theirs.
	Parameters []string
	// Person is true where each person is shown something else.
	Person bool
}

// keep answers a page that was made before for the same clinic, revisions, role, locale
// and address. It stands behind enter, so that nobody is shown what they may not see, and
// what is logged of a look is logged. The revisions are of the guard's question, which
// comes before the page's own: rows that are newer than their revision can be kept, and
// are asked for by nobody once the newer one is known; older ones cannot.
func (g *Guard) keep(kept *Kept) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if kept == nil {
			return c.Next()
		}
		key, ok := kept.key(c)
		if !ok {
			return c.Next()
		}
		return g.web.AnswerKept(c, key, c.Next)
	}
}

// key is what the page of this request is kept under; false is for one that is not: of
// nobody's clinic, or at another address. Nor is one without a name, as support's, which
// are shown less (unchanged).
func (k *Kept) key(c *fiber.Ctx) (web.PageKey, bool) {
	ctx := c.UserContext()
	who, _ := actor.From(ctx)
	query, ok := k.query(c)
	if !ok || who.TenantID == uuid.Nil {
		return web.PageKey{}, false
	}
	l := locale.From(ctx)
	key := web.PageKey{
		Tenant: who.TenantID, Role: who.Role, Language: l.Language(), Zone: l.Zone().String(), Country: l.Country(),
		Phone: web.IsPhone(c), Path: c.Path(), Query: query,
	}
	if k.Person {
		key.Person = who.UserID
	}
	for i, area := range k.Areas {
		key.Revisions[i] = revision.From(ctx).Of(area)
	}
	return key, true
}

// query is the address's query in one order; false when it has a parameter that the route
// does not name, or one twice.
func (k *Kept) query(c *fiber.Ctx) (string, bool) {
	seen := make([]bool, len(k.Parameters))
	for name := range c.Request().URI().QueryArgs().All() {
		parameter := slices.Index(k.Parameters, string(name))
		if parameter < 0 || seen[parameter] {
			return "", false
		}
		seen[parameter] = true
	}
	return sortedQuery(c), true
}
