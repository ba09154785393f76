package guard

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/internal/revision"
)

// unchanged tells the page which revision of the route's fragment it is answered with,
// and reports whether it shows that one already, so that there is nothing to send. The
// numbers were read before whatever the handler reads: what is shown may be newer than
// its name says, never older.
func unchanged(c *fiber.Ctx, route Route, who actor.Actor) bool {
	if len(route.Shows) == 0 {
		return false
	}
	now := revision.From(c.UserContext()).Name(route.Shows, append(decides(c.UserContext(), route, who), c.OriginalURL())...)
	c.Set(revision.Header, now)
	return c.Get("HX-Request") == "true" && c.Get(revision.Header) == now
}

// decides is what a page depends on beside the numbers and its address: who asks, where
// and as what, and their language, country, zone, currency, and the day, or the minute
// where the page shows it.
func decides(ctx context.Context, route Route, who actor.Actor) []string {
	l, grain := locale.From(ctx), "2006-01-02"
	if route.Ticks {
		grain = "2006-01-02 15:04"
	}
	return []string{
		who.TenantID.String(), who.UserID.String(), string(who.Role), actorKind(who),
		l.Language(), l.Country(), l.Zone().String(), Currency(ctx), l.Now().Format(grain),
	}
}

func actorKind(who actor.Actor) string {
	switch {
	case who.Support:
		return "support"
	case who.SuperAdmin:
		return "super-admin"
	}
	return "person"
}
