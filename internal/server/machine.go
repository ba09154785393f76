package server

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/cache"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
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
		{Method: get, Path: "/metrics", Access: guard.Machine, Handler: forMonitors(parts.Config, web.Metrics(pools{parts.Store}, streams(hub)))},
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

// forMonitors lets those read what is measured who ask from this machine or a network of
// the configuration's, or who know its token: it says when which pages are used, and
// how many people are there. To all others the address is unknown.
func forMonitors(config config.Config, metrics fiber.Handler) fiber.Handler {
	proxies, networks := web.Peers(config.TrustedProxies), web.Peers(config.MetricsNetworks)
	return func(c *fiber.Ctx) error {
		address := proxies.Address(c)
		near := proxies.Certain(c) && (address.IsLoopback() || networks.Contain(address))
		if near || config.MetricsToken != "" && guard.Bears(c, config.MetricsToken) {
			return metrics(c)
		}
		return fault.New(fault.NotFound, "")
	}
}
