package mail

import (
	"bytes"
	"slices"
)

// part is a message or a part of one, as its bytes are laid out.
type part struct {
	header fields
	// mediaType is in lower case and never empty.
	mediaType string
	typed     parameterised
	// body is what follows the header, encoded; of a multipart only if it has no
	// parts.
	body     []byte
	children []*part
	// boundary is the line between parts without its hyphens; "" of a leaf.
	boundary string
	ended    bool
}

// structure walks a message's lines once and makes the tree of its parts. Our own
// reader and not a library's: enmime's time grows with the depth of the parts
// times their length (seen: depth 4,000 took minutes) and with the square of a
// header's parameters, it leaves out parts that are out of form, and no other
// library reads a message whose parts do not add up (hazards 60, 61, 101, 121).
type structure struct {
	raw   []byte
	parts int
	// open are the multiparts that the walk is in, outermost first. One whose last
	// boundary has been seen stays until that of an outer one, since parts may
	// follow all the same.
	open []*part
	// reading is the part whose header or body the walk is in, or nil between parts.
	reading  *part
	inHeader bool
	// start is where that header or body begins.
	start  int
	lost   []*part // multiparts whose boundary never came
	broken []Broken
}

// readStructure returns a message as a tree, and what is wrong with it. At the first
// limit that is broken it stops, with what it has read (hazard 60).
func readStructure(raw []byte) (root *part, broken []Broken) {
	walk := &structure{raw: raw}
	root = &part{}
	walk.begin(root, beginning(raw))
	if limit := walk.run(len(raw)); limit != "" {
		walk.stop()
		return root, append(walk.broken, limit)
	}
	for _, lost := range walk.lost {
		lost.findParts(walk.parts)
	}
	return root, walk.broken
}

// stop ends the walk where it stands. Of a header that is too long the beginning is
// read.
func (s *structure) stop() {
	if s.reading == nil || !s.inHeader {
		return
	}
	found, _, _ := readFields(s.raw[s.start:min(len(s.raw), s.start+maxHeaderBytes)])
	s.reading.readType(found, false)
	s.reading.boundary = ""
}

// findParts reads the parts of a multipart whose boundary never came by the line
// that looks like one. They were flagged already; within them no others are looked
// for, so that the walk stays one over each byte.
func (p *part) findParts(before int) {
	boundary, at := likelyBoundary(p.body)
	if boundary == "" {
		return
	}
	p.boundary = boundary
	walk := &structure{raw: p.body, parts: before, open: []*part{p}}
	if limit := walk.run(len(p.body)); limit != "" || len(p.children) == 0 {
		p.children = nil
		return
	}
	// What stands before may as well be a text that was cut in two.
	if len(bytes.TrimSpace(p.body[:at])) > 0 {
		text := &part{body: p.body[:at]}
		text.readType(fields{}, false)
		p.children = slices.Insert(p.children, 0, text)
	}
}

// likelyBoundary returns what parts a body whose boundary is not known, and where:
// a line with the header of a part beneath it, or an empty one and an end that is of
// the same make.
func likelyBoundary(body []byte) (boundary string, at int) {
	for offset := 0; offset < len(body); {
		line := lineAt(body, offset)
		offset += len(line)
		name := bytes.TrimRight(bytes.TrimPrefix(line, []byte("--")), " \t\r\n")
		if !bytes.HasPrefix(line, []byte("--")) || len(name) == 0 || len(name) > 200 || bytes.ContainsAny(name, " \t") || len(bytes.Trim(name, "-=_*#+")) == 0 {
			continue
		}
		beneath := lineAt(body, offset)
		if field, _, isField := cutField(beneath); isField && knownFields[field] ||
			isEmptyLine(beneath) && bytes.Contains(body[offset:], slices.Concat([]byte("\n--"), name, []byte("--"))) {
			return string(name), offset - len(line)
		}
		if isEmptyLine(beneath) {
			return "", 0
		}
	}
	return "", 0
}

func (s *structure) begin(reading *part, start int) {
	s.reading, s.inHeader, s.start = reading, true, start
}

// run walks up to an end, from where the walk stands.
func (s *structure) run(end int) Broken {
	offset := s.start
	for line := range bytes.Lines(s.raw[offset:end]) {
		if limit := s.take(line, offset); limit != "" {
			return limit
		}
		offset += len(line)
		if !s.inHeader && len(s.open) == 0 {
			break
		}
	}
	if limit := s.endReading(end); limit != "" {
		return limit
	}
	for _, multipart := range s.open {
		s.leave(multipart)
	}
	s.open = nil
	return ""
}

