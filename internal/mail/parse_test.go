package mail

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/internal/testkit"
)

// assertStorable fails where a string of a parsed message is not one that
// Postgres takes, or a header's value is not one line.
func assertStorable(t *testing.T, name string, parsed Parsed) {
	t.Helper()
	lines := []string{parsed.Subject, parsed.MessageID, parsed.InReplyTo, parsed.From.Name, parsed.From.Address}
	for _, address := range slices.Concat(parsed.To, parsed.Cc, parsed.ReplyTo) {
		lines = append(lines, address.Name, address.Address)
	}
	lines = append(lines, parsed.References...)
	for _, attachment := range parsed.Attachments {
		lines = append(lines, attachment.Name, attachment.Type, attachment.ContentID)
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") || len(line) > maxLineBytes+8 {
			t.Errorf("%s: %.80q is not a line", name, line)
		}
	}
	for _, text := range append(lines, parsed.Text, parsed.HTML) {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Errorf("%s: %.80q cannot be stored", name, text)
		}
	}
}

func TestEveryMessageOfTheCorpusIsReadAndShownSafely(t *testing.T) {
	t.Parallel()
	corpus := testkit.MailCorpus(t)
	if len(corpus) < 100 {
		t.Fatalf("the corpus has %d messages", len(corpus))
	}
	shown := 0
	for _, message := range corpus {
		parsed := Parse(message.Raw)
		assertStorable(t, message.Name, parsed)
		safe, _ := SanitizeHTML(parsed.HTML, noPicture)
		assertSafe(t, message.Name, safe)
		assertSafe(t, message.Name, TextToHTML(parsed.Text))
		if parsed.Text != "" || parsed.HTML != "" || len(parsed.Attachments) > 0 {
			shown++
		}
		parsed.ThreadIDs()
		parsed.ReplyReferences()
	}
	if shown < len(corpus)*8/10 {
		t.Errorf("of %d messages %d have something to show", len(corpus), shown)
	}
}

func testMessage(t *testing.T, name string) Parsed {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := Parse(raw)
	assertStorable(t, name, parsed)
	return parsed
}

func TestHazard061BrokenMessagesAreKeptShownAndFlagged(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		broken  Broken
		subject string
		from    Address
		text    string
	}{
		"unknown-charset":   {BrokenCharset, "x", Address{"Ana Pop", "ana@example.test"}, "Qapla'"},
		"bad-base64":        {BrokenEncoding, "x", Address{"Ana Pop", "ana@example.test"}, "Hello, world"},
		"31-february":       {BrokenDate, "date", Address{"", "ana@example.test"}, "A day that is none."},
		"no-from":           {BrokenSender, "nobody", Address{}, "Who am I?"},
		"no-headers":        {BrokenSender, "", Address{}, "Only a body."},
		"eight-bit-header":  {"", "Programare maîne", Address{"Dr. Ionescu Grégoire", "doc@example.test"}, "raw bytes"},
		"utf8-header":       {"", "Programare mâine – Țepeș", Address{"Ana Pop", "ana@example.test"}, "UTF-8, unencoded"},
		"iso-8859-2":        {"", "Şedinţă", Address{"Ştefan Ţurcanu", "ana@example.test"}, "ştefan ţine"},
		"bad-addresses":     {"", "addresses", Address{"", "ana@example.test"}, "x"},
		"many-from":         {"", "a", Address{"", "a@example.test"}, "two of each"},
		"colonless-header":  {BrokenHeader, "x", Address{"Ana Pop", "ana@example.test"}, "x"},
		"bare-folding":      {"", "folded over lines", Address{"Ana Pop", "ana@example.test"}, "x"},
		"unclosed-boundary": {BrokenStructure, "x", Address{"Ana Pop", "ana@example.test"}, "never closed"},
		"unknown-encoding":  {BrokenEncoding, "x", Address{"Ana Pop", "ana@example.test"}, "uryyb"},
		"encoded-crlf":      {"", "a  Bcc: evil@evil.example", Address{"Ana Pop", "ana@example.test"}, "a line break"},
		"empty":             {BrokenSender, "", Address{}, ""},
		"no-boundary-param": {"", "x", Address{"Ana Pop", "ana@example.test"}, ""},
		"text-xss":          {"", "CVE-2026-54433", Address{"Ana Pop", "ana@example.test"}, "a@a.co"},
	} {
		parsed := testMessage(t, name)
		if want.broken != "" && !slices.Contains(parsed.Broken, want.broken) {
			t.Errorf("%s: flagged %v, want %s", name, parsed.Broken, want.broken)
		}
		if parsed.Subject != want.subject || parsed.From != want.from || !strings.Contains(parsed.Text, want.text) {
			t.Errorf("%s: %q from %+v: %q", name, parsed.Subject, parsed.From, parsed.Text)
		}
	}
	parsed := Parse([]byte("From: a\x00@b.example\r\nSubject: nul\x00!\r\n\r\nte\x00xt"))
	assertStorable(t, "nul", parsed)
	if !slices.Contains(parsed.Broken, BrokenNul) || parsed.Subject != "nul!" || parsed.Text != "text" {
		t.Errorf("%+v", parsed)
	}
	if parsed := testMessage(t, "31-february"); !parsed.Date.IsZero() {
		t.Errorf("31 February is %s", parsed.Date)
	}
}

func TestHazard064FileNamesHaveNoControlOrDirectionCharacters(t *testing.T) {
	t.Parallel()
	parsed := testMessage(t, "rtl-name")
	if len(parsed.Attachments) != 1 || parsed.Attachments[0].Name != "gpj.exe" {
		t.Fatalf("%+v", parsed.Attachments)
	}
}

