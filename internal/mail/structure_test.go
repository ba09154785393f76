package mail

import (
	"slices"
	"strings"
	"testing"
)

func TestHazard121PartsThatDoNotAddUpAreShownAllTheSame(t *testing.T) {
	t.Parallel()
	const pdf = "Content-Type: application/pdf; name=bill.pdf\n\n%PDF-1.4\n"
	for name, one := range map[string]struct {
		raw    string
		texts  []string
		files  []string
		broken []Broken
	}{
		"a boundary that never comes":            {"Content-Type: multipart/mixed; boundary=b\n\nonly text", []string{"only text"}, nil, []Broken{BrokenStructure}},
		"one within another":                     {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\ninner text\n--b\n" + pdf + "--b--", []string{"inner text"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"another boundary than the announced":    {"Content-Type: multipart/mixed; boundary=b\n\n--c\nContent-Type: text/plain\n\nsaid\n--c\n" + pdf + "--c--", []string{"said"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"text before what looks like a boundary": {"Content-Type: multipart/mixed; boundary=b\n\nfirst words\n--c\nContent-Type: text/plain\n\nsaid\n--c--", []string{"first words", "said"}, nil, []Broken{BrokenStructure}},
		"a rule that is no boundary":             {"Content-Type: multipart/mixed; boundary=b\n\nfirst words\n-----\n\nsecond words\n---------\n\nthird", []string{"first words", "second words", "third"}, nil, []Broken{BrokenStructure}},
		"no boundary announced":                  {"Content-Type: multipart/mixed\n\n--c\n\nsaid\n--c\n" + pdf + "--c--", []string{"said"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"never closed":                           {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsaid\n--b\n" + pdf, []string{"said"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"closed too early":                       {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsaid\n--b--\n--b\n" + pdf + "--b--", []string{"said"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"no parts":                               {"Content-Type: multipart/mixed; boundary=b\n\nbefore\n--b--\n", []string{"before"}, nil, []Broken{BrokenStructure}},
		"the same boundary, closed once":         {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsaid\n--b\n" + pdf + "--b--", []string{"said"}, []string{"bill.pdf"}, []Broken{BrokenStructure}},
		"a misspelt multipart":                   {"Content-Type: mulitpart/mixed; boundary=b\n\n--b\n\nsaid\n--b\n" + pdf + "--b--", []string{"said"}, []string{"bill.pdf"}, nil},
		"multipart without a subtype":            {"Content-Type: multipart; boundary=b\n\n--b\n\nsaid\n--b\n" + pdf + "--b--", []string{"said"}, []string{"bill.pdf"}, nil},
		"a boundary with blanks behind it":       {"Content-Type: multipart/mixed; boundary=\"b \"\n\n--b \t\n\nsaid\n--b\n" + pdf + "--b--  ", []string{"said"}, []string{"bill.pdf"}, nil},
		"a boundary in single quotes":            {"Content-Type: multipart/mixed; boundary='b'\n\n--'b'\n\nsaid\n--'b'\n" + pdf + "--'b'--", []string{"said"}, []string{"bill.pdf"}, nil},
		"text that names a boundary":             {"Content-Type: text/plain; boundary=b\n\n--b\nsaid", []string{"--b\nsaid"}, nil, nil},
		"no empty line after the header":         {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nSaid at once.\n--b--", []string{"Said at once."}, nil, []Broken{BrokenHeader}},
		"no header and no empty line":            {"Content-Type: multipart/mixed; boundary=b\n\n--b\nSaid at once.\nAnd more: this.\n--b--", []string{"Said at once.", "And more: this."}, nil, []Broken{BrokenHeader}},
		"a white line before a part's header":    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n  \nContent-Type: text/html\n\n<p>said</p>\n--b--", []string{"said"}, nil, nil},
		"white lines before an unknown field":    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n \n\t\nX-Part: 1\nContent-Type: text/html\n\n<p>said</p>\n--b--", []string{"said"}, nil, nil},
		"an empty line before a text":            {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nNote: said\n\nMore.\n--b--", []string{"Note: said", "More."}, nil, nil},
		"a header that is not folded":            {"Content-Type: multipart/mixed;\nboundary=b\n\n--b\n\nsaid\n--b\n" + strings.Replace(pdf, "; ", ";\n", 1) + "--b--", []string{"said"}, []string{"bill.pdf"}, nil},
		"a digest":                               {"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: One\n\nfirst\n--b\n\nSubject: Two\n\nsecond\n--b--", nil, []string{"One.eml", "Two.eml"}, nil},
		"what stands before and after the parts": {"Content-Type: multipart/mixed; boundary=b\n\nThis is MIME.\n--b\n\nsaid\n--b--\nepilogue\n", []string{"said"}, nil, nil},
		"text without a subtype":                 {"Content-Type: text\n\nsaid", []string{"said"}, nil, nil},
		"a type that is none":                    {"Content-Type: ;\n\nsaid", []string{"said"}, nil, nil},
		"an unknown text":                        {"Content-Type: text/x-note\n\nsaid", []string{"said"}, nil, nil},
		"a text with a misspelt disposition":     {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsaid\n--b\nContent-Disposition: attachmnet; filename=a.txt\n\nfile\n--b--", []string{"said"}, []string{"a.txt"}, nil},
		"a footer beneath HTML":                  {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<div><b>said\n--b\n\nthe list's footer\n--b--", []string{"said", "the list's footer"}, nil, nil},
		"a forwarded message":                    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nSubject: Old\nContent-Type: text/html\n\n<p>old</p>\n--b--", []string{"see below"}, []string{"Old.eml"}, nil},
		"text beside empty HTML":                 {"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nsaid\n--b\nContent-Type: text/html\n\n<html><body><br>&nbsp;</body></html>\n--b--", []string{"said"}, nil, nil},
		"a text that is a picture":               {"Content-Type: text/plain\n\nGIF89a\x01", nil, []string{"Structure.gif"}, nil},
		"a mailbox's line":                       {"From ana@x.example Mon Nov  2 10:00:00 2026\nContent-Type: text/html\n\n<p>said</p>", []string{"said"}, nil, nil},
	} {
		raw := "From: a@b.example\nDate: Mon, 02 Nov 2026 10:00:00 +0200\nSubject: Structure\n" + one.raw
		if name == "a mailbox's line" {
			raw = strings.Replace(one.raw, "2026\n", "2026\nFrom: a@b.example\nDate: Mon, 02 Nov 2026 10:00:00 +0200\nSubject: Structure\n", 1)
		}
		for _, raw := range []string{raw, strings.ReplaceAll(raw, "\n", "\r\n")} {
			parsed := Parse([]byte(raw))
			assertStorable(t, name, parsed)
			found := pageOf(t, parsed)
			assertInOrder(t, name, strings.ReplaceAll(found.text, "\r", ""), one.texts...)
			if len(one.texts) == 0 && found.text != "" {
				t.Errorf("%s: %q is shown", name, found.text)
			}
			if !slices.Equal(found.files, one.files) || !slices.Equal(parsed.Broken, one.broken) {
				t.Errorf("%s: the files are %q, flagged %v", name, found.files, parsed.Broken)
			}
			if strings.Contains(found.text, "This is MIME.") || strings.Contains(found.text, "epilogue") {
				t.Errorf("%s: %q is shown", name, found.text)
			}
		}
	}
}

func TestHazard121AnEncodingIsReadAsProgramsWriteIt(t *testing.T) {
	t.Parallel()
	for encoding, bodies := range map[string][]string{
		"quoted-printable": {"Bun=C4=83 ziua", "Bun=c4=83 ziua", "Bun=C4=83=\r\n ziua", "Bun=C4=83= \t\r\n ziua", "Bună ziua  \t"},
		"base64":           {"QnVuxIMgeml1YQ==", "QnVuxIMgeml1YQ", "QnVu\r\nxIMgeml1YQ==", "QnU=\r\nbsSDIHppdWE="},
		"8bit":             {"Bună ziua"},
	} {
		for _, spelling := range []string{
			"%", "%;", "%; charset=utf-8", `"%"`, "'%'", " %  ", "% (said so)", "=?utf-8?q?%?=", "=?us-ascii?Q?" + strings.ReplaceAll(encoding, "-", "=2D") + "?=",
			strings.ToUpper(encoding), strings.ReplaceAll(encoding, "-", " "), strings.ReplaceAll(encoding, "-", "_"), strings.Replace(encoding, "8bit", "8-bit", 1), "\r\n %",
		} {
			for _, body := range bodies {
				spelling = strings.ReplaceAll(spelling, "%", encoding)
				parsed := Parse([]byte("From: a@b.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + spelling + "\r\n\r\n" + body + "\r\n"))
				if strings.TrimSpace(parsed.Text) != "Bună ziua" || len(parsed.Broken) > 0 {
					t.Errorf("%q in %q is %q, flagged %v", body, spelling, parsed.Text, parsed.Broken)
				}
			}
		}
	}
	listed := Parse([]byte("From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\nQnVuxIMgeml1YQ==\r\n_______________\r\nThe list's footer\r\n"))
	assertInOrder(t, "a footer beneath base64", listed.Text, "Bună ziua", "The list's footer")
	if beside := Parse([]byte("From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\nQnVuxIMgeml1YQ== ignored\r\n")); beside.Text != "Bună ziua\n\n ignored\r\n" {
		t.Errorf("what follows the padding is %q", beside.Text)
	}
}

func TestHazard121AFileInATextIsAFile(t *testing.T) {
	t.Parallel()
	const encoded = "begin 644 note.txt\n.:&5L;&\\@\"G=O<FQD\"@``\n`\nend\n"
	for name, raw := range map[string]string{
		"within a text":           "\nBefore.\n" + encoded + "After.\n",
		"as an encoding":          "Content-Type: application/octet-stream; name=note.txt\nContent-Transfer-Encoding: x-uuencode\n\n" + encoded,
		"within a part of a text": "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nBefore.\n" + encoded + "After.\n--b--",
		"in base64":               "\nBefore.\nbegin-base64 644 note.txt\naGVsbG8gCndvcmxkCg==\n====\nAfter.\n",
	} {
		for _, raw := range []string{raw, strings.ReplaceAll(raw, "\n", "\r\n")} {
			parsed := Parse([]byte("From: a@b.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\n" + raw))
			if len(parsed.Attachments) != 1 || parsed.Attachments[0].Name != "note.txt" || !strings.HasPrefix(string(parsed.Attachments[0].Bytes), "hello \nworld") {
				t.Errorf("%s: the files are %+v", name, parsed.Attachments)
			}
			if name != "as an encoding" {
				assertInOrder(t, name, parsed.Text, "Before.", "After.")
			}
			if strings.Contains(parsed.Text, "begin") || len(parsed.Broken) > 0 {
				t.Errorf("%s: %q is shown, flagged %v", name, parsed.Text, parsed.Broken)
			}
		}
	}
	// A row of zeros is spaces, which some server has taken off.
	zeros := Parse([]byte("From: a@b.example\n\nbegin 644 zero.bin\nM\nM" + strings.Repeat(" ", 60) + "\n\"\n`\nend\n"))
	if len(zeros.Attachments) != 1 || string(zeros.Attachments[0].Bytes) != strings.Repeat("\x00", 92) {
		t.Errorf("zeros are %+v", zeros.Attachments)
	}
	for _, prose := range []string{"begin 644 words\nHello, this is no file.\nend\n", "begin 644 cut.txt\n.:&5L;&\\@\"G=O<FQD\"@``\n", "We begin 644 x\nend"} {
		if parsed := Parse([]byte("From: a@b.example\n\n" + prose)); parsed.Text != prose || len(parsed.Attachments) > 0 {
			t.Errorf("%q is %q and %d files", prose, parsed.Text, len(parsed.Attachments))
		}
	}
}

func TestHazard063PicturesOfOtherServersAreCountedWhereNothingElseIsShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "said"} {
		parsed := Parse([]byte("From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n" + text + "\n--b\nContent-Type: text/html\n\n<img src=\"https://x.example/p.png\">\n--b--"))
		if _, blocked := SanitizeHTML(parsed.HTML, noPicture); blocked != 1 || strings.TrimSpace(pageOf(t, parsed).text) != text {
			t.Errorf("%d pictures are left out of %q", blocked, parsed.HTML)
		}
	}
}

func TestHazard121OnePieceOfHTMLCannotHideTheNext(t *testing.T) {
	t.Parallel()
	for _, first := range []string{
		`<div style="display:none">`, "<!--", "<style>", "<script>", "<textarea>", "<title>", "<select>", "<svg>", "<math>", "<template>", "<noscript>", "<xmp>",
		"<plaintext>", "<iframe>", "<table><tr><td>", "<a href='https://x.example'>", "<b", "<p title='", "</div></div></main>", "<![CDATA[", "<object>", "<del><small>", "<",
	} {
		parsed := Parse([]byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nfirst " + first +
			"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n--b\r\n\r\nthird\r\n--b--\r\n"))
		safe, _ := SanitizeHTML(parsed.HTML, noPicture)
		if !strings.Contains(safe, "<div><p>second</p></div>") || !strings.Contains(safe, `<div><p style="white-space: pre-wrap">third</p></div>`) {
			t.Errorf("after %s: %s", first, safe)
		}
		assertSafe(t, first, safe)
		assertInOrder(t, first, pageOf(t, parsed).text, "first", "second", "third")
	}
}
