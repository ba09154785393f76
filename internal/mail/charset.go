package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

var utf8Mark = []byte("\xef\xbb\xbf")

// charset is a set of characters that text can be in.
type charset struct {
	kind charsetKind
	// single reads a set with a byte for each letter, encoding any other; both are nil
	// where the kind says all.
	single   *charmap.Charmap
	encoding encoding.Encoding
	// windows is Microsoft's set for the same languages, whose quotation marks and
	// other characters stand where an ISO set has none.
	windows *charmap.Charmap
}

type charsetKind int

const (
	kindNone   charsetKind = iota // none is declared, or ASCII, or a name that says nothing
	kindUTF8                      // UTF-8
	kindLatin                     // what programs declare that know no other
	kindSingle                    // another with a byte for each letter
	kindDouble                    // Chinese, Japanese or Korean, with two bytes for a letter
	kindKOI                       // KOI8
	kindWide                      // UTF-16 and UTF-32
	kindOther                     // all others: never taken for UTF-8
	kindUTF7
	kindKorean  // ISO-2022-KR
	kindChinese // ISO-2022-CN
)

// decodeCharset gives bytes as text: in the set of characters that is declared,
// unless the bytes prove another; without one, in what they prove, else in
// Windows-1252, which gives every byte something. sure is false where a person
// should know that the letters were guessed, or that some are lost.
func decodeCharset(content []byte, declared string) (text string, sure bool) {
	named, known := charsetNamed(declared)
	if marked, isMarked := bytes.CutPrefix(content, utf8Mark); isMarked && utf8.Valid(marked) {
		return string(marked), true
	}
	switch named.kind {
	case kindNone:
		text, sure = decodeUndeclared(content, declared != "")
	case kindUTF8:
		text, sure = decodeUTF8(content)
	case kindLatin, kindSingle, kindKOI:
		text, sure = decodeSingle(content, named)
	case kindUTF7:
		text, sure = decodeUTF7(content)
	case kindKorean, kindChinese:
		text, sure = decodeShifted(content, named.encoding)
	case kindWide:
		// A text of several lines or words in it holds bytes of zero.
		if utf8.Valid(content) && bytes.IndexByte(content, 0) < 0 && bytes.ContainsAny(content, " \n") {
			return string(content), false
		}
		text, sure = decodeOther(content, named.encoding)
	case kindDouble:
		if provesUTF8(content, kindDouble) {
			return string(content), false
		}
		text, sure = decodeOther(content, named.encoding)
	default:
		text, sure = decodeOther(content, named.encoding)
	}
	return text, sure && known
}

// decodeRaw gives bytes of a header as text: UTF-8 (RFC 6532) unless they prove
// something else.
func decodeRaw(content []byte) string {
	text, _ := decodeUndeclared(content, false)
	return text
}

// decodeUndeclared reads what claims to be ASCII, or nothing.
func decodeUndeclared(content []byte, isDeclared bool) (text string, sure bool) {
	switch {
	case isSevenBit(content):
		if shifted := shiftedEncoding(content); shifted.kind != kindNone {
			return decodeOtherOrShifted(content, shifted)
		}
		return string(content), true
	case utf8.Valid(content):
		return string(content), !isDeclared
	case looksUTF16(content):
		return decodeOther(content, utf16Marked)
	}
	text, _ = decodeUTF8(content)
	return text, false
}

func decodeOtherOrShifted(content []byte, named charset) (string, bool) {
	if named.kind == kindKorean || named.kind == kindChinese {
		return decodeShifted(content, named.encoding)
	}
	return decodeOther(content, named.encoding)
}

