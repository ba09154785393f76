package password

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normal is the form in which a password is hashed: letters composed, and the spaces of
// other widths as the usual one (RFC 8265, 4.2: OpaqueString). What is typed the same on two
// keyboards is the same password, however their systems put a letter and its mark.
func Normal(password string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password))
}

// forms are those in which a password may have been hashed: as it is now, as it was typed
// then if it was typed in the same way, and in the other forms of Unicode, of which a system
// may have sent any before Normal was (hazard 116). Of ASCII all are one.
func forms(password string) []string {
	all := []string{Normal(password)}
	for _, form := range []string{password, norm.NFC.String(password), norm.NFD.String(password), norm.NFKC.String(password)} {
		if !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	return all
}
