package clinic

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
)

// Browser keeps cookies and sends forms as a browser without JavaScript does. It
// follows no redirect: a test says where it goes.
type Browser struct {
	t      testing.TB
	base   string
	Client *http.Client
	csrf   string
}

// Browser returns one that has not signed in.
func (w *World) Browser() *Browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Browser{t: w.t, base: w.URL, Client: &http.Client{
		Jar: jar, Transport: w.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is what the server answered.
type Answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   []byte
}

// Location is where a redirect leads.
func (a *Answer) Location() string { return a.Header.Get("Location") }

// Find selects from the answer's HTML.
func (a *Answer) Find(selector string) *goquery.Selection {
	a.t.Helper()
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(a.Body))
	if err != nil {
		a.t.Fatal(err)
	}
	return document.Find(selector)
}

// Text returns the text of what the selector finds, white space folded.
func (a *Answer) Text(selector string) string {
	a.t.Helper()
	return strings.Join(strings.Fields(a.Find(selector).Text()), " ")
}

// Value returns the value of the first field that the selector finds.
func (a *Answer) Value(selector string) string {
	a.t.Helper()
	value, _ := a.Find(selector).First().Attr("value")
	return value
}

var (
	anyID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyEnd = regexp.MustCompile(` until:\d+`)
)

// tokenLength is how long a token is in a page, in characters of base64url: 64 bytes.
const tokenLength = 86

// Masked is the body without what differs from one answer to the next: tokens, request
// ids, idempotency keys, the minute in which it was made, the id that was asked for, and
// what was typed.
func (a *Answer) Masked(typed ...string) string {
	text := string(a.Body)
	for _, each := range typed {
		text = strings.ReplaceAll(text, each, "")
	}
	return maskWords(anyEnd.ReplaceAllString(text, ""))
}

// maskWords puts TOKEN and ID in place of tokens and ids. It goes from word to word by
// hand: an expression for a token, of 86 characters and more, is tried at every character
// of a page, and took a third of the time of all tests of the server.
func maskWords(text string) string {
	var masked strings.Builder
	for text != "" {
		length := strings.IndexFunc(text, func(r rune) bool { return !isOfWord(r) })
		if length < 0 {
			length = len(text)
		}
		masked.WriteString(maskWord(text[:length]))
		rest := strings.IndexFunc(text[length:], isOfWord)
		if rest < 0 {
			rest = len(text) - length
		}
		masked.WriteString(text[length : length+rest])
		text = text[length+rest:]
	}
	return masked.String()
}

func maskWord(word string) string {
	tokens := len(word) / tokenLength
	rest := word[tokens*tokenLength:]
	if len(rest) >= len(uuid.Nil.String()) {
		rest = anyID.ReplaceAllString(rest, "ID")
	}
	return strings.Repeat("TOKEN", tokens) + rest
}

func isOfWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// Get asks for a page.
func (b *Browser) Get(path string) *Answer {
	b.t.Helper()
	return b.Do(b.Request(http.MethodGet, path, nil))
}

// Fragment asks as htmx does.
func (b *Browser) Fragment(path string) *Answer {
	b.t.Helper()
	request := b.Request(http.MethodGet, path, nil)
	request.Header.Set("HX-Request", "true")
	return b.Do(request)
}

// Post sends a form with the session's CSRF token.
func (b *Browser) Post(path string, fields url.Values) *Answer {
	b.t.Helper()
	return b.Do(b.Request(http.MethodPost, path, b.withToken(fields)))
}

// PostFragment sends a form as htmx does.
func (b *Browser) PostFragment(path string, fields url.Values) *Answer {
	b.t.Helper()
	request := b.Request(http.MethodPost, path, b.withToken(fields))
	request.Header.Set("HX-Request", "true")
	return b.Do(request)
}

// Request makes a request; fields, if any, are its form.
func (b *Browser) Request(method, path string, fields url.Values) *http.Request {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request
}

// Do sends a request and reads the answer: of an event stream the head alone, since it
// never ends.
func (b *Browser) Do(request *http.Request) *Answer {
	b.t.Helper()
	response, err := b.Client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	answer := &Answer{t: b.t, Status: response.StatusCode, Header: response.Header}
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return answer
	}
	if answer.Body, err = io.ReadAll(response.Body); err != nil {
		b.t.Fatal(err)
	}
	return answer
}

// Token returns the CSRF token of the pages that this browser sees now.
func (b *Browser) Token() string {
	b.t.Helper()
	if b.csrf == "" {
		page := b.Get("/no-such-page")
		b.csrf, _ = page.Find(`meta[name="csrf-token"]`).Attr("content")
		if b.csrf == "" {
			b.t.Fatalf("no CSRF token in a page (status %d)", page.Status)
		}
	}
	return b.csrf
}

func (b *Browser) withToken(fields url.Values) url.Values {
	b.t.Helper()
	sent := url.Values{"_csrf": {b.Token()}}
	for name, values := range fields {
		sent[name] = values
	}
	return sent
}

// Forget forgets the CSRF token, which is another after a change of session.
func (b *Browser) Forget() { b.csrf = "" }
