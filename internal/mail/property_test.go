package mail

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// made is a message, or a part of one, that a test has made, with what is right.
type made struct {
	text string // with its header
	// The words of its leaves, in order, by where a person finds them.
	page, beside []string
	files        map[string]string // the words of each file by its name
	pictures     []string
	// hasHTML: some HTML in it says something.
	hasHTML bool
	// isFlagged: its parts do not add up.
	isFlagged bool
}

func (m *made) add(other made) {
	m.page = append(m.page, other.page...)
	m.beside = append(m.beside, other.beside...)
	m.pictures = append(m.pictures, other.pictures...)
	for name, word := range other.files {
		m.files[name] = word
	}
	m.hasHTML = m.hasHTML || other.hasHTML
	m.isFlagged = m.isFlagged || other.isFlagged
}

// maker makes messages at random whose every leaf holds a word of its own.
type maker struct {
	*rand.Rand
	words, boundaries int
}

func (m *maker) word() string {
	m.words++
	return fmt.Sprintf("wörd%dx", m.words)
}

func (m *maker) one(of ...string) string { return of[m.IntN(len(of))] }

// encoded writes a body in an encoding, and the header that says so, as programs do.
func (m *maker) encoded(body string) (header, encoded string) {
	switch m.IntN(4) {
	case 0:
		spelling := m.one("base64", "BASE64", `"base64"`, "base64;", "=?utf-8?q?base64?=", "base64 (comment)")
		letters := base64.StdEncoding.EncodeToString([]byte(body))
		if m.IntN(4) == 0 {
			letters = strings.TrimRight(letters, "=")
		}
		return "Content-Transfer-Encoding: " + spelling + "\r\n", letters
	case 1:
		spelling := m.one("quoted-printable", "Quoted-Printable;", `"quoted-printable"`, "quoted-printable; charset=utf-8", "quoted printable")
		var out strings.Builder
		for _, c := range []byte(body) {
			if c == '=' || c >= 0x80 {
				fmt.Fprintf(&out, "=%02X", c)
			} else {
				out.WriteByte(c)
			}
		}
		return "Content-Transfer-Encoding: " + spelling + "\r\n", out.String()
	}
	return m.one("", "Content-Transfer-Encoding: 8bit\r\n", "Content-Transfer-Encoding: 8 bit\r\n"), body
}

// named is a header that gives a file's name, which is random but for its end.
func (m *maker) named() (disposition, name string) {
	m.words++
	stem := fmt.Sprintf("Röntgen %d", m.words)
	name = stem + ".pdf"
	kind := m.one("attachment", "attachmnet", "form-data; name=\"f\"", "ATTACHMENT", "x-unknown", "inline")
	switch m.IntN(6) {
	case 0:
		return kind + `; filename="` + name + `"; size=12`, name
	case 1:
		return kind + "; filename*=iso-8859-1'de'R%F6ntgen%20" + strings.TrimPrefix(name, "Röntgen "), name
	case 2:
		return kind + ";\r\n filename*0*=utf-8''R%C3%B6nt;\r\n filename*1=\"" + strings.TrimPrefix(name, "Rönt") + `"`, name
	case 3:
		return kind + "; filename=\r\n\t\"=?utf-8?B?" + strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(stem)), "=") + "?=\r\n =?utf-8?Q?=2Epdf?=\"; size=1", name
	case 4:
		return kind + "; filename=" + name + "; size=12", name
	}
	return kind + "; filename=\"" + name, name
}

func (m *maker) plain() made {
	word := m.word()
	header := m.one("Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: text/plain; charset=\"UTF-8\"; format=flowed\r\n",
		"Content-Type: text; charset=utf8\r\n", "", "Content-Type: TEXT/PLAIN\r\n", "Content-Type: text/x-unknown; charset=utf-8\r\n")
	encoding, body := m.encoded("Said: " + word + ".\r\n")
	part := made{page: []string{word}, text: header + m.one("", "Content-Disposition: inline\r\n") + encoding + "\r\n" + body}
	return part
}

