package server_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard073AnAmbiguousRequestIsRefusedAndTheConnectionClosed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	host := "Host: " + strings.TrimPrefix(world.URL, "http://") + "\r\n"
	const end = "\r\n0\r\n\r\nGET /login HTTP/1.1\r\nHost: smuggled\r\n\r\n"
	for name, raw := range map[string]string{
		"length and encoding":              "POST /login HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + end,
		"encoding and length":              "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + end,
		"encoding on HTTP/1.0":             "POST /login HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n" + end,
		"two lengths":                      "POST /login HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"two equal lengths":                "POST /login HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b",
		"a list of lengths":                "POST /login HTTP/1.1\r\n" + host + "Content-Length: 3, 3\r\n\r\na=b",
		"a signed length":                  "POST /login HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\na=b",
		"a negative length":                "POST /login HTTP/1.1\r\n" + host + "Content-Length: -3\r\n\r\na=b",
		"an unknown encoding":              "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n" + end,
		"an encoding with a tab":           "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: \x0bchunked\r\n" + end,
		"two encodings":                    "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + end,
		"a list of encodings":              "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n" + end,
		"the encoding that is none":        "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n",
		"that one spelled otherwise":       "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: Identity \r\n" + end,
		"an empty encoding":                "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n" + end,
		"HTTP/1.2":                         "GET /login HTTP/1.2\r\n" + host + "\r\n",
		"HTTP/2.0":                         "GET /login HTTP/2.0\r\n" + host + "\r\n",
		"HTTP/0.9":                         "GET /login HTTP/0.9\r\n" + host + "\r\n",
		"HTTP/1.10":                        "GET /login HTTP/1.10\r\n" + host + "\r\n",
		"a version in small letters":       "GET /login http/1.1\r\n" + host + "\r\n",
		"an encoding whose name is spaced": "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n" + end,
		"two hosts":                        "GET /login HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n",
		"no host":                          "GET /login HTTP/1.1\r\nAccept: */*\r\n\r\n",
		"one bare line feed":               "GET /login HTTP/1.1\r\n" + host + "X-A: b\nX-C: d\r\n\r\n",
		"a line feed in a chunk extension": "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\na=b\r\n0\r\n\r\n",
		"a folded header":                  "GET /login HTTP/1.1\r\n" + host + "X-A: b\r\n c\r\n\r\n",
		"a header folded with a tab":       "GET /login HTTP/1.1\r\n" + host + "X-A: b\r\n\tc\r\n\r\n",
		"NUL in a header":                  "GET /login HTTP/1.1\r\n" + host + "X-A: b\x00c\r\n\r\n",
		"a header without a name":          "GET /login HTTP/1.1\r\n" + host + ": b\r\n\r\n",
	} {
		answer := say(t, world.URL, raw)
		if answer.status != http.StatusBadRequest || !answer.closed {
			t.Errorf("%s: status %d, closed %t", name, answer.status, answer.closed)
		}
	}
	if answer := say(t, world.URL, "GET /healthz HTTP/1.1\r\n"+host+"\r\n"); answer.status != http.StatusOK || answer.closed {
		t.Errorf("a sound request: status %d, closed %t", answer.status, answer.closed)
	}
	if answer := say(t, world.URL, "POST /login HTTP/1.1\r\n"+host+"Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n3\r\na=b\r\n0\r\n\r\n"); answer.status != http.StatusForbidden {
		t.Errorf("a sound chunked request: status %d", answer.status)
	}
}

// A header whose lines all end in a bare line feed never ends, to the server: it
// is answered nothing, and closed when its time is up.
func TestHazard073AHeaderOfBareLineFeedsIsNotARequest(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, func(p *server.Parts) { p.ReadTimeout = time.Second })
	answer := say(t, world.URL, "GET /healthz HTTP/1.1\nHost: x\n\n")
	if answer.status != 0 && answer.status != http.StatusBadRequest && answer.status != http.StatusRequestTimeout || !answer.closed {
		t.Errorf("status %d, closed %t", answer.status, answer.closed)
	}
}

// sessionAddress is where the newest session says that it was begun from.
func sessionAddress(t *testing.T, world *clinic.World) (address netip.Addr) {
	t.Helper()
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if err := connection.QueryRow(t.Context(), "select host(ip)::inet from sessions order by created_at desc limit 1").Scan(&address); err != nil {
		t.Fatal(err)
	}
	return address
}

func signInFrom(t *testing.T, world *clinic.World, person clinic.Person, forwarded ...string) {
	t.Helper()
	browser := world.Browser()
	request := browser.Request(http.MethodPost, "/login", url.Values{
		"email": {person.Email}, "password": {clinic.Password}, "_csrf": {browser.Token()},
	})
	for _, value := range forwarded {
		request.Header.Add("X-Forwarded-For", value)
	}
	request.Header.Set("X-Real-Ip", "198.51.100.1")
	request.Header.Set("X-Forwarded-Host", "evil.example")
	request.Header.Set("X-Forwarded-Proto", "https")
	answer := browser.Do(request)
	if answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("sign-in: %d to %q", answer.Status, answer.Location())
	}
}

