package server

import (
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/dashboard"
	"frontdesk/internal/guard"
	"frontdesk/internal/session"
	"frontdesk/internal/user"
)

const (
	get  = fiber.MethodGet
	post = fiber.MethodPost
)

// handlers are the nouns' handlers.
type handlers struct {
	dashboard *dashboard.Handler
	session   *session.Handler
	user      *user.Handler
}

// routes is the whole table: method, path, who may, handler.
func routes(h handlers) []guard.Route {
	return []guard.Route{
		{Method: get, Path: "/", Access: guard.SignedIn, Handler: h.dashboard.Show},

		{Method: get, Path: "/login", Access: guard.Public, Handler: h.session.New},
		{Method: post, Path: "/login", Access: guard.Public, Handler: h.session.Create},
		{Method: post, Path: "/logout", Access: guard.SignedIn, Handler: h.session.Destroy},
		{Method: post, Path: "/preferences", Access: guard.Public, Handler: h.user.Update},
	}
}
