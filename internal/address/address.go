// Package address has the one form in which e-mail addresses are kept and compared
// (hazard 116).
package address

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Canonical returns an address in lower case, with its domain as DNS and mail know it:
// ana@müller.de is ana@xn--mller-kva.de, which is also what Chromium makes of it in a field
// for addresses. A domain that can be none, of which nothing is known here, stays as it is.
func Canonical(text string) string {
	text = norm.NFC.String(strings.ToLower(text))
	at := strings.LastIndex(text, "@")
	if at < 0 || isASCII(text[at:]) || len(text)-at > maxDomain {
		return text
	}
	domain, err := idna.Lookup.ToASCII(text[at+1:])
	if err != nil {
		return text
	}
	return text[:at+1] + domain
}

// Shown returns an address with its domain as people write it: for a search, and not for
// a page, on which a domain could look like another one.
func Shown(canonical string) string {
	at := strings.LastIndex(canonical, "@")
	if at < 0 || !strings.Contains(canonical[at:], "xn--") {
		return canonical
	}
	domain, err := idna.Lookup.ToUnicode(canonical[at+1:])
	if err != nil {
		return canonical
	}
	return canonical[:at+1] + domain
}

// maxDomain is in bytes, and more than any domain has (RFC 1035, 2.3.4): a stranger's text
// may be longer.
const maxDomain = 1000

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
}
