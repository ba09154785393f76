package mail

import (
	"bytes"
	"regexp"
	"strings"
)

// readType reads what a header says of its part. Without a type, or with one out
// of form, it is plain text (RFC 2045, 5.2), within a digest a message (RFC 2046,
// 5.1.5).
func (p *part) readType(found fields, inDigest bool) {
	p.header = found
	p.typed = readParameterised(found.first("content-type"))
	p.mediaType = cleanMediaType(p.typed.value)
	if p.mediaType == "" {
		p.mediaType = "text/plain"
		if inDigest {
			p.mediaType = "message/rfc822"
		}
	}
	top, _, _ := strings.Cut(p.mediaType, "/")
	if leafTypes[top] {
		return
	}
	p.boundary = strings.TrimRight(p.typed.get("boundary"), " \t")
	if match := boundaryParam.FindStringSubmatch(found.first("content-type")); p.boundary == "" && match != nil {
		p.boundary = strings.TrimRight(match[1]+match[2], " \t")
	}
	// A misspelt type with a boundary is meant to have parts.
	if p.boundary != "" && top != "multipart" {
		p.mediaType = "multipart/mixed"
	}
}

// leafTypes have no parts, even if they name a boundary.
var leafTypes = map[string]bool{
	"text": true, "image": true, "audio": true, "video": true, "application": true, "message": true, "font": true, "model": true,
}

// boundaryParam finds a boundary where the header's parameters are out of form.
var boundaryParam = regexp.MustCompile(`(?i)boundary[^=;"]{0,20}=[ \t]*(?:"([^"]*)"|([^\s;"]+))`)

// cleanMediaType gives a media type in form, "" where there is none to be seen.
func cleanMediaType(value string) string {
	top, sub, _ := strings.Cut(value, "/")
	top, sub = strings.Trim(top, " \t\"'"), strings.Trim(sub, " \t\"'/")
	switch {
	case top == "text" && sub == "", top == "plain":
		return "text/plain"
	case top == "html":
		return "text/html"
	case top == "multipart" && sub == "":
		return "multipart/mixed"
	case sub == "" && leafTypes[top]:
		return octetStream
	case sub == "":
		return ""
	}
	return top + "/" + sub
}

const octetStream = "application/octet-stream"

// disposition says whether the sender wants a part attached rather than shown. A
// disposition that nobody knows means so (RFC 2183, 2.8).
func (p *part) isAttached() bool {
	disposition := readParameterised(p.header.first("content-disposition")).value
	return disposition != "" && disposition != "inline"
}

// hasLostParts reports whether a multipart's boundary never came.
func (p *part) hasLostParts() bool {
	return len(p.children) == 0 && strings.HasPrefix(p.mediaType, "multipart/")
}

// textKind is how a part can be shown.
type textKind int

const (
	noText textKind = iota
	plainText
	htmlText
)

// forPrograms are the kinds of text that a person has no use for as they stand:
// they are files. Others that are unknown are shown (RFC 2046, 4.1.4).
var forPrograms = map[string]bool{
	"text/calendar": true, "text/x-vcalendar": true, "text/vcard": true, "text/x-vcard": true, "text/directory": true,
	"text/csv": true, "text/tab-separated-values": true, "text/css": true, "text/javascript": true, "text/xml": true, "text/rtf": true,
	"text/sgml": true, "text/rfc822-headers": true, "text/x-amp-html": true, "text/watch-html": true, "text/enriched": true,
	"text/richtext": true, "text/xsl": true, "text/x-ms-odc": true, "text/json": true, "text/yaml": true,
}

func (p *part) textKind(content []byte) textKind {
	switch {
	case p.mediaType == "text/html":
		return htmlText
	case p.hasLostParts():
		return plainText
	case !strings.HasPrefix(p.mediaType, "text/"), forPrograms[p.mediaType], isFile(content):
		return noText
	}
	return plainText
}

// isFile reports whether the bytes of what claims to be text begin as files do and
// no text does.
func isFile(content []byte) bool {
	for _, beginning := range []string{
		"%PDF-", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "PK\x03\x04", "\x1f\x8b\x08", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	} {
		if bytes.HasPrefix(content, []byte(beginning)) {
			return true
		}
	}
	return false
}

// decoded returns a leaf's content without its transfer encoding. beneath is text
// that stands after it unencoded.
func (p *part) decoded() (content, beneath []byte, broken Broken) {
	switch encoding := transferEncoding(p.header.first("content-transfer-encoding")); encoding {
	case "":
		return p.body, nil, ""
	case "quotedprintable":
		return decodeQuoted(p.body), nil, ""
	case "base64":
		content, beneath, sound := decodeBase64(p.body)
		if !sound {
			return content, beneath, BrokenEncoding
		}
		return content, beneath, ""
	case "uuencode":
		if _, files := cutUUEncoded(p.body, 1); len(files) == 1 {
			return files[0].content, nil, ""
		}
	}
	return p.body, nil, BrokenEncoding
}

// charset is the set of characters that a text declares.
func (p *part) charset(kind textKind, content []byte) string {
	declared := p.typed.get("charset")
	if named, known := charsetNamed(declared); kind != htmlText || !known || named.kind != kindNone {
		return declared
	}
	match := metaCharset.FindSubmatch(content[:min(len(content), 4096)])
	if match == nil {
		return declared
	}
	// HTML that can be read this far is in no set of two bytes for a letter.
	if named, known := charsetNamed(string(match[1])); !known || named.kind == kindUTF7 || strings.HasPrefix(squeezed(strings.ToLower(string(match[1]))), "utf") {
		return "utf-8"
	}
	return string(match[1])
}

var metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset[ \t]*=[ \t]*["']?([a-z0-9_:.\-]{1,40})`)

// contentID is what a cid: address names.
func (p *part) contentID() string {
	return strings.Trim(p.header.first("content-id"), "<> \t")
}
