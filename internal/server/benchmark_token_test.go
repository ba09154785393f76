package server_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

const benchmarkToken = "a benchmark token of this test"

func TestHazard012OnlyTheBenchmarksTokenPassesTheLimiterAndOnlyInItsMode(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string]struct {
		mode    bool
		header  string
		limited bool
	}{
		"the token, in the mode":         {true, benchmarkToken, false},
		"the token, and the mode off":    {false, benchmarkToken, true},
		"an empty one":                   {true, "", true},
		"an empty one, and the mode off": {false, "", true},
		"a wrong one":                    {true, "wrong", true},
		"its beginning":                  {true, benchmarkToken[:16], true},
		"more than it":                   {true, benchmarkToken + "x", true},
		"another case":                   {true, strings.ToUpper(benchmarkToken), true},
	} {
		world := clinic.New(t, clinic.With(func(c *config.Config) {
			c.RateLimit, c.RateLimitReads, c.BenchmarkMode, c.BenchmarkToken = true, 3, asked.mode, benchmarkToken
		}))
		browser, limited := world.Browser(), false
		for range 6 {
			request := browser.Request(http.MethodGet, "/login", nil)
			request.Header.Set("X-Benchmark-Token", asked.header)
			limited = limited || browser.Do(request).Status == http.StatusTooManyRequests
		}
		if limited != asked.limited {
			t.Errorf("%s: limited %t", name, limited)
		}
	}
}

func TestHazard012ACookieThatIsNoTokenIsNobodys(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	cookie := cookies(t, staff, world.URL)
	at := strings.Index(cookie, guard.SessionCookie+"=") + len(guard.SessionCookie+"=")
	token := cookie[at : at+43]
	if good := say(t, world.URL, "GET /clients HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session="+token+"\r\n\r\n"); good.status != http.StatusOK {
		t.Fatalf("the token itself is answered %d", good.status)
	}
	for _, forged := range []string{
		"01", "1e3", " 1", "-1", "9223372036854775808", "", "null", token[:42], token + "A", token + "=", token[:42] + "\x7f", strings.ToUpper(token), strings.ToLower(token),
		"%" + "41" + token[1:], token[:20] + "\x00" + token[20:], "'or'1'='1", strings.Repeat("A", 43), strings.Repeat("A", 5000),
	} {
		answer := say(t, world.URL, "GET /clients HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session="+forged+"\r\n\r\n")
		if answer.status != http.StatusSeeOther && answer.status != http.StatusBadRequest {
			t.Errorf("%.50q is answered %d", forged, answer.status)
		}
	}
}
