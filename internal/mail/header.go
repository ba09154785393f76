package mail

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jhillyerd/enmime/v2"

	"frontdesk/internal/address"
)

// readHeader fills in what the header says.
func (p *Parsed) readHeader(header fields) {
	p.Subject = p.decodeLine(header.first("subject"))
	if from := addresses(header["from"]); len(from) > 0 {
		p.From = from[0]
	}
	p.ReplyTo, p.To, p.Cc = addresses(header["reply-to"]), addresses(header["to"]), addresses(header["cc"])
	p.MessageID = first(messageIDs(header.first("message-id")))
	answered := messageIDs(strings.Join(header["in-reply-to"], " "))
	p.InReplyTo, p.References = first(answered), messageIDs(strings.Join(header["references"], " "))
	p.References = append(missing(answered, p.References), p.References...)
	p.Automatic = IsAutomatic(header.first)
	p.Origin = originOf(header, p.From)
	// A mail server that signs as <MAILER-DAEMON> is no sign of damage.
	if p.From.Address == "" && p.Origin != OriginProgram {
		p.flag(BrokenSender)
	}
	date, err := parseDate(header.first("date"))
	if err != nil {
		p.flag(BrokenDate)
	}
	p.Date = date
}

// decodeLine decodes a value that a person reads, and flags it where its letters
// were guessed.
func (p *Parsed) decodeLine(value string) string {
	decoded, sure := decodeWords(value)
	if !sure {
		p.flag(BrokenCharset)
	}
	return cleanLine(decoded)
}

func decodeLine(value string) string {
	decoded, _ := decodeWords(value)
	return cleanLine(decoded)
}

func parseDate(value string) (time.Time, error) {
	date, err := netmail.ParseDate(value)
	if err != nil || date.Year() < 1970 || date.Year() > 9999 {
		return time.Time{}, netmail.ErrHeaderNotPresent
	}
	return date, nil
}

// addresses reads the addresses of a header's values. A value that is not in
// form gives the addresses that can be seen in it, or else itself as a name.
func addresses(values []string) []Address {
	var found []Address
	for _, value := range values {
		if value == "" {
			continue
		}
		hidden, show := hideWords(value)
		list, err := enmime.ParseAddressList(hidden)
		// The library makes a list of an address that stands in a name.
		if err != nil || len(list) > 1 && !strings.ContainsAny(value, ",;") || anyHidden(list) {
			found = append(found, guessAddresses(value)...)
			continue
		}
		for _, address := range list {
			found = append(found, Address{Name: cleanLine(show(address.Name)), Address: cleanAddress(address.Address)})
		}
	}
	return found
}

// anyHidden reports whether an encoded word stands in an address itself, where none
// may stand.
func anyHidden(list []*netmail.Address) bool {
	return slices.ContainsFunc(list, func(one *netmail.Address) bool { return strings.Contains(one.Address, wordMark) })
}

var (
	looksLikeAddress = regexp.MustCompile(`[^\s<>()\[\],;:"@\\]{1,64}@[^\s<>()\[\],;:"@\\]{1,255}`)
	bracketed        = regexp.MustCompile(`<[^<>]*>`)
	messageID        = regexp.MustCompile(`<([^<>]+)>`)
)

func guessAddresses(value string) []Address {
	decoded := decodeLine(value)
	// What stands between < and > is the address; one within a name is not, lest a
	// name decide whom an answer goes to (hazard 65).
	where := strings.Join(bracketed.FindAllString(value, 100), " ")
	if !looksLikeAddress.MatchString(where) {
		where = decoded
	}
	var found []Address
	for _, match := range looksLikeAddress.FindAllString(where, 100) {
		found = append(found, Address{Address: cleanAddress(match)})
	}
	name := strings.Trim(strings.TrimSpace(bracketed.ReplaceAllString(decoded, "")), `"`)
	switch {
	case len(found) == 0:
		return []Address{{Name: cmp.Or(name, strings.Trim(decoded, "<> "))}}
	case len(found) == 1 && !strings.Contains(name, "@"):
		found[0].Name = name
	}
	return found
}

// cleanAddress gives an address in the form in which addresses are compared. A local part
// that needs its quotes keeps them: without them "mara b"@… is somebody else's.
func cleanAddress(written string) string { return quoteLocal(address.Canonical(cleanLine(written))) }

// dotAtom is a local part that stands without quotes (RFC 5322, 3.2.3; RFC 6532, 3.2).
var dotAtom = regexp.MustCompile("^[\\w!#$%&'*+/=?^`{|}~\\x{80}-\\x{10FFFF}-]+(?:\\.[\\w!#$%&'*+/=?^`{|}~\\x{80}-\\x{10FFFF}-]+)*$")

// quoteLocal writes an address as a header has it, with quotes where it needs them.
func quoteLocal(address string) string {
	at := strings.LastIndex(address, "@")
	if at < 0 || strings.HasPrefix(address, `"`) || dotAtom.MatchString(address[:at]) {
		return address
	}
	local := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(address[:at])
	return `"` + local + `"` + address[at:]
}

// longestID is how long an id may be that a header of ours repeats.
const longestID = 500

// messageIDs returns the ids of a header's value in order, each once (RFC 5322,
// 3.6.4). Programs that leave out the brackets write nothing but ids; where there are
// some, what stands outside of them is a phrase (4.5.4).
func messageIDs(value string) []string {
	matches := messageID.FindAllStringSubmatch(value, -1)
	if len(matches) == 0 {
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' || r == '<' || r == '>' }) {
			if strings.Contains(word, "@") || !strings.ContainsAny(strings.TrimSpace(value), " \t\r\n") {
				matches = append(matches, []string{word, word})
			}
		}
	}
	var ids []string
	seen := map[string]bool{}
	for _, match := range matches {
		id := cleanID(match[1])
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// cleanID gives an id in the form in which ids are compared: without the blanks at which
// programs fold it. One that is too long to be repeated is told from others by its hash,
// which, for the blank in it, no header of ours takes for an id.
func cleanID(id string) string {
	id = strings.Join(strings.Fields(cleanLine(id)), "")
	if len(id) > longestID {
		return fmt.Sprintf("long %x", sha256.Sum256([]byte(id)))
	}
	return id
}

// missing returns those of ids that are not among others.
func missing(ids, others []string) []string {
	known := make(map[string]bool, len(others))
	for _, other := range others {
		known[other] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return known[id] })
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// maxLineBytes bounds a header's value that is shown.
const maxLineBytes = 10_000

// cleanLine makes a header's value a line of valid text: control characters,
// and those that turn the direction of writing, which disguise file names
// (hazard 49), are left out.
func cleanLine(text string) string {
	if len(text) > maxLineBytes {
		text = text[:maxLineBytes]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.TrimSpace(text)
}
