package web

import (
	"strings"
	"unicode"
)

// blanks are letters and symbols by Unicode's reckoning of which nothing shows.
const blanks = "\u115f\u1160\u2800\u3164\uffa0"

// isSeen is true for what shows on a page. Marks alone do not: they stand on a letter.
func isSeen(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsPunct(r) || unicode.IsSymbol(r)) && !strings.ContainsRune(blanks, r)
}

// isUnseen is true for what does not show, spaces among it: it would make two
// addresses that look the same.
func isUnseen(r rune) bool { return !isSeen(r) && !unicode.IsMark(r) }

// misleads is true for what makes a line read as another than it is: control
// characters, and those that turn the direction of what follows, also beyond the end
// of a name. Scripts that run from right to left need none of them; the joiners that
// some do need are let through.
func misleads(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}
