package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/demo"
)

// visitor is a browser that talks to a program in another process. It returns
// what went wrong instead of failing the test: some tests break the line.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	token  string
}

// answer is what the program answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func visit(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, base: base, client: &http.Client{
		Jar: jar, Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var csrfToken = regexp.MustCompile(`<meta name="csrf-token" content="([^"]+)"`)

// ask sends a request; fields, if any, are its form.
func (v *visitor) ask(method, path string, fields url.Values) (answer, error) {
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return answer{}, err
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	got, err := v.ask(http.MethodGet, path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return got
}

func (v *visitor) post(path string, fields url.Values) answer {
	v.t.Helper()
	got, err := v.ask(http.MethodPost, path, v.signed(fields))
	if err != nil {
		v.t.Fatal(err)
	}
	return got
}

// signed adds the CSRF token of the pages that the visitor sees.
func (v *visitor) signed(fields url.Values) url.Values {
	v.t.Helper()
	if v.token == "" {
		v.readToken("/no-such-page")
	}
	sent := url.Values{"_csrf": {v.token}}
	for name, values := range fields {
		sent[name] = values
	}
	return sent
}

func (v *visitor) readToken(path string) {
	v.t.Helper()
	page := v.get(path)
	found := csrfToken.FindStringSubmatch(page.body)
	if found == nil {
		v.t.Fatalf("no CSRF token (status %d)", page.status)
	}
	v.token = found[1]
}

// signIn signs in through the page.
func (v *visitor) signIn(email, password string) *visitor {
	v.t.Helper()
	if got := v.post("/login", url.Values{"email": {email}, "password": {password}}); got.status != http.StatusSeeOther {
		v.t.Fatalf("sign-in of %s answered %d", email, got.status)
	}
	v.readToken("/no-such-page")
	return v
}

// reception signs the demo's receptionist in.
func reception(t *testing.T, base string) *visitor {
	t.Helper()
	return visit(t, base).signIn(demo.Accounts()[0].Email, demo.Password)
}

// newClient is the form of a client; a further call makes another key.
func newClient(name string) url.Values {
	return url.Values{"first_name": {name}, "last_name": {"Test"}, "_idempotency_key": {uuid.NewString()}}
}

// acceptable fails unless the program answered, or said to come back later.
func acceptable(got answer) error {
	switch {
	case got.status >= 200 && got.status < 400:
		return nil
	case got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "":
		return nil
	}
	return fmt.Errorf("answered %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
}

func mustURL(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
