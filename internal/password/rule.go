package password

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
)

// The length of a password, in characters. None is ever cut short.
const (
	MinLength = 12
	MaxLength = 128
)

// easilyGuessed is how many guesses a password must be beyond: what somebody
// tries in a few days against a sign-in page that makes them wait.
const easilyGuessed = 1e9

// product is what a password here must not be made of either.
const product = "frontdesk"

// About is what others know of the person who chooses a password.
type About struct{ Clinic, Name, Email string }

// local is what stands before the @ of the address.
func (a About) local() string {
	local, _, _ := strings.Cut(a.Email, "@")
	return local
}

// Check returns the catalog key of what is wrong with a new password, or "".
//
// Whether it is common is asked of zxcvbn (MIT licence), whose module brings the
// lists: 30,000 passwords by frequency (from the data set of Mark Burnett), names
// and English words. It finds them also behind capitals, digits, leetspeak, rows
// of the keyboard and repetitions, which a list alone would let pass: nearly all
// common passwords are shorter than MinLength until somebody adds a year.
func Check(password string, about About) string {
	if !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		return "field.characters"
	}
	password = Normal(password)
	switch length := utf8.RuneCountInString(password); {
	case length < MinLength:
		return "field.password_short"
	case length > MaxLength:
		return "field.password_long"
	case holdsName(password, about):
		return "field.password_personal"
	case zxcvbn.PasswordStrength(password, nil).Guesses <= easilyGuessed:
		return "field.password_common"
	case littleElse(password, about):
		return "field.password_personal"
	}
	return ""
}

const (
	// tellingLength is how long a name must be for a password not to hold it: a
	// shorter one stands by chance in many words.
	tellingLength = 4
	// ownLength is how many letters and digits must be left of a password when
	// everything that others know is taken out.
	ownLength = 8
)

// holdsName reports whether the clinic's or the person's name, or the start of
// their address, stands in the password.
func holdsName(password string, about About) bool {
	folded := fold(password)
	for _, name := range []string{about.Clinic, about.Name, about.local()} {
		if name = fold(name); utf8.RuneCountInString(name) >= tellingLength && strings.Contains(folded, name) {
			return true
		}
	}
	return false
}

// littleElse reports whether the password is hardly more than parts of those names
// or the product's.
func littleElse(password string, about About) bool {
	folded := fold(password)
	rest := folded
	for _, word := range append(words(about.Clinic+" "+about.Name+" "+about.local()), product) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	return rest != folded && utf8.RuneCountInString(rest) < ownLength
}

// fold keeps the letters and digits, in lower case.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// words are the parts of a name that are long enough to mean something.
func words(text string) (found []string) {
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, word := range strings.FieldsFunc(text, apart) {
		if utf8.RuneCountInString(word) > 2 {
			found = append(found, strings.ToLower(word))
		}
	}
	return found
}
