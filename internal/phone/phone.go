// Package phone reads telephone numbers as people write them, and writes them as people
// read them. What is kept is E.164, with the extension behind it as RFC 3966 has it:
// "+40722123456;ext=15".
package phone

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// extension is how people and RFC 3966 write one behind a number. The library would take
// any letters for the digits that share their keys (0722ABCDEF), and cut off what it does
// not know (hazard 115); so letters are read here, and it gets none.
var extension = regexp.MustCompile(`(?i)^(.*?)[\s,;(-]*(?:;ext=|extension|extensia|ext|interiorul|interior|int|доб|poste|x|#)[\s.:=]*([0-9]{1,7})\)?$`)

// scheme is what a link begins with that dials a number.
var scheme = regexp.MustCompile(`(?i)^(?:tel|callto|sms):(?://)?`)

// Parse reads a number as a person types it or copies it, in national form of the country
// (ISO 3166-1 alpha-2) or with its country's code, and returns it as it is kept. ok is
// false when no such number can exist, or when something stands in it that is no part of
// one.
func Parse(text, country string) (kept string, ok bool) {
	number, extension, ok := split(text)
	if !ok {
		return "", false
	}
	parsed, err := phonenumbers.Parse(number, country)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", false
	}
	kept = phonenumbers.Format(parsed, phonenumbers.E164)
	if extension != "" {
		kept += ";ext=" + extension
	}
	return kept, true
}

// Format returns a kept number as people of the country write it, and numbers of other
// countries in international form. What is not a number comes back as it is.
func Format(kept, country string) string {
	number, err := phonenumbers.Parse(kept, country)
	if err != nil {
		return kept
	}
	if country != "" && phonenumbers.GetRegionCodeForNumber(number) == country {
		return phonenumbers.Format(number, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Words returns the digits by which a kept number is found, however it was written: in
// international form, as it is dialled inside its own country, and the extension.
func Words(kept string) []string {
	number, extension, _ := strings.Cut(kept, ";ext=")
	words := []string{digits(number)}
	if parsed, err := phonenumbers.Parse(number, ""); err == nil {
		words = append(words, digits(phonenumbers.Format(parsed, phonenumbers.NATIONAL)))
	}
	return append(words, extension)
}

// Terms returns what a search for nothing but a number looks for among Words: the digits,
// and the extension if there is one. ok is false for any other text. Part of a number is
// one as well.
func Terms(query string) (terms []string, ok bool) {
	number, extension, ok := split(query)
	if !ok || digits(number) == "" {
		return nil, false
	}
	terms = []string{international(number)}
	if extension != "" {
		terms = append(terms, extension)
	}
	return terms, true
}

// international returns a number's digits, without the zero of a national form that people
// write behind the country's code. 00 before the code means the same as +.
func international(number string) string {
	found := digits(strings.ReplaceAll(number, "(0)", ""))
	abroad, isAbroad := strings.CutPrefix(found, "00")
	if !isAbroad && !strings.HasPrefix(number, "+") {
		return found
	}
	if parsed, err := phonenumbers.Parse("+"+abroad, ""); err == nil && phonenumbers.IsValidNumber(parsed) {
		return strings.TrimPrefix(phonenumbers.Format(parsed, phonenumbers.E164), "+")
	}
	return abroad
}

// split returns the digits and signs of a number, and its extension; ok is false where
// anything else stands in the text. Marks that do not show come along when a number is
// copied, and are none.
func split(text string) (number, extended string, ok bool) {
	text = scheme.ReplaceAllString(strings.TrimSpace(plain(text)), "")
	if parts := extension.FindStringSubmatch(text); parts != nil {
		text, extended = parts[1], parts[2]
	}
	text = strings.TrimSpace(text)
	for _, r := range text {
		if !strings.ContainsRune("0123456789 +-./()", r) {
			return "", "", false
		}
	}
	return text, extended, true
}

// plain returns a text with the digits, spaces and hyphens of ASCII in place of those of
// other scripts and widths.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			return -1
		case unicode.Is(unicode.Nd, r):
			return digit(r)
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Pd, r) || r == '−':
			return '-'
		}
		return r
	}, norm.NFKC.String(text))
}

// digit returns the ASCII digit of one of any script: each has its ten in a row, beginning
// with zero (Unicode, 4.6).
func digit(r rune) rune {
	zero := r
	for zero > 0 && r-zero < 9 && unicode.Is(unicode.Nd, zero-1) {
		zero--
	}
	return '0' + r - zero
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