func TestPicturesOfAMailAreItsAttachments(t *testing.T) {
	t.Parallel()
	parsed := testMessage(t, "related-cid")
	if len(parsed.Attachments) != 1 || parsed.Attachments[0].ContentID != "logo@x" || !parsed.Attachments[0].Inline || parsed.Attachments[0].Type != "image/png" {
		t.Fatalf("%+v", parsed.Attachments)
	}
	safe, blocked := SanitizeHTML(parsed.HTML, func(id string) string { return "/attachments/" + id })
	if !strings.Contains(safe, `src="/attachments/logo@x"`) || blocked != 1 {
		t.Fatal(safe, blocked)
	}
}

// bombs returns messages whose structure is made to exhaust a reader.
func bombs() map[Broken][]byte {
	var nested, many bytes.Buffer
	head := "From: a@b.example\r\nSubject: bomb\r\n"
	nested.WriteString(head)
	for depth := range 4000 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", depth, depth)
	}
	nested.WriteString("\r\ntext")
	many.WriteString(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n")
	for range 200_000 {
		many.WriteString("--b\r\n\r\nx\r\n")
	}
	return map[Broken][]byte{
		BrokenDepth:  nested.Bytes(),
		BrokenParts:  many.Bytes(),
		BrokenHeader: []byte(head + "X-Long: " + strings.Repeat("a", 1<<20) + "\r\n\r\ntext"),
	}
}

func TestHazard060BombsAreStoppedAtOnceAndFlagged(t *testing.T) {
	for want, raw := range bombs() {
		started := time.Now()
		parsed := Parse(raw)
		took := time.Since(started)
		if !slices.Contains(parsed.Broken, want) || parsed.Subject != "bomb" || parsed.From.Address != "a@b.example" {
			t.Errorf("%s: flagged %v, subject %q", want, parsed.Broken, parsed.Subject)
		}
		// Stopped, they take some 10 ms; followed, minutes. What lies between is
		// the machine's business and not this test's.
		t.Logf("%s took %s", want, took)
		if took > 10*time.Second {
			t.Errorf("%s was followed for %s", want, took)
		}
	}
}

func TestHazard060VariantsOfBombsAreStoppedToo(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"quoted":        "Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\n",
		"folded":        "Content-Type:\r\n multipart/mixed;\r\n\tboundary=b%d\r\n\r\n--b%d\r\n",
		"continuation":  "Content-Type: multipart/mixed; boundary*0=b; boundary*1=%d\r\n\r\n--b%d\r\n",
		"encoded":       "Content-Type: multipart/mixed; boundary*=utf-8''b%d\r\n\r\n--b%d\r\n",
		"no blank line": "Content-Type: multipart/mixed; boundary=b%d\r\n--b%d\r\n",
		"bare LF":       "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
		"bad parameter": "Content-Type: multipart/mixed; charset; boundary=b%d; =x\r\n\r\n--b%d\r\n",
		"upper case":    "CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=b%d\r\n\r\n--b%d\r\n",
		"space":         "Content-Type : multipart/mixed; boundary = b%d\r\n\r\n--b%d\r\n",
		"text type":     "Content-Type: text/plain; boundary=b%d\r\n\r\n--b%d\r\n",
	} {
		var raw bytes.Buffer
		raw.WriteString("From: a@b.example\r\n")
		for depth := range 3000 {
			fmt.Fprintf(&raw, header, depth, depth)
		}
		started := time.Now()
		parsed := Parse(raw.Bytes())
		if took := time.Since(started); took > 10*time.Second { // stopped, some milliseconds; followed, minutes
			t.Errorf("%s took %s, flagged %v", name, took, parsed.Broken)
		}
	}
}

func TestAMessageOfTheAllowedSizeIsReadWhole(t *testing.T) {
	t.Parallel()
	var raw bytes.Buffer
	raw.WriteString("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
	for i := range maxParts {
		fmt.Fprintf(&raw, "--b\r\nContent-Type: application/pdf; name=%d.pdf\r\n\r\nx\r\n", i)
	}
	raw.WriteString("--b--\r\n")
	if parsed := Parse(raw.Bytes()); len(parsed.Attachments) != maxParts || len(parsed.Broken) > 1 {
		t.Fatalf("%d attachments, flagged %v", len(parsed.Attachments), parsed.Broken)
	}
}

func TestHazard060WhatWasReadBeforeALimitIsShown(t *testing.T) {
	t.Parallel()
	var raw bytes.Buffer
	raw.WriteString("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst words\r\n")
	for i := range 2 * maxParts {
		fmt.Fprintf(&raw, "--b\r\nContent-Type: application/pdf; name=%d.pdf\r\n\r\nx\r\n", i)
	}
	if parsed := Parse(raw.Bytes()); parsed.Text != "first words" || len(parsed.Attachments) != maxParts-1 || !slices.Contains(parsed.Broken, BrokenParts) {
		t.Errorf("%q, %d attachments, flagged %v", parsed.Text, len(parsed.Attachments), parsed.Broken)
	}
	long := "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst words\r\n--b\r\nX-Long: " + strings.Repeat("a", maxHeaderBytes) + "\r\n\r\nlast words\r\n--b--"
	if parsed := Parse([]byte(long)); parsed.Text != "first words" || !slices.Contains(parsed.Broken, BrokenHeader) {
		t.Errorf("%q, flagged %v", parsed.Text, parsed.Broken)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	cases, err := filepath.Glob("testdata/cases/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, cases...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		parsed := Parse(raw)
		assertStorable(t, "fuzzed", parsed)
		safe, _ := SanitizeHTML(parsed.HTML, noPicture)
		assertSafe(t, "fuzzed", safe)
		assertSafe(t, "fuzzed", TextToHTML(parsed.Text))
	})
}
