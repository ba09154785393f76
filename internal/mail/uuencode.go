package mail

import (
	"bytes"
	"regexp"
)

// uuFile is a file that stands in a text between "begin" and "end", as programs
// sent files before there was MIME.
type uuFile struct {
	name    string
	content []byte
}

var uuBegin = regexp.MustCompile(`^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n?$`)

// cutUUEncoded takes the files out of a text, most at most. A block that is out of
// form stays text.
func cutUUEncoded(text []byte, most int) (rest []byte, files []uuFile) {
	if !bytes.HasPrefix(text, []byte("begin")) && !bytes.Contains(text, []byte("\nbegin")) {
		return text, nil
	}
	kept := 0 // up to where text has been given to rest
	for offset := 0; offset < len(text) && len(files) < most; {
		line := lineAt(text, offset)
		name := uuBegin.FindSubmatch(line[:min(len(line), 300)])
		if name == nil {
			offset += len(line)
			continue
		}
		// A line of "begin" is no encoded line, so a block that fails is not gone
		// through again for the next one within it.
		content, next, isWhole := decodeUU(text, offset+len(line), bytes.HasPrefix(line, []byte("begin-")))
		if isWhole {
			rest = append(rest, text[kept:offset]...)
			files = append(files, uuFile{name: decodeRaw(bytes.TrimSpace(name[1])), content: content})
			kept = next
		}
		offset = next
	}
	if files == nil {
		return text, nil
	}
	return append(rest, text[kept:]...), files
}

func lineAt(text []byte, offset int) []byte {
	if end := bytes.IndexByte(text[offset:], '\n'); end >= 0 {
		return text[offset : offset+end+1]
	}
	return text[offset:]
}

// decodeUU decodes encoded lines, and returns what follows: where "end" was, or
// else the first line that is not encoded.
func decodeUU(text []byte, offset int, isBase64 bool) (content []byte, next int, isWhole bool) {
	group := base64Group{}
	for offset < len(text) {
		line := lineAt(text, offset)
		said := bytes.TrimRight(line, "\r\n")
		if string(bytes.TrimSpace(said)) == "end" || isBase64 && string(said) == "====" {
			return content, offset + len(line), true
		}
		switch {
		case isBase64:
			if !isBase64Line(line) || bytes.HasPrefix(line, []byte("begin")) {
				return nil, offset, false
			}
			content = group.end(group.take(content, said))
		default:
			var ok bool
			if content, ok = appendUULine(content, said); !ok {
				return nil, offset, false
			}
		}
		offset += len(line)
	}
	return nil, offset, false
}

// appendUULine decodes one line: the first character is how many bytes it holds,
// each four that follow are three of them. Some programs add a check at the end or
// lose the spaces there.
func appendUULine(content, line []byte) ([]byte, bool) {
	line = bytes.TrimRight(line, " ")
	if len(line) == 0 || len(line) == 1 && line[0] == '`' {
		return content, true
	}
	count := int(line[0]-' ') & 63
	letters := line[1:]
	needed := (count + 2) / 3 * 4
	if line[0] < ' ' || line[0] > '`' || len(letters) > needed+2 {
		return content, false
	}
	for _, c := range letters {
		if c < ' ' || c > '`' {
			return content, false
		}
	}
	at := func(n int) byte {
		if n >= len(letters) {
			return 0
		}
		return (letters[n] - ' ') & 63
	}
	for n := 0; n < needed && count > 0; n += 4 {
		group := []byte{at(n)<<2 | at(n+1)>>4, at(n+1)<<4 | at(n+2)>>2, at(n+2)<<6 | at(n+3)}
		content = append(content, group[:min(3, count)]...)
		count -= 3
	}
	return content, true
}
