package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Sets of characters that are written with seven bits and tell by escapes which
// letters follow.

const (
	shiftOut = 0x0E
	shiftIn  = 0x0F
	escape   = 0x1B
)

// shiftedEncoding returns the set whose escapes an ASCII text holds. They stand in
// no other text.
func shiftedEncoding(content []byte) charset {
	for at := bytes.IndexByte(content, escape); at >= 0 && at+3 < len(content); {
		switch after := content[at+1:]; {
		case bytes.HasPrefix(after, []byte("$)C")):
			return charset{kind: kindKorean, encoding: korean.EUCKR}
		case bytes.HasPrefix(after, []byte("$)A")):
			return charset{kind: kindChinese, encoding: simplifiedchinese.GBK}
		case bytes.HasPrefix(after, []byte("$B")), bytes.HasPrefix(after, []byte("$@")):
			return charset{kind: kindOther, encoding: japanese.ISO2022JP}
		}
		next := bytes.IndexByte(content[at+1:], escape)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return charset{}
}

// decodeShifted reads ISO-2022-KR (RFC 1557), or of ISO-2022-CN (RFC 1922) the
// letters of GB 2312: between a shift out and a shift in, or the line's end, two
// bytes are a letter, the same two that have the high bit in of.
func decodeShifted(content []byte, of encoding.Encoding) (text string, sure bool) {
	eight := make([]byte, 0, len(content))
	isOut, sure := false, true
	for at := 0; at < len(content); at++ {
		switch c := content[at]; {
		case c == escape && at+3 < len(content) && (content[at+1] == '$'):
			sure = sure && content[at+2] == ')' && (content[at+3] == 'C' || content[at+3] == 'A')
			at += 3
		case c == shiftOut:
			isOut = true
		case c == shiftIn:
			isOut = false
		case c == '\n':
			isOut = false
			eight = append(eight, c)
		case isOut && c > ' ' && c < 0x7F:
			eight = append(eight, c|0x80)
		default:
			eight = append(eight, c)
		}
	}
	text, isWhole := decodeOther(eight, of)
	return text, sure && isWhole
}

// utf7Base64 is base64 as UTF-7 has it, without padding.
var utf7Base64 = base64.StdEncoding.WithPadding(base64.NoPadding)

// decodeUTF7 reads UTF-7 (RFC 2152): what stands between "+" and the first
// character that is no base64 is UTF-16.
func decodeUTF7(content []byte) (text string, sure bool) {
	var out strings.Builder
	sure = isSevenBit(content)
	for len(content) > 0 {
		plus := bytes.IndexByte(content, '+')
		if plus < 0 {
			break
		}
		out.Write(content[:plus])
		content = content[plus+1:]
		end := 0
		for end < len(content) && base64Values[content[end]] < 64 {
			end++
		}
		shifted := content[:end]
		content = content[end:]
		isClosed := len(content) > 0 && content[0] == '-'
		if isClosed {
			content = content[1:]
		}
		if len(shifted) == 0 && isClosed {
			out.WriteByte('+')
			continue
		}
		decoded, isWhole := decodeUTF7Run(shifted)
		out.WriteString(decoded)
		sure = sure && isWhole
	}
	out.Write(content)
	return strings.ToValidUTF8(out.String(), string(utf8.RuneError)), sure
}

func decodeUTF7Run(shifted []byte) (text string, isWhole bool) {
	decoded, err := utf7Base64.DecodeString(string(shifted))
	units := make([]uint16, 0, len(decoded)/2)
	for ; len(decoded) >= 2; decoded = decoded[2:] {
		units = append(units, binary.BigEndian.Uint16(decoded))
	}
	return string(utf16.Decode(units)), err == nil
}
