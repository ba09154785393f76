package mail

import (
	"bytes"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding/charmap"
)

// fields holds header fields by their name in lower case, unfolded and not yet
// decoded, in the order of the message. Our own reader and not net/mail's or
// enmime's, because those give up on a header that is out of form, and such a
// message is kept and shown as well (hazard 61).
type fields map[string][]string

func (f fields) first(name string) string {
	if values := f[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// splitHeader returns the fields of a message's header and its body.
func splitHeader(raw []byte, parsed *Parsed) (fields, []byte) {
	header, body := cutHeader(raw)
	if len(header) > maxHeaderBytes {
		parsed.flag(BrokenHeader)
		header = header[:maxHeaderBytes]
	}
	if bytes.IndexByte(header, 0) >= 0 {
		parsed.flag(BrokenNul)
	}
	found := fields{}
	var name string
	for line := range bytes.Lines(header) {
		text := decodeText(bytes.TrimRight(line, "\r\n"))
		if text != "" && (text[0] == ' ' || text[0] == '\t') && name != "" {
			values := found[name]
			values[len(values)-1] += " " + strings.TrimSpace(text)
			continue
		}
		before, value, isField := strings.Cut(text, ":")
		name = strings.ToLower(strings.TrimSpace(before))
		if !isField || name == "" || strings.ContainsAny(name, " \t") {
			name = ""
			parsed.flag(BrokenHeader)
			continue
		}
		found[name] = append(found[name], strings.TrimSpace(value))
	}
	return found, body
}

// cutHeader parts a message at its first empty line.
func cutHeader(raw []byte) (header, body []byte) {
	for offset := 0; offset < len(raw); {
		end := bytes.IndexByte(raw[offset:], '\n')
		if end < 0 {
			return raw, nil
		}
		line := raw[offset : offset+end]
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return raw[:offset], raw[offset+end+1:]
		}
		offset += end + 1
	}
	return raw, nil
}

// decodeText gives bytes of an unknown set of characters as text: UTF-8 where
// that is what they are, else Windows-1252, which gives every byte something.
func decodeText(content []byte) string {
	if utf8.Valid(content) {
		return string(content)
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(content)
	if err != nil {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	return string(decoded)
}

// readHeader fills in what the header says.
func (p *Parsed) readHeader(header fields) {
	p.Subject = cleanLine(enmime.DecodeRFC2047(header.first("subject")))
	if from := addresses(header["from"]); len(from) > 0 {
		p.From = from[0]
	}
	if p.From.Address == "" {
		p.flag(BrokenSender)
	}
	p.ReplyTo, p.To, p.Cc = addresses(header["reply-to"]), addresses(header["to"]), addresses(header["cc"])
	p.MessageID = first(messageIDs(header.first("message-id")))
	p.InReplyTo = first(messageIDs(header.first("in-reply-to")))
	p.References = messageIDs(strings.Join(header["references"], " "))
	p.Automatic = IsAutomatic(header.first)
	date, err := parseDate(header.first("date"))
	if err != nil {
		p.flag(BrokenDate)
	}
	p.Date = date
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
		list, err := enmime.ParseAddressList(value)
		// The library makes a list of an address that stands in a name.
		if err != nil || len(list) > 1 && !strings.ContainsAny(value, ",;") {
			found = append(found, guessAddresses(value)...)
			continue
		}
		for _, address := range list {
			found = append(found, Address{Name: cleanLine(address.Name), Address: cleanAddress(address.Address)})
		}
	}
	return found
}

var (
	looksLikeAddress = regexp.MustCompile(`[^\s<>()\[\],;:"@\\]{1,64}@[^\s<>()\[\],;:"@\\]{1,255}`)
	bracketed        = regexp.MustCompile(`<[^<>]*>`)
	messageID        = regexp.MustCompile(`<([^<>\s]{1,500})>`)
)

func guessAddresses(value string) []Address {
	decoded := cleanLine(enmime.DecodeRFC2047(value))
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
		return []Address{{Name: name}}
	case len(found) == 1 && !strings.Contains(name, "@"):
		found[0].Name = name
	}
	return found
}

// cleanAddress gives an address in the form in which addresses are compared.
func cleanAddress(address string) string {
	return strings.ToLower(strings.ReplaceAll(cleanLine(address), " ", ""))
}

// messageIDs returns the ids of a header's value in order, each once (RFC 5322,
// 3.6.4).
func messageIDs(value string) []string {
	var ids []string
	seen := map[string]bool{}
	for _, match := range messageID.FindAllStringSubmatch(value, 1000) {
		id := cleanLine(match[1])
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
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
