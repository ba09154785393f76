package outbound

import "net/netip"

// globalUnicast is the only part of IPv6 that is handed out to the internet; all
// else (loopback, unique local, link-local, multicast, IPv4-mapped, NAT64) lies
// outside it (IANA IPv6 Address Space).
var globalUnicast = netip.MustParsePrefix("2000::/3")

// reserved lists what is not a public host: IANA's IPv4 and IPv6 special-purpose
// address registries (RFC 6890). The IPv6 entries lie inside globalUnicast and
// carry an IPv4 address or lead to no host.
var reserved = parsePrefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by carriers (CGNAT)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, clouds' metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast
	"2001::/23",       // protocol assignments, Teredo among them
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4, which embeds an IPv4 address
	"3fff::/20",       // documentation
)

// isPublic reports whether address is a host on the internet. An IPv4 address
// written as IPv6 (::ffff:127.0.0.1) is judged as what it stands for.
func isPublic(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if address.Is6() && !globalUnicast.Contains(address) {
		return false
	}
	for _, prefix := range reserved {
		if prefix.Contains(address) {
			return false
		}
	}
	return address.IsValid()
}

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}
