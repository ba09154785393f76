package mail

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// parameterised is the value of a Content-Type or a Content-Disposition (RFC 2045,
// 5.1). It is read by us and as loosely as programs write it: what stands in the
// name of a file is what a person looks for, and mime.ParseMediaType gives up at
// the first fault.
type parameterised struct {
	value string
	given []parameter
}

type parameter struct {
	name  string // in lower case
	value string
}

// readParameterised reads a value that has been unfolded. Its time grows with its
// length alone, whatever it holds (hazard 101).
func readParameterised(text string) parameterised {
	text = strings.TrimLeft(text, " \t;")
	end := strings.IndexAny(text, "; \t(")
	// Some programs leave the value out: "filename=x.pdf".
	if equals := strings.IndexByte(text, '='); end < 0 && equals >= 0 || equals >= 0 && equals < end {
		end = 0
	}
	if end < 0 {
		return parameterised{value: strings.ToLower(strings.Trim(text, `"' `))}
	}
	read := parameterised{value: strings.ToLower(strings.Trim(text[:end], `"' `))}
	for rest := text[end:]; rest != ""; {
		var one parameter
		if one, rest = nextParameter(rest); one.name != "" {
			read.given = append(read.given, one)
		}
	}
	return read
}

// nextParameter reads one name and its value.
func nextParameter(text string) (one parameter, rest string) {
	text = strings.TrimLeft(text, "; \t")
	end := strings.IndexAny(text, "=;")
	if end < 0 {
		return one, ""
	}
	name := strings.TrimSpace(text[:end])
	rest = text[end+1:]
	if text[end] == ';' {
		return one, rest
	}
	// Without the semicolon before it, a name follows what it does not belong to.
	one.name = strings.ToLower(name[strings.LastIndexAny(name, " \t\"")+1:])
	rest = strings.TrimLeft(rest, " \t")
	if strings.HasPrefix(rest, `"`) {
		if value, after, closed := quotedString(rest); closed {
			one.value = value
			return one, after
		}
		rest = rest[1:]
	}
	one.value, rest = plainValue(rest)
	return one, rest
}

// quotedString reads the quoted strings that text begins with; several in a row
// are one, as programs that fold a name write it. A backslash counts only before a
// quote or another one, since it also stands in Windows' paths.
func quotedString(text string) (value, rest string, closed bool) {
	var out strings.Builder
	rest = text
	for strings.HasPrefix(rest, `"`) {
		at := 1
		for at < len(rest) && rest[at] != '"' {
			if rest[at] == '\\' && at+1 < len(rest) && (rest[at+1] == '"' || rest[at+1] == '\\') {
				at++
			}
			out.WriteByte(rest[at])
			at++
		}
		if at >= len(rest) {
			// The quotation of a later string is not closed: the first stands.
			return out.String(), "", closed
		}
		closed = true
		rest = strings.TrimLeft(rest[at+1:], " \t")
		if strings.HasPrefix(rest, `"`) && strings.HasSuffix(out.String(), "?=") {
			out.WriteByte(' ')
		}
	}
	return out.String(), rest, true
}

// plainValue reads a value without quotes: up to the semicolon, with spaces, as
// some programs write the name of a file. What follows that semicolon and is no
// parameter belongs to the value still.
func plainValue(text string) (value, rest string) {
	end := strings.IndexByte(text, ';')
	for end >= 0 {
		next := strings.IndexAny(text[end+1:], "=;")
		if next < 0 || text[end+1+next] == '=' {
			break
		}
		end += 1 + next
	}
	if end < 0 {
		return strings.TrimSpace(text), ""
	}
	if !strings.ContainsRune(text[end:], '=') {
		return strings.TrimRight(text, " \t;"), ""
	}
	return strings.TrimRight(text[:end], " \t;"), text[end:]
}

// get returns a parameter, "" when it is not given: the one with its own set of
// characters first, then the one in pieces, then the plain one (RFC 2231; RFC 6266,
// 4.3 has that order).
func (p parameterised) get(name string) string {
	var plain, extended string
	var pieces []piece
	for _, one := range p.given {
		suffix, isOf := strings.CutPrefix(one.name, name)
		switch {
		case !isOf || one.value == "":
		case suffix == "":
			plain = cmp.Or(plain, one.value)
		case suffix == "*":
			extended = cmp.Or(extended, decodeExtended([]piece{{text: one.value, isEncoded: true}}))
		case suffix[0] == '*':
			number, isEncoded := strings.CutSuffix(suffix[1:], "*")
			if at, err := strconv.Atoi(number); err == nil && at >= 0 {
				pieces = append(pieces, piece{at: at, text: one.value, isEncoded: isEncoded})
			}
		}
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.at - b.at })
	pieces = slices.CompactFunc(pieces, func(a, b piece) bool { return a.at == b.at })
	if len(pieces) > 0 && pieces[0].at <= 1 {
		extended = cmp.Or(extended, decodeExtended(pieces))
	}
	return cmp.Or(extended, plain)
}

// piece is a section of a parameter's value (RFC 2231, 3).
type piece struct {
	at        int
	text      string
	isEncoded bool
}

// decodeExtended joins pieces, which are in order, and decodes them. The first
// names the set of characters; where it does not, the bytes tell.
func decodeExtended(pieces []piece) string {
	charset := ""
	if first := pieces[0].text; pieces[0].isEncoded {
		if named, rest, found := strings.Cut(first, "'"); found {
			if _, value, found := strings.Cut(rest, "'"); found {
				charset, pieces[0].text = named, value
			}
		}
	}
	var joined bytes.Buffer
	anyEncoded := false
	for _, one := range pieces {
		anyEncoded = anyEncoded || one.isEncoded
		if one.isEncoded {
			joined.Write(unescapePercent(one.text))
		} else {
			joined.WriteString(one.text)
		}
	}
	if !anyEncoded {
		return joined.String()
	}
	text, _ := decodeCharset(joined.Bytes(), charset)
	return text
}

// unescapePercent decodes %XX and leaves what is no such thing.
func unescapePercent(text string) []byte {
	out := make([]byte, 0, len(text))
	for at := 0; at < len(text); at++ {
		if text[at] == '%' && at+2 < len(text) {
			if high, low := hexDigit(text[at+1]), hexDigit(text[at+2]); high < 16 && low < 16 {
				out = append(out, high<<4|low)
				at += 2
				continue
			}
		}
		out = append(out, text[at])
	}
	return out
}

// hexDigit returns a digit's value, or 255.
func hexDigit(digit byte) byte {
	switch {
	case digit >= '0' && digit <= '9':
		return digit - '0'
	case digit >= 'a' && digit <= 'f':
		return digit - 'a' + 10
	case digit >= 'A' && digit <= 'F':
		return digit - 'A' + 10
	}
	return 255
}
