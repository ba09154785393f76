// Package search is how text is compared when somebody looks for it: what is stored and
// what is typed go through the same folding (hazard 114). The database has the same one,
// folded(text), for what it folds itself.
package search

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"frontdesk/internal/address"
	"frontdesk/internal/phone"
)

// maxSearchText is the column's, in characters.
const maxSearchText = 700

// maxTerms bounds what one search costs.
const maxTerms = 8

// ClientText returns what a client is found by: names and address as they are folded, and
// the phone's digits in international and national form, so that 0722 and +40 722 both
// find it. number is as package phone keeps it.
func ClientText(first, last, email, number string) string {
	words := append([]string{Fold(first), Fold(last), Fold(email)}, phone.Words(number)...)
	if shown := address.Shown(email); shown != email {
		words = append(words, Fold(shown))
	}
	text := []rune(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	return string(text[:min(len(text), maxSearchText)])
}

// Terms returns the parts of a search, folded, each of which a row must hold. A query
// that is nothing but a phone number is one term, however it is spaced.
func Terms(query string) []string {
	if number, ok := phone.Terms(query); ok {
		return number
	}
	return Words(query)
}

// Words returns the words of a search, folded, each of which a text must hold that has no
// telephone number: there digits are a date, a sum, an invoice. What hyphens join stays
// together: clinic-2 is not found in clinic-12.
func Words(query string) []string {
	words := []string{}
	for _, written := range strings.Fields(query) {
		if word := strings.Join(strings.Fields(Fold(written)), " "); word != "" {
			words = append(words, word)
		}
	}
	if query = strings.TrimSpace(query); len(words) == 0 && query != "" {
		return []string{query} // of marks that nothing is stored with: it finds nothing
	}
	return words[:min(len(words), maxTerms)]
}

// Phrase returns a search, folded, that a text must hold as it is: of a name, which is short.
func Phrase(query string) string { return strings.Join(strings.Fields(Fold(query)), " ") }

// apostrophes are all that stand for one in names, accents that stand alone among them:
// D’Angelo, D'Angelo and DAngelo are one name.
const apostrophes = "'`´‘’‛ʹʻʼʽʾʿˈ′‵΄᾽᾿"

// hyphens part a name like a space does. NFKD has taken those of other widths apart.
const hyphens = "-֊‐‒–—―⁃−"

// unseen are marks that come along when a text is copied.
const unseen = "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"

// withoutMarks has the letters that Unicode does not take apart into a plain one
// and a mark, and what is written between letters.
var withoutMarks = strings.NewReplacer(append(
	slices.Concat(each(apostrophes, ""), each(hyphens, " "), each(unseen, "")),
	"ł", "l", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h",
)...)

// accents are apostrophes that NFKD would make a space and a mark of.
var accents = strings.NewReplacer(each("´΄᾽᾿", "")...)

// each pairs the letters of a text with what stands for each of them.
func each(letters, replacement string) (pairs []string) {
	for _, letter := range letters {
		pairs = append(pairs, string(letter), replacement)
	}
	return pairs
}

// Fold returns a text without case, diacritics and apostrophes, with a space for each
// hyphen. A transformer keeps state, so each call makes its own.
func Fold(text string) string {
	folding := transform.Chain(norm.NFKD, cases.Fold(), runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	folded, _, err := transform.String(folding, accents.Replace(text))
	if err != nil {
		// None of these refuses any text; the text itself still finds itself.
		folded = strings.ToLower(text)
	}
	return withoutMarks.Replace(folded)
}
