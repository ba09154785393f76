package mail

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

var (
	colour = regexp.MustCompile(`(?i)^(?:#[0-9a-f]{3,8}|[a-z]{3,30}|rgba?\([0-9.,%\s]{3,40}\))$`)
	length = regexp.MustCompile(`(?i)^(?:auto|0|-?[0-9]{1,4}(?:\.[0-9]{1,4})?(?:px|pt|em|rem|ex|%)?)(?:\s+(?:auto|0|[0-9]{1,4}(?:\.[0-9]{1,4})?(?:px|pt|em|rem|ex|%)?)){0,3}$`)
	border = regexp.MustCompile(`(?i)^[a-z0-9#.\s]{1,60}$`)
	family = regexp.MustCompile(`^[a-zA-Z0-9 ,'"-]{1,200}$`)
	number = regexp.MustCompile(`^[0-9]{1,5}%?$`)
	words  = regexp.MustCompile(`^[^\x00]{0,500}$`)
)

// policy is what a mail's HTML may hold: text, tables, pictures and links. An
// element or attribute that is not named here does not pass, so there is no
// script, form, frame, base, meta, svg or math, no class, id, data-* or hx-*
// (hazards 62 and 69), and of styles only what has a value that can name no
// address: no url(), var() or expression().
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite",
		"code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer",
		"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre",
		"q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot",
		"th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
	)
	p.AllowNoAttrs().OnElements("span", "font")
	p.SkipElementsContent("title", "template", "textarea", "select", "xmp", "plaintext", "math", "svg")
	p.AllowAttrs("title", "lang").Matching(words).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`(?i)^(?:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("align", "valign").Matching(regexp.MustCompile(`(?i)^[a-z]{3,10}$`)).Globally()
	p.AllowAttrs("width", "height", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "span", "start").Matching(number).Globally()
	p.AllowAttrs("bgcolor", "color").Matching(colour).Globally()
	p.AllowAttrs("face").Matching(family).OnElements("font")
	p.AllowAttrs("size").Matching(regexp.MustCompile(`^[+-]?[1-7]$`)).OnElements("font")
	p.AllowAttrs("alt").Matching(words).OnElements("img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	allowStyles(p)
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

func allowStyles(p *bluemonday.Policy) {
	p.AllowStyles("color", "background-color").Matching(colour).Globally()
	p.AllowStyles("width", "max-width", "min-width", "height", "font-size", "line-height", "text-indent", "border-radius",
		"padding", "padding-top", "padding-right", "padding-bottom", "padding-left",
		"margin", "margin-top", "margin-right", "margin-bottom", "margin-left").Matching(length).Globally()
	p.AllowStyles("border", "border-top", "border-right", "border-bottom", "border-left", "border-width", "border-style",
		"border-color", "border-collapse", "border-spacing").Matching(border).Globally()
	p.AllowStyles("font-family").Matching(family).Globally()
	p.AllowStyles("font-weight", "font-style", "text-align", "text-decoration", "text-transform", "vertical-align",
		"white-space", "word-break", "list-style-type", "direction").Matching(regexp.MustCompile(`(?i)^[a-z0-9-]{1,30}$`)).Globally()
	p.AllowStyles("display").MatchingEnum("block", "inline", "inline-block", "none", "table", "table-row", "table-cell").Globally()
}

// SanitizeHTML returns the part of a mail's HTML that may be shown, in a frame
// of its own, and how many pictures of other servers it left out: nothing is
// fetched from a sender (hazard 63). cid gives the address of the attachment
// that a picture names by its Content-ID, or "" where there is none.
func SanitizeHTML(content string, cid func(contentID string) string) (safe string, blockedRemote int) {
	// What a stylesheet or a background would have loaded is not counted: it is
	// gone for good, while a picture can be asked for.
	pictures := &pictures{cid: cid}
	tokens := nethtml.NewTokenizer(strings.NewReader(policy.Sanitize(content)))
	var out strings.Builder
	for {
		kind := tokens.Next()
		if kind == nethtml.ErrorToken {
			return out.String(), pictures.blocked
		}
		raw := string(tokens.Raw())
		token := tokens.Token()
		if token.Data == "img" && (kind == nethtml.StartTagToken || kind == nethtml.SelfClosingTagToken) {
			out.WriteString(pictures.replace(token))
			continue
		}
		// bluemonday's own output, which nothing here changes.
		out.WriteString(raw)
	}
}

// pictures replaces the img elements of sanitised HTML.
type pictures struct {
	cid     func(string) string
	blocked int
}

// replace returns the element with the address of its attachment, or the text
// that stands for the picture.
func (p *pictures) replace(image nethtml.Token) string {
	var alternative, source string
	kept := image.Attr[:0]
	for _, attribute := range image.Attr {
		switch attribute.Key {
		case "src":
			source = attribute.Val
			continue
		case "alt":
			alternative = attribute.Val
		}
		kept = append(kept, attribute)
	}
	id, isCID := strings.CutPrefix(source, "cid:")
	if !isCID {
		if source != "" {
			p.blocked++
		}
		return html.EscapeString(alternative)
	}
	if unescaped, err := url.PathUnescape(id); err == nil {
		id = unescaped
	}
	address := p.cid(strings.Trim(id, "<>"))
	if address == "" {
		return html.EscapeString(alternative)
	}
	image.Attr = slices.Concat(kept, []nethtml.Attribute{{Key: "src", Val: address}})
	return image.String()
}

// linkable finds web and mail addresses in plain text. The characters that a
// match may hold are listed, so that none can end an attribute or a tag
// (CVE-2026-54433: "a@a.co?]<img/src=…" became markup; hazard 64).
var linkable = regexp.MustCompile(`https?://[A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%]+|[A-Za-z0-9._%+\-]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?`)

// TextToHTML returns plain text as HTML: escaped, line by line, with web and
// mail addresses as links.
func TextToHTML(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out strings.Builder
	last := 0
	for _, match := range linkable.FindAllStringIndex(text, -1) {
		start, end := match[0], match[1]
		end = start + len(trimLink(text[start:end]))
		out.WriteString(escapeLines(text[last:start]))
		out.WriteString(link(text[start:end]))
		last = end
	}
	out.WriteString(escapeLines(text[last:]))
	return out.String()
}

// trimLink leaves out what ends the sentence rather than the address, and a
// bracket that opened before it. Brackets are counted once, not at each that is cut
// (seen: 99,000 of them took 0.2 s, 1 MB 37 s; hazard 101).
func trimLink(address string) string {
	round := strings.Count(address, ")") - strings.Count(address, "(")
	square := strings.Count(address, "]") - strings.Count(address, "[")
	for end := len(address); end > 0; end-- {
		switch address[end-1] {
		case '.', ',', ';', ':', '!', '?':
			continue
		case ')':
			if round--; round >= 0 {
				continue
			}
		case ']':
			if square--; square >= 0 {
				continue
			}
		}
		return address[:end]
	}
	return ""
}

func link(address string) string {
	target := address
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		target = "mailto:" + address
	}
	return `<a href="` + html.EscapeString(target) + `" rel="nofollow noopener noreferrer" target="_blank">` + html.EscapeString(address) + `</a>`
}

func escapeLines(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n")
}
