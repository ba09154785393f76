package mail

import (
	"bytes"
	"strings"
)

// transferEncoding returns what a Content-Transfer-Encoding means: "base64",
// "quotedprintable", "uuencode", "" for as it stands, or something unknown. Quotes,
// encoded words, comments and what follows a semicolon are not part of it.
func transferEncoding(value string) string {
	value, _ = decodeWords(value)
	value = strings.TrimLeft(value, " \t\"';")
	if end := strings.IndexAny(value, ";,("); end >= 0 {
		value = value[:end]
	}
	switch name := squeezed(strings.ToLower(value)); name {
	case "", "7bit", "8bit", "binary", "7bits", "8bits", "none", "plain", "ascii", "utf8":
		return ""
	case "uuencode", "xuuencode", "uue", "xuue", "uuencoded":
		return "uuencode"
	case "quotedprintable", "qp", "quotedprintible", "quotedprintabel":
		return "quotedprintable"
	case "base64", "xbase64", "b64":
		return "base64"
	default:
		return name
	}
}

// base64Values are the values of base64's letters; 64 and above are none.
var base64Values = newBase64Values()

const (
	base64Space = 64
	base64Pad   = 65
	base64None  = 66
)

func newBase64Values() (values [256]byte) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for n := range values {
		values[n] = base64None
	}
	for n := range letters {
		values[letters[n]] = byte(n)
	}
	for _, space := range " \t\r\n" {
		values[space] = base64Space
	}
	values['='] = base64Pad
	return values
}

// decodeBase64 decodes what can be decoded: without padding, with padding in the
// middle, with a few other bytes between. rest is where a line of other text
// begins, such as the footer that some lists put beneath; sound is false where
// something else than base64 was found.
func decodeBase64(content []byte) (decoded, rest []byte, sound bool) {
	decoded = make([]byte, 0, len(content)/4*3+3)
	group := base64Group{}
	sound = true
	for offset := 0; offset < len(content); {
		line := content[offset:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		wrong := -1
		if !isBase64Line(line) {
			wrong, sound = firstWrong(line), false
		}
		if wrong >= 0 {
			decoded = group.end(group.take(decoded, line[:wrong]))
			return decoded, content[offset+wrong:], false
		}
		decoded = group.take(decoded, line)
		offset += len(line)
	}
	whole := group.count != 1
	return group.end(decoded), nil, sound && whole
}

// isBase64Line reports whether a line holds nothing but base64.
func isBase64Line(line []byte) bool {
	for _, c := range bytes.TrimSpace(line) {
		if base64Values[c] == base64None || base64Values[c] == base64Space {
			return false
		}
	}
	return true
}

// firstWrong returns where a line's text begins that is no base64, or -1 where no
// more than two bytes are wrong before the padding, as noise that is passed over.
func firstWrong(line []byte) int {
	first, count := -1, 0
	for n, c := range bytes.TrimRight(line, " \t\r\n") {
		if base64Values[c] == base64None || base64Values[c] == base64Space && n > 0 {
			count++
			if first < 0 {
				first = n
			}
		}
	}
	if count <= 2 && len(line) > 16 && !bytes.ContainsRune(line[:max(first, 0)], '=') {
		return -1
	}
	return first
}

// base64Group is the group of four letters that is being read.
type base64Group struct {
	bits  uint32
	count int
}

func (g *base64Group) take(decoded, letters []byte) []byte {
	for _, c := range letters {
		switch value := base64Values[c]; {
		case value < 64:
			g.bits = g.bits<<6 | uint32(value)
			if g.count++; g.count == 4 {
				decoded = append(decoded, byte(g.bits>>16), byte(g.bits>>8), byte(g.bits))
				*g = base64Group{}
			}
		case value == base64Pad:
			decoded = g.end(decoded)
		}
	}
	return decoded
}

// end gives the bytes of a group that is not full.
func (g *base64Group) end(decoded []byte) []byte {
	switch g.count {
	case 2:
		decoded = append(decoded, byte(g.bits>>4))
	case 3:
		decoded = append(decoded, byte(g.bits>>10), byte(g.bits>>2))
	}
	*g = base64Group{}
	return decoded
}

// decodeQuoted decodes quoted-printable (RFC 2045, 6.7). What is no escape stands
// for itself.
func decodeQuoted(content []byte) []byte {
	decoded := make([]byte, 0, len(content))
	for line := range bytes.Lines(content) {
		said := bytes.TrimRight(line, " \t\r\n")
		isSoft := bytes.HasSuffix(said, []byte("="))
		decoded = unescapeQuoted(decoded, bytes.TrimSuffix(said, []byte("=")), false)
		switch {
		case isSoft:
		case bytes.HasSuffix(line, []byte("\r\n")):
			decoded = append(decoded, "\r\n"...)
		case bytes.HasSuffix(line, []byte("\n")):
			decoded = append(decoded, '\n')
		}
	}
	return decoded
}

// unescapeQuoted appends a text with each "=XX" as its byte; in a header "_" is a
// space (RFC 2047, 4.2).
func unescapeQuoted(decoded, text []byte, inHeader bool) []byte {
	for at := 0; at < len(text); at++ {
		c := text[at]
		if c == '=' && at+2 < len(text) {
			if high, low := hexDigit(text[at+1]), hexDigit(text[at+2]); high < 16 && low < 16 {
				decoded = append(decoded, high<<4|low)
				at += 2
				continue
			}
		}
		if c == '_' && inHeader {
			c = ' '
		}
		decoded = append(decoded, c)
	}
	return decoded
}
