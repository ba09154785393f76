// Package guard decides who may enter. Every route says so in the one table of
// the server; a route that does not say is refused at the start, so that what is
// forgotten is closed.
package guard

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/revision"
)

// Access says who may use a route.
type Access int

// The kinds of access. The zero value is no declaration at all.
const (
	undeclared Access = iota
	// Public is for anybody; writes still carry a CSRF token.
	Public
	// SignedIn is for any person with a session.
	SignedIn
	// Member is for the people of a clinic, and for support, which looks.
	Member
	// Writer is for the people of a clinic alone: what changes it, and the forms for it.
	Writer
	// Owner is for the owners of a clinic.
	Owner
	// SuperAdmin is for those who run the installation.
	SuperAdmin
	// Support is for a super-admin whom a clinic's owner let in for a while.
	Support
	// Machine is for scripts and monitors: no session, no CSRF token.
	Machine
	// MachineToken is for scripts that know CRON_SECRET.
	MachineToken
)

// String returns the name that `frontdesk routes` prints.
func (a Access) String() string {
	switch a {
	case Public:
		return "public"
	case SignedIn:
		return "signed-in"
	case Member:
		return "member"
	case Writer:
		return "writer"
	case Owner:
		return "owner"
	case SuperAdmin:
		return "super-admin"
	case Support:
		return "support"
	case Machine:
		return "machine"
	case MachineToken:
		return "machine token"
	}
	return "undeclared"
}

// Route is one line of the route table.
type Route struct {
	Method, Path string
	Access       Access
	Handler      fiber.Handler
	// Background is for what an open page asks by itself: it does not count as
	// the person being there, or an unattended desk would stay signed in.
	Background bool
	// Shows are the areas whose rows a fragment is made of that is not kept. Whoever shows
	// it already, or a page that is kept, and says so, is answered with nothing while none
	// of its areas has moved.
	Shows []revision.Area
	// Enrolment is open also to those who must have a second factor and have none.
	Enrolment bool
	// OutOfDate shows a form again, with a fresh token and what was typed, whose token is no
	// good any more and for which no browser vouches; nil: it is told so, on a page of its
	// own.
	OutOfDate fiber.Handler
	// Kept is for a page that is kept as it was drawn; nil: it is made for each who asks.
	Kept *Kept
}

// areas are those whose rows the route's answer is made of; none where nobody has said.
func (r Route) areas() []revision.Area {
	if r.Kept != nil {
		return r.Kept.Areas
	}
	return r.Shows
}

// Register puts the routes into the application, each behind its access. It
// fails on one that declares none, and on one that stands twice.
func (g *Guard) Register(app *fiber.App, routes []Route) error {
	seen := map[string]bool{}
	for _, route := range routes {
		name := route.Method + " " + route.Path
		switch {
		case route.Access == undeclared || route.Access.String() == "undeclared":
			return fmt.Errorf("route %s does not declare who may use it", name)
		case route.Handler == nil:
			return fmt.Errorf("route %s has no handler", name)
		case seen[name]:
			return fmt.Errorf("route %s stands twice", name)
		}
		seen[name] = true
		g.routes = append(g.routes, route)
		g.background[route.Path] = g.background[route.Path] || route.Background
		// Get rather than Add: it answers HEAD as well.
		if route.Method == fiber.MethodGet {
			app.Get(route.Path, g.enter(route), g.keep(route.Kept), route.Handler)
		} else {
			app.Add(route.Method, route.Path, g.enter(route), route.Handler)
		}
	}
	return nil
}
