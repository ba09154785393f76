package guard

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/internal/revision"
	"frontdesk/internal/web"
)

// unchanged names what the route is about to show, so that the page can say later that it
// shows it, and reports whether the asker shows just that, so that there is nothing to
// send. The numbers were read before whatever the handler reads: what is shown may be
// newer than its name says, never older.
//
// What support looks at is logged, so that its pages do not ask by themselves, and they
// show less, so that none is kept: they get no name.
func unchanged(c *fiber.Ctx, route Route, who actor.Actor) bool {
	areas := route.areas()
	if len(areas) == 0 || who.Support && !route.Background {
		return false
	}
	ctx := c.UserContext()
	name, now := revision.From(ctx).Name(areas, decides(c, who)...), locale.From(ctx).Now()
	c.SetUserContext(web.WithName(ctx, name, now))
	return web.ShowsAlready(c, name, now)
}

// decides is what a page depends on beside the numbers: its address, who asks, where, as
// what and with what, and their language, country, zone and currency.
func decides(c *fiber.Ctx, who actor.Actor) []string {
	ctx := c.UserContext()
	l := locale.From(ctx)
	device := "desk"
	if web.IsPhone(c) {
		device = "phone"
	}
	return []string{
		c.Path(), sortedQuery(c), who.TenantID.String(), who.UserID.String(), string(who.Role), actorKind(who), device,
		l.Language(), l.Country(), l.Zone().String(), Currency(ctx),
	}
}

// sortedQuery is the address's query in the order of its names.
func sortedQuery(c *fiber.Ctx) string {
	query := fasthttp.AcquireArgs()
	defer fasthttp.ReleaseArgs(query)
	c.Request().URI().QueryArgs().CopyTo(query)
	query.Sort(bytes.Compare)
	return query.String()
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