func TestHazard074ForwardingHeadersOfStrangersAreIgnored(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	signInFrom(t, world, alfa.Staff, "203.0.113.7")
	if address := sessionAddress(t, world); address.String() != "127.0.0.1" {
		t.Errorf("believed %s", address)
	}
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if n := numberOf(t, connection, "select count(*) from platform_audit_events where action = 'session_create' and host(ip) <> '127.0.0.1'"); n != 0 {
		t.Errorf("%d rows of the log name a forged address", n)
	}
	if log := world.Log.String(); strings.Contains(log, "203.0.113.7") || strings.Contains(log, "evil") {
		t.Error("what was forged stands in the program's log")
	}
	browser := alfa.SignInStaff()
	request := browser.Request(http.MethodPost, "/preferences", url.Values{"theme": {"dark"}, "_csrf": {browser.Token()}})
	request.Header.Set("Origin", "http://evil.example")
	request.Header.Set("X-Forwarded-Host", "evil.example")
	if answer := browser.Do(request); answer.Status != http.StatusForbidden {
		t.Errorf("an origin that matches a forged host: %d", answer.Status)
	}
}

func TestHazard074AProxyOfOursIsBelievedUpToTheFirstStranger(t *testing.T) {
	t.Parallel()
	ours := func(c *config.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	}
	world := clinic.New(t, clinic.With(ours))
	alfa := world.Clinic("alfa")
	for _, hops := range [][]string{
		{"203.0.113.7"},
		{"198.51.100.66, 203.0.113.7"},
		{"198.51.100.66", "203.0.113.7"},
		{"198.51.100.66, 203.0.113.7, 10.0.0.3"},
		{"::ffff:203.0.113.7"},
		{"127.0.0.1, 203.0.113.7"},
	} {
		signInFrom(t, world, alfa.Staff, hops...)
		if address := sessionAddress(t, world); address.String() != "203.0.113.7" {
			t.Errorf("%q: believed %s", hops, address)
		}
	}
	// The database knows no zones of addresses.
	signInFrom(t, world, alfa.Staff, "fe80::1%eth0")
	if address := sessionAddress(t, world); address.String() != "fe80::1" {
		t.Errorf("with a zone: believed %s", address)
	}
	signInFrom(t, world, alfa.Staff, "203.0.113.7, nonsense")
	if address := sessionAddress(t, world); address.String() != "127.0.0.1" {
		t.Errorf("after nonsense: believed %s", address)
	}
}

func TestHazard010TheHostOfARequestStandsInNoLink(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	form := url.Values{"_csrf": {owner.Token()}, "name": {"Ion"}, "email": {""}}
	for name, target := range map[string]string{"an absolute address": "http://evil.example/team", "another port": "http://127.0.0.1:1/team", "its host alone": "/team"} {
		form.Set("email", strings.ReplaceAll(name, " ", "-")+"@alfa.example")
		answer := say(t, world.URL, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\nCookie: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			target, cookies(t, owner, world.URL), formType, len(form.Encode()), form.Encode()))
		if location := answer.header.Get("Location"); answer.status != http.StatusSeeOther || location != "/team" {
			t.Fatalf("%s: %d to %q", name, answer.status, location)
		}
		// The note with the link, which the raw answer brought.
		page := owner.Request(http.MethodGet, "/team", nil)
		for _, set := range answer.header.Values("Set-Cookie") {
			pair, _, _ := strings.Cut(set, ";")
			page.Header.Add("Cookie", pair)
		}
		if link, _ := owner.Do(page).Find("a[data-invite-link]").Attr("href"); !strings.HasPrefix(link, world.Config.AppBaseURL+"/invite/") {
			t.Errorf("%s: the link is %q", name, link)
		}
	}
}

func TestHazard074AForgedAddressDoesNotResetALimit(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.RateLimit, c.RateLimitReads = true, 5 }))
	browser := world.Browser()
	for i := range 12 {
		request := browser.Request(http.MethodGet, "/login", nil)
		request.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		if answer := browser.Do(request); answer.Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("twelve reads of five passed")
}

func TestHazard075FormsBeyondMeasureAreRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	browser := world.Browser()
	many := url.Values{}
	for i := range 10_000 {
		many.Set(fmt.Sprintf("p%d", i), "x")
	}
	for name, fields := range map[string]url.Values{
		"a huge index":       {"a[999999999]": {"x"}},
		"a negative index":   {"a[-1]": {"x"}},
		"a deep index":       {strings.Repeat("a[0].", 10_000): {"x"}},
		"half an index":      {"a[": {"x"}, "b]": {"y"}},
		"no name":            {"": {"x"}},
		"a very long number": {"email": {strings.Repeat("9", 100_000)}},
	} {
		started := time.Now()
		answer := browser.Post("/login", fields)
		if answer.Status != http.StatusBadRequest && answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer.Status)
		}
		if took := time.Since(started); took > time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
	if answer := browser.Post("/login", many); answer.Status != http.StatusBadRequest {
		t.Errorf("10,000 fields: %d", answer.Status)
	}
	body := strings.NewReader(strings.Repeat("x", 3<<20))
	request := browser.Request(http.MethodPost, "/login", nil)
	request.Body, request.ContentLength = http.NoBody, 0
	if answer := browser.Do(request); answer.Status != http.StatusForbidden {
		t.Errorf("an empty form: %d", answer.Status)
	}
	large, err := http.NewRequestWithContext(t.Context(), http.MethodPost, world.URL+"/login", body)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := browser.Client.Do(large); err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("3 MiB: %d", response.StatusCode)
		}
	}
}

