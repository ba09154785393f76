package mail

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// page is what a person finds of a message: the text that is shown, in order, what
// stands beside it in plain text, and the names of the files.
type page struct {
	text, beside string
	files        []string
	pictures     []string
}

func pageOf(t *testing.T, parsed Parsed) page {
	t.Helper()
	found := page{text: parsed.Text}
	for _, attachment := range parsed.Attachments {
		if !attachment.Inline {
			found.files = append(found.files, attachment.Name)
		}
	}
	if parsed.HTML == "" {
		return found
	}
	safe, _ := SanitizeHTML(parsed.HTML, func(contentID string) string {
		for _, attachment := range parsed.Attachments {
			if attachment.Inline && strings.EqualFold(attachment.ContentID, contentID) {
				return "/picture/" + attachment.ContentID
			}
		}
		return ""
	})
	document, err := goquery.NewDocumentFromReader(strings.NewReader(safe))
	if err != nil {
		t.Fatal(err)
	}
	document.Find("img[src]").Each(func(_ int, image *goquery.Selection) {
		found.pictures = append(found.pictures, strings.TrimPrefix(image.AttrOr("src", ""), "/picture/"))
	})
	found.text, found.beside = document.Text(), parsed.Text
	return found
}

// assertInOrder fails where texts are not all in another, each after the one before.
func assertInOrder(t *testing.T, name, text string, wanted ...string) {
	t.Helper()
	rest := text
	for _, want := range wanted {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%s: %q is not shown, or not in its place: %q", name, want, text)
			return
		}
		rest = after
	}
}

func TestHazard121And122EveryMessageThatWasReadWrongIsReadRight(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		texts  []string
		files  []string
		broken Broken
	}{
		"01-second-html-part-after-an-attachment-is-lost":            {[]string{"Before the file.", "After the file: please call me back."}, []string{"bill.pdf"}, ""},
		"02-text-part-beside-html-is-hidden":                         {[]string{"My own words: I cannot come on Friday.", "forwarded advert"}, nil, ""},
		"03-named-text-file-without-disposition-is-lost-beside-html": {[]string{"Results attached.", "glucose 5.1"}, []string{"results.txt"}, ""},
		"04-html-file-replaces-the-message-text":                     {[]string{"This is what I want to tell you.", "a form"}, []string{"form.html"}, ""},
		"06-part-without-content-type-is-an-unnamed-file":            {[]string{"Your letter to nobody@patient.example came back."}, []string{"06-part-without-content-type-is-an-unnamed-file.txt"}, ""},
		"07-photo-with-content-id-in-a-text-mail-is-invisible":       {[]string{"Photo of the swelling:"}, []string{"IMG_7.jpeg"}, ""},
		"08-pdf-with-content-id-is-invisible":                        {[]string{"Referral attached."}, []string{"bill.pdf"}, ""},
		"10-file-with-an-unknown-disposition-is-lost":                {[]string{"Bill attached."}, []string{"bill.pdf"}, ""},
		"11-nested-multipart-with-the-same-boundary-loses-the-file":  {[]string{"hello"}, []string{"bill.pdf"}, BrokenStructure},
		"13-file-name-in-latin1-rfc2231-is-lost":                     {[]string{"x"}, []string{"Röntgen.pdf"}, ""},
		"15-folded-file-name-swallows-the-next-parameters":           {[]string{"x"}, []string{"Befund vom März Teil 1.pdf"}, ""},
		"17-latin1-without-charset-loses-letters-unflagged":          {[]string{"Könnten Sie mich zurückrufen?"}, nil, BrokenCharset},
		"18-short-utf8-declared-ascii-is-garbled-unflagged":          {[]string{"Aș dori o programare săptămâna viitoare."}, nil, BrokenCharset},
		"19-windows-quotes-and-euro-under-latin1-vanish":             {[]string{"The price is 80 € – “all in”."}, nil, BrokenCharset},
		"21-transfer-encoding-with-a-semicolon-is-not-decoded":       {[]string{"Bună ziua, mă doare măseaua."}, nil, ""},
		"23-korean-iso-2022-kr-is-one-box-unflagged":                 {[]string{"안녕하세요 예약을 옮기고 싶습니다"}, nil, ""},
		"24-white-first-line-makes-the-mail-unreadable":              {[]string{"Before the file.", "After the file: please call me back."}, []string{"bill.pdf"}, ""},
		"25-encoded-word-without-padding-stays-raw":                  {[]string{"x"}, nil, ""},
		"28a-message-id-without-brackets":                            {[]string{"first"}, nil, ""},
		"28b-answer-to-it-is-a-second-conversation":                  {[]string{"second"}, nil, ""},
		"29a-question-of-a-patient":                                  {[]string{"Is my test negative?"}, nil, ""},
		"29b-stranger-joins-while-the-form-is-open":                  {[]string{"hi"}, nil, ""},
		"30-delay-notice-takes-the-answer-over":                      {[]string{"Your letter is delayed."}, nil, ""},
		"31-quoted-local-part-loses-its-space-on-answer":             {[]string{"x"}, nil, ""},
	}
	files, err := filepath.Glob("testdata/cases/*.eml")
	if err != nil || len(files) != len(cases) {
		t.Fatalf("%d files for %d cases: %v", len(files), len(cases), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, want := Parse(raw), cases[name]
		assertStorable(t, name, parsed)
		found := pageOf(t, parsed)
		assertInOrder(t, name, found.text, want.texts...)
		if !slices.Equal(found.files, want.files) {
			t.Errorf("%s: the files are %q, not %q", name, found.files, want.files)
		}
		if want.broken == "" && len(parsed.Broken) > 0 || want.broken != "" && !slices.Contains(parsed.Broken, want.broken) {
			t.Errorf("%s: flagged %v, want %q", name, parsed.Broken, want.broken)
		}
		if parsed.From.Address == "" || parsed.Subject == "" {
			t.Errorf("%s: from %q, subject %q", name, parsed.From.Address, parsed.Subject)
		}
		if name[:2] == "25" && parsed.Subject != "Programare nouă" {
			t.Errorf("the subject is %q", parsed.Subject)
		}
	}
}
