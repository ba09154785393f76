// Package search is how text is compared when somebody looks for it: what is stored and
// what is typed go through the same folding (hazard 114). The database has the same one,
// folded(text), for what it folds itself.
package search

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// maxSearchText is the column's, in characters.
const maxSearchText = 700

// maxTerms bounds what one search costs.
const maxTerms = 8

// ClientText returns what a client is found by: names and address without case
// and diacritics, and the phone's digits in international and national form, so
// that 0722 and +40 722 both find it. phone is E.164.
func ClientText(first, last, email, phone string) string {
	words := []string{Fold(first), Fold(last), Fold(email), digits(phone), nationalDigits(phone)}
	text := []rune(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	return string(text[:min(len(text), maxSearchText)])
}

// Terms returns the parts of a search, folded, each of which a row must hold. A query
// that is nothing but a phone number is one term, however it is spaced.
func Terms(query string) []string {
	if number, ok := phoneTerm(query); ok {
		return []string{number}
	}
	return Words(query)
}

// Words returns the words of a search, folded, each of which a text must hold that has no
// telephone number: there digits are a date, a sum, an invoice.
func Words(query string) []string {
	words := strings.Fields(Fold(query))
	return words[:min(len(words), maxTerms)]
}

// phoneTerm returns the digits of a query that holds only what a phone number is
// written with; 00 before a country's code means the same as +.
func phoneTerm(query string) (string, bool) {
	for _, r := range query {
		if !unicode.IsDigit(r) && !strings.ContainsRune(" +-./()\u00a0", r) {
			return "", false
		}
	}
	number := digits(query)
	return strings.TrimPrefix(number, "00"), number != ""
}

// withoutMarks has the letters that Unicode does not take apart into a plain one
// and a mark.
var withoutMarks = strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h")

// Fold returns a text without case and diacritics. A transformer keeps state, so
// each call makes its own.
func Fold(text string) string {
	folding := transform.Chain(norm.NFKD, cases.Fold(), runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	folded, _, err := transform.String(folding, text)
	if err != nil {
		// None of these refuses any text; the text itself still finds itself.
		folded = strings.ToLower(text)
	}
	return withoutMarks.Replace(folded)
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// nationalDigits is how the number is dialled inside its own country, or "".
func nationalDigits(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	return digits(phonenumbers.Format(number, phonenumbers.NATIONAL))
}