// namedText is shown, and is a file as well.
func (m *maker) namedText() made {
	word, file := m.word(), fmt.Sprintf("note%d.txt", m.words)
	return made{page: []string{word}, files: map[string]string{file: word},
		text: "Content-Type: text/plain; charset=utf-8; name=" + file + "\r\n\r\n" + word}
}

// attachedText is a text that its sender wants attached, in so many words.
func (m *maker) attachedText() made {
	word := m.word()
	file := fmt.Sprintf("note%d.%s", m.words, m.one("txt", "html"))
	return made{files: map[string]string{file: word}, text: "Content-Type: text/" + m.one("plain", "html") + "\r\nContent-Disposition: " +
		m.one("attachment", "attachmnet", "form-data", "x-unknown") + "; filename=" + file + "\r\n\r\n" + word}
}

func (m *maker) html() made {
	word := m.word()
	content := m.one("<p>%s</p>", "<html><head><title>t</title><style>p{}</style></head><body><p>%s</body></html>", "<div><b>%s", "<table><tr><td>%s",
		"<p>%s</p></div></div></td>", "<p>%s</p><!-- never closed", "<p>%s</p><style>p{", "<p>%s<", "%s<select><option>", "%s<svg>", "<p>%s</p><textarea>", "%s<script>")
	encoding, body := m.encoded(fmt.Sprintf(content, word))
	return made{page: []string{word}, hasHTML: true, text: "Content-Type: text/html; charset=utf-8\r\n" + encoding + "\r\n" + body}
}

func (m *maker) blankHTML() made {
	return made{text: "Content-Type: text/html\r\n\r\n" + m.one("", "<html><body><br>&nbsp;</body></html>", "<style>p{}</style>", "<img src=\"https://x.example/p.gif\">")}
}

func (m *maker) file() made {
	word := m.word()
	disposition, name := m.named()
	encoding, body := m.encoded("%PDF-1.4 " + word)
	id := m.one("", fmt.Sprintf("Content-ID: <f%d@x>\r\n", m.words))
	kind := m.one("application/pdf", "application/octet-stream", "application/pdf; name=\"other.pdf\"", "pdf", "text/csv")
	return made{files: map[string]string{name: word}, text: "Content-Type: " + kind + "\r\nContent-Disposition: " + disposition + "\r\n" + id + encoding + "\r\n" + body}
}

func (m *maker) message() made {
	word := m.word()
	name := "Fwd " + word + ".eml"
	return made{files: map[string]string{name: word}, text: "Content-Type: message/rfc822\r\n\r\nSubject: Fwd " + word + "\r\n" +
		"Content-Type: multipart/mixed; boundary=forwarded\r\n\r\n--forwarded\r\n\r\ninner\r\n--forwarded--\r\n"}
}

// related is HTML with a picture that it names and one that it does not.
func (m *maker) related(depth int) made {
	word, picture, other := m.word(), m.word(), m.word()
	m.words++
	id := fmt.Sprintf("p%d@x", m.words)
	whole := m.multipart("related", depth, []made{
		{page: []string{word}, hasHTML: true, text: "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + word + "<img src=\"cid:" + strings.ReplaceAll(id, "@", m.one("@", "%40")) + "\">"},
		{pictures: []string{id}, text: "Content-Type: image/" + m.one("png", "jpg", "gif") + "; name=p.png\r\nContent-ID: <" + id + ">\r\n\r\n\x89PNG" + picture},
		{files: map[string]string{other + ".png": other}, text: "Content-Type: image/png; name=" + other + ".png\r\nContent-ID: <o" + id + ">\r\n\r\n\x89PNG" + other},
	})
	return whole
}

// lost announces parts that do not come.
func (m *maker) lost() made {
	word := m.word()
	m.boundaries++
	return made{page: []string{word}, isFlagged: true,
		text: fmt.Sprintf("Content-Type: multipart/mixed; boundary=lost%d\r\n\r\nSaid: %s", m.boundaries, word)}
}