func isSevenBit(content []byte) bool {
	for _, c := range content {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// looksUTF16 reports whether text begins with the mark of UTF-16, which no other
// text does.
func looksUTF16(content []byte) bool {
	return len(content)%2 == 0 && (bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")))
}

// decodeUTF8 reads UTF-8 line by line, so that a text in another set that somebody
// has put beneath, or one cut character, spoils no more than it must: in a line
// with more that is wrong than right the bytes are Windows-1252.
func decodeUTF8(content []byte) (text string, sure bool) {
	if utf8.Valid(content) {
		return string(content), true
	}
	var out strings.Builder
	out.Grow(len(content) + len(content)/8)
	right, _ := countUTF8(content)
	for line := range bytes.Lines(content) {
		inLine, wrong := countUTF8(line)
		switch {
		case wrong == 0:
			out.Write(line)
		case inLine >= wrong, inLine == 0 && wrong == 1 && right > 0 && endsCut(line):
			out.WriteString(strings.ToValidUTF8(string(line), "\uFFFD"))
		default:
			out.WriteString(decodeWindows(line))
		}
	}
	return out.String(), false
}

// endsCut reports whether a text ends within a character.
func endsCut(content []byte) bool {
	content = bytes.TrimRight(content, "\r\n")
	for n := 1; n <= 3 && n <= len(content); n++ {
		if tail := content[len(content)-n:]; utf8.RuneStart(tail[0]) {
			return !utf8.FullRune(tail)
		}
	}
	return false
}

// countUTF8 counts the characters of several bytes, and the places where bytes are
// none.
func countUTF8(content []byte) (right, wrong int) {
	wasWrong := false
	for len(content) > 0 {
		if content[0] < utf8.RuneSelf {
			content, wasWrong = content[1:], false
			continue
		}
		r, size := utf8.DecodeRune(content)
		isWrong := r == utf8.RuneError && size == 1
		if isWrong && !wasWrong {
			wrong++
		}
		if !isWrong {
			right++
		}
		content, wasWrong = content[size:], isWrong
	}
	return right, wrong
}

func decodeWindows(content []byte) string {
	text, err := charmap.Windows1252.NewDecoder().Bytes(content)
	if err != nil {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	return string(text)
}

// decodeSingle reads a set with a byte for each letter.
func decodeSingle(content []byte, named charset) (text string, sure bool) {
	if provesUTF8(content, named.kind) {
		return string(content), false
	}
	var out strings.Builder
	out.Grow(len(content))
	sure = true
	for _, c := range content {
		r := named.single.DecodeByte(c)
		if named.windows != nil && c >= 0x80 && c <= 0x9F {
			r, sure = named.windows.DecodeByte(c), false
		}
		sure = sure && r != utf8.RuneError
		out.WriteRune(r)
	}
	return out.String(), sure
}

// provesUTF8 reports whether text that is declared to be in another set is UTF-8 for
// sure. Where a byte is a letter, three characters prove it, for no language writes
// the pairs of a capital and a sign that they would otherwise be; of one or two in
// Latin-1, those that people write. Where two bytes are a letter, one letter in
// three could be UTF-8 as well, and so more are asked for.
func provesUTF8(content []byte, kind charsetKind) bool {
	if isSevenBit(content) || !utf8.Valid(content) {
		return false
	}
	several, wide, usual := 0, 0, true
	for _, r := range string(content) {
		if r < utf8.RuneSelf {
			continue
		}
		several++
		if r >= 0x800 {
			wide++
		}
		usual = usual && isUsual(r)
	}
	switch kind {
	case kindDouble:
		return several >= 12 || wide >= 3
	case kindKOI:
		return countBoxes(content) >= 3
	}
	return several >= 3 || kind == kindLatin && usual
}

// countBoxes counts the bytes that KOI8 draws boxes with. Its Ukrainian letters stand
// among them, so that whole words in it can be UTF-8 as well.
func countBoxes(content []byte) (count int) {
	for _, c := range content {
		if c >= 0x80 && c <= 0xBF && bytes.IndexByte([]byte("\xA3\xA4\xA6\xA7\xAD\xB3\xB4\xB6\xB7\xBD"), c) < 0 {
			count++
		}
	}
	return count
}

// isUsual reports whether a character is of a language or sign that a mail that
// claims to be Latin-1 may hold instead: not the phonetic letters and the like that
// a capital before a quotation mark or a hard space would be.
func isUsual(r rune) bool {
	return r >= 0xC0 && r < 0x180 || r >= 0x218 && r <= 0x21B || r >= 0x391 && r <= 0x44F || r >= 0x1E00
}

// decodeOther reads a set with several bytes for a letter.
func decodeOther(content []byte, of encoding.Encoding) (text string, sure bool) {
	decoded, err := of.NewDecoder().Bytes(content)
	if err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
		return string(decoded), true
	}
	if !isSevenBit(content) && utf8.Valid(content) {
		return string(content), false
	}
	if err != nil {
		return decodeWindows(content), false
	}
	return string(decoded), false
}