// take goes one line further. A boundary counts within a header as well, since
// it ends a part whose header was never finished.
func (s *structure) take(line []byte, offset int) Broken {
	if bytes.HasPrefix(line, []byte("--")) {
		if n, last := s.boundaryAt(bytes.TrimRight(line[2:], " \t\r\n")); n >= 0 {
			return s.pass(n, last, offset, offset+len(line))
		}
	}
	if !s.inHeader {
		return ""
	}
	if offset+len(line)-s.start > maxHeaderBytes {
		return BrokenHeader
	}
	if isEmptyLine(line) || offset == s.start && len(bytes.TrimSpace(line)) == 0 {
		return s.endHeader(offset, offset+len(line))
	}
	return ""
}

func isEmptyLine(line []byte) bool { return len(bytes.TrimRight(line, "\r\n")) == 0 }

// boundaryAt returns which open multipart a line, without its two hyphens, is a
// boundary of, or -1. Of several with the same it is the innermost that has not
// ended.
func (s *structure) boundaryAt(line []byte) (at int, last bool) {
	at = -1
	for n := len(s.open) - 1; n >= 0; n-- {
		after, matches := bytes.CutPrefix(line, []byte(s.open[n].boundary))
		if !matches || len(after) > 0 && string(after) != "--" {
			continue
		}
		if !s.open[n].ended {
			return n, len(after) > 0
		}
		if at < 0 {
			at, last = n, len(after) > 0
		}
	}
	return at, last
}

// pass goes over a boundary of the n-th open multipart, a line from start to end.
func (s *structure) pass(n int, last bool, start, end int) Broken {
	if limit := s.endReading(start); limit != "" {
		return limit
	}
	// What ended the part's header may have opened a multipart that has no line of
	// its own.
	for _, multipart := range s.open[n+1:] {
		s.leave(multipart)
	}
	s.open = s.open[:n+1]
	around := s.open[n]
	if last {
		around.ended = true
		return ""
	}
	if around.ended {
		s.flag(BrokenStructure)
		around.ended = false
	}
	if s.parts++; s.parts > maxParts {
		return BrokenParts
	}
	next := &part{}
	around.children = append(around.children, next)
	s.begin(next, end+beginning(s.raw[end:min(len(s.raw), end+maxHeaderBytes)]))
	return ""
}

// leave notes that a multipart is over whose last boundary, or none at all, may have
// come.
func (s *structure) leave(multipart *part) {
	if len(multipart.children) == 0 {
		s.lost = append(s.lost, multipart)
	}
	if !multipart.ended || len(multipart.children) == 0 {
		s.flag(BrokenStructure)
	}
}

// endReading ends the header or body that the walk is in before a boundary or the
// message's end. The line's end before a boundary is the boundary's.
func (s *structure) endReading(end int) Broken {
	if s.reading == nil {
		return ""
	}
	if s.inHeader {
		if limit := s.endHeader(end, end); limit != "" {
			return limit
		}
	}
	if s.reading != nil {
		s.reading.body = s.body(s.start, end)
		s.reading = nil
	}
	return ""
}

func (s *structure) body(start, end int) []byte {
	body := s.raw[min(start, end):end]
	if end < len(s.raw) {
		body = bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r"))
	}
	return body
}

// endHeader reads the header that ends here, and opens the multipart that it
// announces, if any. next is where its body begins.
func (s *structure) endHeader(end, next int) Broken {
	reading := s.reading
	header := s.raw[min(s.start, end):end]
	if bytes.IndexByte(header, 0) >= 0 {
		s.flag(BrokenNul)
	}
	found, body, sound := readFields(header)
	if !sound {
		s.flag(BrokenHeader)
	}
	s.inHeader, s.start = false, next
	if body != nil {
		s.start = end - len(body)
	}
	reading.readType(found, s.inDigest())
	if reading.boundary == "" {
		if reading.hasLostParts() {
			s.leave(reading)
		}
		return ""
	}
	for _, around := range s.open {
		if around.boundary == reading.boundary {
			s.flag(BrokenStructure)
		}
	}
	s.open = append(s.open, reading)
	if len(s.open) > maxDepth {
		return BrokenDepth
	}
	return ""
}

func (s *structure) inDigest() bool {
	return len(s.open) > 0 && s.open[len(s.open)-1].mediaType == "multipart/digest"
}

func (s *structure) flag(broken Broken) { s.broken = append(s.broken, broken) }