func TestHazard075SlowSocketsAreClosedAndOthersServed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, func(p *server.Parts) { p.ReadTimeout = 300 * time.Millisecond })
	slow := make([]net.Conn, 500)
	for i := range slow {
		connection, err := net.Dial("tcp", strings.TrimPrefix(world.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := fmt.Fprint(connection, "POST /login HTTP/1.1\r\nHost: slow\r\nX-A: "); err != nil {
			t.Fatal(err)
		}
		slow[i] = connection
	}
	if answer := world.Browser().Get("/login"); answer.Status != http.StatusOK {
		t.Errorf("another visitor was answered %d", answer.Status)
	}
	for _, connection := range slow {
		if err := connection.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 4096)
		for {
			if _, err := connection.Read(buffer); err != nil {
				if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
					t.Fatal("a slow socket is still open")
				}
				break
			}
		}
	}
}

func TestHazard076APanicIsAPageAndTheProcessLives(t *testing.T) {
	t.Parallel()
	base, _ := bare(t, func(app *fiber.App) {
		app.Get("/panic", func(*fiber.Ctx) error { panic("Hortensia") })
		app.Get("/nil", func(c *fiber.Ctx) error { var nothing *strings.Builder; return c.SendString(nothing.String()) })
	})
	for range 3 {
		for _, path := range []string{"/panic", "/nil"} {
			answer := say(t, base, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if answer.status != http.StatusInternalServerError || !strings.Contains(answer.body, "<html") || strings.Contains(answer.body, "Hortensia") {
				t.Errorf("%s: %d %.80q", path, answer.status, answer.body)
			}
			if answer.header.Get("Content-Security-Policy") == "" || answer.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", path, answer.header)
			}
		}
	}
}

func TestHazard076QueriesOfAKeptConnectionDoNotBleed(t *testing.T) {
	t.Parallel()
	kept := []string{}
	base, _ := bare(t, func(app *fiber.App) {
		app.Get("/keep", func(c *fiber.Ctx) error {
			kept = append(kept, c.Query("q")+c.Get("X-A")+c.Path())
			return c.SendStatus(204)
		})
	})
	request := func(letter string) string {
		return "GET /keep?q=" + strings.Repeat(letter, 20) + " HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat(letter, 20) + "\r\n\r\n"
	}
	say(t, base, request("a")+request("b")+request("c"))
	for i, letter := range []string{"a", "b", "c"} {
		if want := strings.Repeat(letter, 40) + "/keep"; len(kept) != 3 || kept[i] != want {
			t.Fatalf("kept %q", kept)
		}
	}
}

func TestHazard076StaticPathsLeadNowhereElse(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	for _, path := range []string{
		"/static/..%2f..%2fetc%2fpasswd", "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/x/..%5c..%5cgo.mod",
		"/static/%00", "/static/app.css%00.png", "/static/0123456789abcdef/app.css", "/static/", "/static", "/static/x/", "/%2561dmin",
		"/static/" + strings.Repeat("a/", 2000), "/static/%ff%fe", "/static/%",
	} {
		answer := say(t, world.URL, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if answer.status != http.StatusNotFound && answer.status != http.StatusBadRequest {
			t.Errorf("%.60s: %d", path, answer.status)
		}
	}
}

func TestHazard022OtherSpellingsOfAnAddressOpenNothing(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	cookie := cookies(t, staff, world.URL)
	guarded := []string{"/admin"}
	for _, route := range world.Server.Routes() {
		if route.Access == guard.SuperAdmin || route.Access == guard.Owner {
			guarded = append(guarded, pathOf(route))
		}
	}
	for _, path := range guarded {
		first := path[1:]
		for _, spelling := range []string{
			path, strings.ToUpper(path), path + "/", "/" + path, "/%" + fmt.Sprintf("%02x", first[0]) + first[1:], path + "%2f", path + "%2F", path + "/.", "/." + path,
			"/x/.." + path, "/x%2f.." + path, path + "%00", path + ";a=b", path + "%20", "/" + path + "//", path + "?", path + "#", "http://other.example" + path,
			strings.ToUpper(path[:2]) + path[2:], "/login/.." + path, "/%252e%252e" + path,
		} {
			answer := say(t, world.URL, "GET "+spelling+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: "+cookie+"\r\n\r\n")
			switch answer.status {
			case http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest, http.StatusMethodNotAllowed:
			default:
				t.Errorf("%s: %d", spelling, answer.status)
			}
		}
	}
}
