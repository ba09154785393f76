package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Peers are the networks of our own proxies.
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
	for i := len(hops) - 1; i >= 0 && p.contain(address); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = next.Unmap().WithZone("") // the database knows no zones
	}
	return address
}

func (p Peers) contain(address netip.Addr) bool {
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
