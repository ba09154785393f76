package mail

import (
	"slices"
	"strings"
	"unicode"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// joinHTML makes one HTML of several pieces, each closed in itself, so that none
// can hide or change what follows it. A single one stays as it came.
func joinHTML(pieces []shown) string {
	if len(pieces) == 1 {
		return pieces[0].content
	}
	var joined strings.Builder
	for n, piece := range pieces {
		if n > 0 {
			joined.WriteString("\n<hr>\n")
		}
		joined.WriteString("<div>")
		if piece.isHTML {
			writeClosed(&joined, piece.content)
		} else {
			joined.WriteString(`<p style="white-space: pre-wrap">` + strings.ReplaceAll(TextToHTML(piece.content), "<br>\n", "\n") + "</p>")
		}
		joined.WriteString("</div>")
	}
	return joined.String()
}

// writeClosed writes HTML in which every element that it opens is closed, and none
// that it does not open. What SanitizeHTML leaves out with all that it holds, and
// comments, are left out here already, since they may end nowhere.
func writeClosed(out *strings.Builder, content string) {
	writer := closer{out: out, isOpen: map[string]int{}}
	tokens := nethtml.NewTokenizer(strings.NewReader(content))
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			writer.closeTo(0)
			return
		case nethtml.TextToken:
			if writer.silent == "" {
				out.WriteString(nethtml.EscapeString(string(tokens.Text())))
			}
		case nethtml.StartTagToken:
			writer.start(tokens.Token())
		case nethtml.SelfClosingTagToken:
			if token := tokens.Token(); writer.silent == "" && voidElements[token.Data] {
				out.WriteString(token.String())
			}
		case nethtml.EndTagToken:
			writer.end(tokens.Token().Data)
		}
	}
}

// closer writes elements and knows which are open.
type closer struct {
	out    *strings.Builder
	open   []string
	isOpen map[string]int
	// silent is the element whose text is being left out.
	silent string
}

var voidElements = map[string]bool{"area": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "wbr": true}

// silentElements hold what is no text to be shown; the tokenizer reads what is in
// them as text up to their end.
var silentElements = map[string]bool{
	"iframe": true, "noembed": true, "noframes": true, "noscript": true, "plaintext": true, "script": true, "style": true,
	"textarea": true, "title": true, "xmp": true,
}

// outerElements frame a document, and those that say nothing and end nowhere.
var outerElements = map[string]bool{
	"html": true, "head": true, "body": true, "meta": true, "link": true, "base": true, "param": true, "source": true, "track": true,
}

// impliedEnds are elements whose end a browser supplies where the next one begins.
var impliedEnds = map[string][]string{
	"p": {"p"}, "li": {"li", "p"}, "dt": {"dt", "dd", "p"}, "dd": {"dt", "dd", "p"}, "option": {"option"},
	"td": {"td", "th", "p"}, "th": {"td", "th", "p"}, "tr": {"td", "th", "tr", "p"},
	"div": {"p"}, "table": {"p"}, "ul": {"p"}, "ol": {"p"}, "blockquote": {"p"}, "pre": {"p"}, "h1": {"p"}, "h2": {"p"}, "h3": {"p"}, "hr": {"p"},
}

func (c *closer) start(token nethtml.Token) {
	switch {
	case c.silent != "" || outerElements[token.Data]:
		return
	case silentElements[token.Data]:
		c.silent = token.Data
		return
	}
	for len(c.open) > 0 && slices.Contains(impliedEnds[token.Data], c.open[len(c.open)-1]) {
		c.closeTo(len(c.open) - 1)
	}
	c.out.WriteString(token.String())
	if !voidElements[token.Data] {
		c.open = append(c.open, token.Data)
		c.isOpen[token.Data]++
	}
}

func (c *closer) end(name string) {
	if c.silent != "" {
		if name == c.silent {
			c.silent = ""
		}
		return
	}
	if c.isOpen[name] == 0 {
		return
	}
	at := len(c.open) - 1
	for c.open[at] != name {
		at--
	}
	c.closeTo(at)
}

func (c *closer) closeTo(depth int) {
	for n := len(c.open) - 1; n >= depth; n-- {
		c.isOpen[c.open[n]]--
		c.out.WriteString("</" + c.open[n] + ">")
	}
	c.open = c.open[:depth]
}

// lookAtHTML reports whether HTML shows a text, or a picture that came with the
// message, and if not, whether it asks for others.
func lookAtHTML(content string) (says, hasPictures bool) {
	tokens := nethtml.NewTokenizer(strings.NewReader(content))
	silent := ""
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return false, hasPictures
		case nethtml.TextToken:
			if silent == "" && !isBlankText(string(tokens.Text())) {
				return true, hasPictures
			}
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			token := tokens.Token()
			if silent == "" && silentElements[token.Data] {
				silent = token.Data
			}
			if token.DataAtom == atom.Img {
				hasPictures = true
				if isOwnPicture(token) {
					return true, true
				}
			}
		case nethtml.EndTagToken:
			if tokens.Token().Data == silent {
				silent = ""
			}
		}
	}
}

// isOwnPicture reports whether a picture came with the message, or has words that
// stand for it.
func isOwnPicture(image nethtml.Token) bool {
	for _, attribute := range image.Attr {
		switch attribute.Key {
		case "src":
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(attribute.Val)), "cid:") {
				return true
			}
		case "alt":
			if !isBlankText(attribute.Val) {
				return true
			}
		}
	}
	return false
}

// isBlankText reports whether a text shows nothing: spaces, and the characters
// without width that newsletters fill their beginning with.
func isBlankText(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && r != '\u034F' && r != 0
	}) < 0
}

// SaysMore reports whether a plain text says something that the HTML which stands
// for it does not: whether its words, without web addresses, are not all in the
// HTML's, in their order.
func SaysMore(text, content string) bool {
	words := wordsOf(text)
	if len(words) == 0 {
		return false
	}
	tokens := nethtml.NewTokenizer(strings.NewReader(content))
	silent := ""
	for len(words) > 0 {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return true
		case nethtml.TextToken:
			if silent == "" {
				words = withoutFound(words, wordsOf(string(tokens.Text())))
			}
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			token := tokens.Token()
			if silent == "" && silentElements[token.Data] {
				silent = token.Data
			}
			for _, attribute := range token.Attr {
				if attribute.Key == "alt" {
					words = withoutFound(words, wordsOf(attribute.Val))
				}
			}
		case nethtml.EndTagToken:
			if tokens.Token().Data == silent {
				silent = ""
			}
		}
	}
	return false
}

// withoutFound takes from words those that are found next.
func withoutFound(words, found []string) []string {
	for _, word := range found {
		if len(words) > 0 && words[0] == word {
			words = words[1:]
		}
	}
	return words
}

// wordsOf are a text's letters and digits, in lower case, without web addresses.
func wordsOf(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(strings.ToLower(text)) {
		if strings.Contains(field, "://") {
			continue
		}
		words = append(words, strings.FieldsFunc(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	return words
}
