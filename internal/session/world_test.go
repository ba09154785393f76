package session_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

// limited is an installation with its limits on, behind a proxy, so that a test can
// come from anywhere.
func limited(t *testing.T, options ...clinic.Option) *clinic.World {
	t.Helper()
	return clinic.New(t, append(options, clinic.With(func(c *config.Config) {
		c.RateLimit, c.RateLimitWrites = true, 100_000
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}))...)
}

// from is a sign-in that comes from an address.
func from(browser *clinic.Browser, address, email, password string) *clinic.Answer {
	request := browser.Request(http.MethodPost, "/login", url.Values{
		"email": {email}, "password": {password}, "_csrf": {browser.Token()},
	})
	request.Header.Set("X-Forwarded-For", address)
	return browser.Do(request)
}

// recorded counts what the platform's log says of an action.
func recorded(t *testing.T, world *clinic.World, action string, target uuid.UUID) int {
	t.Helper()
	return world.Database.Count(t, "select count(*) from platform_audit_events where action::text = $1 and ($2 = '00000000-0000-0000-0000-000000000000'::uuid or target_id = $2)", action, target)
}

// cookie is the session's token in a browser.
func cookie(t *testing.T, world *clinic.World, browser *clinic.Browser) string {
	t.Helper()
	base, err := url.Parse(world.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range browser.Client.Jar.Cookies(base) {
		if kept.Name == guard.SessionCookie {
			return kept.Value
		}
	}
	return ""
}

// planted is a browser that sends this token.
func planted(t *testing.T, world *clinic.World, token string) *clinic.Browser {
	t.Helper()
	base, err := url.Parse(world.URL)
	if err != nil {
		t.Fatal(err)
	}
	browser := world.Browser()
	browser.Client.Jar.SetCookies(base, []*http.Cookie{{Name: guard.SessionCookie, Value: token, Path: "/"}})
	return browser
}
