package mail

import (
	"bytes"
	"strings"
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

// knownFields are names that nobody begins a sentence with. They tell a header
// that holds a line out of form from a text that begins too early.
var knownFields = map[string]bool{
	"from": true, "to": true, "cc": true, "date": true, "subject": true, "message-id": true, "received": true, "sender": true,
	"reply-to": true, "return-path": true, "delivered-to": true, "in-reply-to": true, "references": true, "mime-version": true,
	"content-type": true, "content-transfer-encoding": true, "content-disposition": true, "content-id": true, "content-description": true,
	"content-language": true, "content-location": true, "dkim-signature": true, "x-mailer": true, "user-agent": true,
}

// readFields reads a header, without the empty line that ends it. Where lines
// without the form of a field follow the last field that is known, the empty line
// was forgotten and they are the beginning of the body, which is returned; before
// it they are passed over. sound is false if there was any.
func readFields(header []byte) (found fields, body []byte, sound bool) {
	lines, known := fieldLines(header)
	found, sound = fields{}, true
	for n, line := range lines {
		name, value, isField := cutField(line)
		switch {
		case isField:
			found[name] = append(found[name], decodeRaw(unfold(value)))
		case n > known:
			return found, header[offsetOf(lines[:n]):], false
		case n == 0 && isMailboxLine(line):
		default:
			sound = false
		}
	}
	return found, nil, sound
}

// fieldLines parts a header into fields, each with its folded lines, and tells the
// place of the last that is known, or -1. A line that is folded beneath nothing
// stands for itself, and one that is not indented although the parameters before
// it go on is folded all the same.
func fieldLines(header []byte) (lines [][]byte, known int) {
	known = -1
	start, offset := 0, 0
	for line := range bytes.Lines(header) {
		if offset > start && !isFolded(line, header[start:offset]) {
			lines = append(lines, header[start:offset])
			start = offset
		}
		offset += len(line)
	}
	if offset > start {
		lines = append(lines, header[start:offset])
	}
	for n, line := range lines {
		if name, _, isField := cutField(line); isField && knownFields[name] {
			known = n
		}
	}
	return lines, known
}

// isMailboxLine reports whether a line is the one that parts the messages of a
// mailbox file, which some programs pass on with the message.
func isMailboxLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

func isFolded(line, before []byte) bool {
	if line[0] == ' ' || line[0] == '\t' {
		return true
	}
	if _, _, isField := cutField(line); isField {
		return false
	}
	// Only the end is looked at, so that many lines cost no more than their bytes.
	end := bytes.TrimRight(before[max(0, len(before)-8):], " \t\r\n")
	return bytes.HasSuffix(end, []byte(";")) && bytes.ContainsRune(line, '=')
}

func cutField(line []byte) (name string, value []byte, isField bool) {
	before, value, found := bytes.Cut(line, []byte(":"))
	before = bytes.TrimRight(before, " \t")
	if !found || len(before) == 0 || len(before) > 200 || bytes.ContainsAny(before, " \t\r\n") {
		return "", nil, false
	}
	return strings.ToLower(string(before)), value, true
}

// unfold makes one line of a field's lines.
func unfold(value []byte) []byte {
	if bytes.IndexByte(value, '\n') < 0 {
		return bytes.TrimSpace(value)
	}
	joined := make([]byte, 0, len(value))
	for line := range bytes.Lines(value) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			joined = append(append(joined, ' '), line...)
		}
	}
	return bytes.TrimSpace(joined)
}

func offsetOf(lines [][]byte) (offset int) {
	for _, line := range lines {
		offset += len(line)
	}
	return offset
}

// beginning returns where a message or part begins: white lines before a header,
// which some gateway has added, are not there.
func beginning(raw []byte) int {
	start := len(raw) - len(bytes.TrimPrefix(raw, utf8Mark))
	offset := start
	for line := range bytes.Lines(raw[start:]) {
		if len(bytes.TrimSpace(line)) > 0 {
			break
		}
		offset += len(line)
	}
	if offset > start && beginsHeader(raw[offset:min(len(raw), offset+4096)]) {
		return offset
	}
	return start
}

// beginsHeader reports whether a text begins with a field, and has a known one
// before its first empty line.
func beginsHeader(text []byte) bool {
	if _, _, isField := cutField(lineAt(text, 0)); !isField {
		return false
	}
	for line := range bytes.Lines(text) {
		if isEmptyLine(line) {
			return false
		}
		if name, _, isField := cutField(line); isField && knownFields[name] {
			return true
		}
	}
	return false
}
