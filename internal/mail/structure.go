package mail

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
)

// inspectStructure walks a message's lines once and returns the first limit that
// it breaks, or "". It comes before the mail library, whose time grows with the
// depth of the parts times their length (seen: depth 4,000 took minutes), and
// stops at the limit (hazard 60).
func inspectStructure(raw []byte) Broken {
	walk := &structure{inHeader: true}
	for line := range bytes.Lines(raw) {
		if broken := walk.take(line); broken != "" {
			return broken
		}
		if !walk.inHeader && len(walk.boundaries) == 0 {
			return ""
		}
	}
	return ""
}

// structure is the place in a message that inspectStructure has come to.
type structure struct {
	boundaries [][]byte // of the multiparts that are open, outermost first
	parts      int
	inHeader   bool
	header     []byte
}

// take goes one line further. A boundary counts within a header as well, since
// it ends a part whose header was never finished.
func (s *structure) take(line []byte) Broken {
	if hyphens := bytes.HasPrefix(line, []byte("--")); hyphens && s.isBoundary(bytes.TrimRight(line[2:], " \t\r\n")) {
		if s.parts > maxParts {
			return BrokenParts
		}
		return ""
	}
	if !s.inHeader {
		return ""
	}
	if len(bytes.TrimRight(line, "\r\n")) == 0 {
		return s.endHeader()
	}
	s.header = append(s.header, line...)
	if len(s.header) > maxHeaderBytes {
		return BrokenHeader
	}
	return ""
}

// isBoundary reports whether a line, without its two hyphens, is a boundary of
// an open multipart, and if so begins the next part or ends the multipart.
func (s *structure) isBoundary(line []byte) bool {
	for i := len(s.boundaries) - 1; i >= 0; i-- {
		after, matches := bytes.CutPrefix(line, s.boundaries[i])
		switch {
		case !matches:
		case len(after) == 0:
			s.boundaries = s.boundaries[:i+1]
			s.parts++
			s.inHeader, s.header = true, s.header[:0]
			return true
		case string(after) == "--":
			s.boundaries = s.boundaries[:i]
			s.inHeader = false
			return true
		}
	}
	return false
}

// endHeader opens the multipart that the header announces, if any.
func (s *structure) endHeader() Broken {
	s.inHeader = false
	if boundary := boundaryOf(s.header); boundary != "" {
		s.boundaries = append(s.boundaries, []byte(boundary))
	}
	if len(s.boundaries) > maxDepth {
		return BrokenDepth
	}
	return ""
}

var (
	contentType   = regexp.MustCompile(`(?im)^content-type[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)`)
	boundaryParam = regexp.MustCompile(`(?i)boundary[^=;"]{0,20}=[ \t]*(?:"([^"]*)"|([^\s;"]+))`)
)

// boundaryOf returns the boundary that a header sets, read as the standard says
// and, where that fails, as loosely as the library reads it.
func boundaryOf(header []byte) string {
	field := contentType.FindSubmatch(header)
	if field == nil {
		return ""
	}
	value := strings.Join(strings.FieldsFunc(string(field[1]), func(r rune) bool { return r == '\r' || r == '\n' }), " ")
	if _, parameters, err := mime.ParseMediaType(value); err == nil && parameters["boundary"] != "" {
		return strings.TrimRight(parameters["boundary"], " \t")
	}
	if match := boundaryParam.FindStringSubmatch(value); match != nil {
		return strings.TrimRight(match[1]+match[2], " \t")
	}
	return ""
}
