package server

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/cache"
	"frontdesk/internal/guard"
	"frontdesk/internal/live"
	"frontdesk/internal/web"
)

// machineRoutes are what monitors ask. They stand before the guard, so that they
// answer when the database does not.
func machineRoutes(parts Parts, hub *live.Hub) []guard.Route {
	return []guard.Route{
		{Method: get, Path: "/healthz", Access: guard.Machine, Handler: healthy},
		{Method: get, Path: "/readyz", Access: guard.Machine, Handler: ready(parts)},
		{Method: get, Path: "/metrics", Access: guard.Machine, Handler: web.Metrics(pools{parts.Store}, streams(hub))},
	}
}

// healthy says that the process lives.
func healthy(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) }

// ready says whether requests can be answered: the database must be, the rest
// may be degraded.
func ready(parts Parts) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
		defer cancel()
		if err := parts.Store.Ping(ctx); err != nil {
			return err
		}
		redis := parts.Cache.State(ctx)
		status := "ok"
		if redis == cache.Degraded {
			status = "degraded"
		}
		return c.JSON(fiber.Map{"status": status, "database": "ok", "redis": redis})
	}
}