func (m *maker) multipart(kind string, depth int, parts []made) made {
	m.boundaries++
	boundary := fmt.Sprintf("=_b%d", m.boundaries)
	whole := made{files: map[string]string{}}
	var out strings.Builder
	fmt.Fprintf(&out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\n%s", kind, boundary, m.one("", "This is a multi-part message in MIME format.\r\n"))
	for _, part := range parts {
		out.WriteString("--" + boundary + m.one("", "", " ", "\t") + "\r\n" + part.text + "\r\n")
	}
	if m.IntN(10) > 0 {
		out.WriteString("--" + boundary + "--" + m.one("", "\r\n"))
	} else {
		whole.isFlagged = true
	}
	whole.text = out.String()
	if kind == "alternative" {
		parts = chosen(parts)
	}
	for _, part := range parts {
		whole.add(part)
	}
	return whole
}

// chosen is what is right of alternatives: where some say something in HTML, the
// text of the others stands beside it.
func chosen(parts []made) []made {
	if !slices.ContainsFunc(parts, func(part made) bool { return part.hasHTML }) {
		return parts
	}
	parts = slices.Clone(parts)
	for n, part := range parts {
		if !part.hasHTML {
			parts[n].beside, parts[n].page = append(slices.Clone(part.beside), part.page...), nil
		}
	}
	return parts
}

func (m *maker) part(depth int) made {
	if depth < 4 && m.IntN(3) == 0 {
		var parts []made
		for range 1 + m.IntN(4) {
			parts = append(parts, m.part(depth+1))
		}
		return m.multipart(m.one("mixed", "mixed", "alternative", "signed", "report", "x-unknown"), depth, parts)
	}
	switch m.IntN(10) {
	case 9:
		return m.attachedText()
	case 0, 1:
		return m.plain()
	case 2, 3:
		return m.html()
	case 4:
		return m.file()
	case 5:
		return m.message()
	case 6:
		return m.related(depth)
	case 7:
		if m.IntN(2) == 0 {
			return m.lost()
		}
		return m.blankHTML()
	}
	return m.namedText()
}

func (m *maker) whole() made {
	message := m.part(0)
	message.text = m.one("", "  \r\n", "From ana@x.example Mon Nov 02 10:00:00 2026\r\n") +
		"From: Ana <ana@x.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\nSubject: Generated\r\nMIME-Version: 1.0\r\n" + message.text
	return message
}

func assertEveryLeafOnce(t *testing.T, seed uint64) {
	t.Helper()
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 0))}
	want := m.whole()
	parsed := Parse([]byte(want.text))
	found := pageOf(t, parsed)
	failed := func(format string, arguments ...any) {
		t.Helper()
		t.Errorf("seed %d: "+format+"\n%s", append([]any{seed}, append(arguments, want.text)...)...)
	}
	at := 0
	for _, word := range want.page {
		where := strings.Index(found.text[at:], word)
		if where < 0 || strings.Count(found.text, word) != 1 {
			failed("%s is shown %d times, or not in its place: %q", word, strings.Count(found.text, word), found.text)
			return
		}
		at += where
	}
	for _, word := range want.beside {
		if strings.Count(found.beside, word) != 1 || strings.Contains(found.text, word) {
			failed("%s does not stand beside the HTML: %q", word, found.beside)
		}
	}
	files := map[string]string{}
	for _, attachment := range parsed.Attachments {
		if !attachment.Inline {
			files[attachment.Name] += string(attachment.Bytes)
		}
	}
	for name, word := range want.files {
		if strings.Count(files[name], word) != 1 || strings.Contains(found.text, word) != slices.Contains(want.page, word) {
			failed("%q holds %q, not %s once", name, files[name], word)
		}
	}
	if len(files) != len(want.files) {
		failed("the files are %q, not %q", found.files, want.files)
	}
	if !slices.Equal(found.pictures, want.pictures) {
		failed("the pictures are %q, not %q", found.pictures, want.pictures)
	}
	if isFlagged := slices.Contains(parsed.Broken, BrokenStructure); isFlagged != want.isFlagged {
		failed("flagged: %v, not %t", parsed.Broken, want.isFlagged)
	}
}

func TestHazard121EveryLeafOf20000GeneratedMessagesIsThereOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20_000) {
		if assertEveryLeafOnce(t, seed); t.Failed() {
			return
		}
	}
}
