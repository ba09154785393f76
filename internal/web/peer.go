package web

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Peers are networks: of our own proxies, where nothing else is said.
type Peers []netip.Prefix

// Address is the address of the person who asks: the connection's, or, when that
// is one of our proxies, the last one in X-Forwarded-For that is not. What stands
// before it was written by whoever asked, and is ignored (hazard 74).
func (p Peers) Address(c *fiber.Ctx) netip.Addr {
	address, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return netip.Addr{}
	}
	address = address.Unmap()
	hops := strings.Split(strings.Join(c.GetReqHeaders()[fiber.HeaderXForwardedFor], ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Contain(address); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = next.Unmap().WithZone("") // the database knows no zones
	}
	return address
}

// Certain reports whether Address is who asks: false where the request came through a
// proxy that is not ours, and so seems to come from the proxy's own machine.
func (p Peers) Certain(c *fiber.Ctx) bool {
	direct, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	return ok && (p.Contain(direct.Unmap()) || c.Get(fiber.HeaderXForwardedFor) == "" && c.Get(fiber.HeaderForwarded) == "" && c.Get(fiber.HeaderVia) == "")
}

// Contain reports whether one of the networks holds the address.
func (p Peers) Contain(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}
