package mail

import (
	"bytes"
	"net/http"
	"strings"
)

// shown is a piece of what a message says, in the order of its parts.
type shown struct {
	content string
	isHTML  bool
	// plain is what stands for a piece of HTML in plain text.
	plain string
}

// isBlank reports whether a piece shows nothing. HTML of other servers' pictures
// alone is not blank: that they were left out is said.
func (s shown) isBlank() bool {
	if s.isHTML {
		says, hasPictures := lookAtHTML(s.content)
		return !says && !hasPictures
	}
	return isBlankText(s.content)
}

// readParts reads what a message shows and what is attached to it. Every leaf is
// there once: as text, as the picture where the HTML names it, or as a file
// (hazard 121). A text that is a file as well, by its name, is both, so that it
// can be read at once and still be kept.
func (p *Parsed) readParts(root *part) {
	pieces := p.readPart(root)
	p.show(pieces)
	p.Text, p.HTML, p.Lead = p.cleanBody(p.Text), p.cleanBody(p.HTML), p.cleanBody(p.Lead)
	p.cleanAttachments()
	p.markInline()
}

func (p *Parsed) readPart(of *part) []shown {
	if len(of.children) == 0 {
		return p.readLeaf(of)
	}
	if of.mediaType == "multipart/alternative" {
		return p.readAlternative(of)
	}
	var pieces []shown
	for _, child := range of.children {
		pieces = append(pieces, p.readPart(child)...)
	}
	return pieces
}

// readAlternative shows of several forms of a message those in HTML that say
// something, and keeps the others beside them; without one, all text.
func (p *Parsed) readAlternative(of *part) []shown {
	var inHTML, others []shown
	for _, child := range of.children {
		pieces := p.readPart(child)
		if hasHTML(pieces) {
			inHTML = append(inHTML, pieces...)
		} else {
			others = append(others, pieces...)
		}
	}
	if len(inHTML) == 0 {
		return others
	}
	texts := make([]string, 0, len(others)+1)
	for _, other := range others {
		if !other.isHTML {
			texts = append(texts, other.content)
		}
	}
	inHTML = withoutBlank(inHTML)
	inHTML[0].plain = joinTexts(append(texts, inHTML[0].plain))
	return inHTML
}

func hasHTML(pieces []shown) bool {
	for _, piece := range pieces {
		if piece.isHTML {
			if says, _ := lookAtHTML(piece.content); says {
				return true
			}
		}
	}
	return false
}

// readLeaf reads a part that has none.
func (p *Parsed) readLeaf(leaf *part) []shown {
	content, beneath, broken := leaf.decoded()
	if broken != "" {
		p.flag(broken)
	}
	kind, name := leaf.textKind(content), leaf.fileName()
	if kind == noText || leaf.isAttached() || name != "" {
		p.attach(leaf, name, content)
	}
	if kind == noText || leaf.isAttached() {
		if isBlankText(string(beneath)) {
			return nil
		}
		return []shown{{content: decodeRaw(beneath)}}
	}
	return p.readText(leaf, kind, content, beneath)
}

func (p *Parsed) readText(leaf *part, kind textKind, content, beneath []byte) []shown {
	if kind == plainText {
		var files []uuFile
		content, files = cutUUEncoded(content, maxParts-len(p.Attachments))
		for _, file := range files {
			p.Attachments = append(p.Attachments, Attachment{Name: shortened(file.name), Type: octetStream, Bytes: file.content})
		}
	}
	text, sure := decodeCharset(firstLines(content), leaf.charset(kind, content))
	if !sure {
		p.flag(BrokenCharset)
	}
	pieces := []shown{{content: text, isHTML: kind == htmlText}}
	if len(beneath) > 0 {
		pieces = append(pieces, shown{content: decodeRaw(beneath)})
	}
	return pieces
}

// decodedBytes is how much of a text is decoded: more than enough for what is shown of it,
// in whatever set of characters. A text of 30 MB would be in memory several times over.
const decodedBytes = 4 * maxBodyBytes

// firstLines returns what is decoded of a text: whole lines, where it has any, so that no
// letter is cut. Letters of two bytes (UTF-16) have zeros among them, and end at any even
// place.
func firstLines(content []byte) []byte {
	if len(content) <= decodedBytes {
		return content
	}
	content = content[:decodedBytes]
	if bytes.IndexByte(content, 0) >= 0 {
		return content
	}
	return content[:max(bytes.LastIndexByte(content, '\n')+1, maxBodyBytes+1)]
}

func (p *Parsed) attach(leaf *part, name string, content []byte) {
	if name == "" {
		name = p.nameOf(leaf, content)
	}
	p.Attachments = append(p.Attachments, Attachment{
		Name: name, Type: leaf.mediaType, Bytes: content, ContentID: leaf.contentID(),
	})
}

// show makes one text, or one HTML, of the pieces that say something.
func (p *Parsed) show(pieces []shown) {
	pieces = withoutBlank(pieces)
	if len(pieces) == 0 {
		return
	}
	contents, plain, isHTML := []string{}, []string{}, false
	for _, piece := range pieces {
		contents = append(contents, piece.content)
		plain = append(plain, piece.plain)
		isHTML = isHTML || piece.isHTML
	}
	p.Lead = pieces[0].plain
	if !pieces[0].isHTML {
		p.Lead = pieces[0].content
	}
	if !isHTML {
		p.Text = joinTexts(contents)
		return
	}
	p.Text, p.HTML = joinTexts(plain), joinHTML(pieces)
}

// withoutBlank leaves out what says nothing, unless nothing says anything.
func withoutBlank(pieces []shown) []shown {
	var kept []shown
	for _, piece := range pieces {
		if !piece.isBlank() {
			kept = append(kept, piece)
		}
	}
	if len(kept) == 0 && len(pieces) > 0 {
		return pieces[:1]
	}
	return kept
}

// joinTexts joins texts, with an empty line between.
func joinTexts(texts []string) string {
	var joined strings.Builder
	for _, text := range texts {
		if text == "" {
			continue
		}
		if joined.Len() > 0 {
			joined.WriteString("\n\n")
		}
		joined.WriteString(text)
	}
	return joined.String()
}

// IsPicture reports whether a media type is that of a picture that every browser
// shows and none can be harmed by.
func IsPicture(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// maxContentID is the longest Content-ID by which a part can be found, in bytes.
const maxContentID = 998

// markInline notes the pictures that stand in the HTML, which are those that it
// names when it is cleaned: all others are files, and so is all that is no picture
// (hazard 121).
func (p *Parsed) markInline() {
	waiting := map[string]int{}
	for n, attachment := range p.Attachments {
		id := strings.ToLower(attachment.ContentID)
		if _, taken := waiting[id]; id != "" && len(id) <= maxContentID && !taken {
			waiting[id] = n
		}
	}
	if p.HTML == "" || len(waiting) == 0 {
		return
	}
	SanitizeHTML(p.HTML, func(contentID string) string {
		if n, named := waiting[strings.ToLower(contentID)]; named {
			p.Attachments[n].markInline()
		}
		return ""
	})
}

func (a *Attachment) markInline() {
	mediaType := strings.Replace(strings.Replace(a.Type, "image/jpg", "image/jpeg", 1), "image/pjpeg", "image/jpeg", 1)
	if !IsPicture(mediaType) {
		mediaType = http.DetectContentType(a.Bytes)
	}
	if IsPicture(mediaType) {
		a.Type, a.Inline = mediaType, true
	}
}
