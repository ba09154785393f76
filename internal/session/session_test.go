package session_test

import (
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard001AChosenCookieIsNeverTheOneThatIsSignedIn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	chosen, _ := guard.NewToken()
	victim := planted(t, world, chosen)
	if status := victim.Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {clinic.Password}}).Status; status != http.StatusSeeOther {
		t.Fatalf("sign-in: %d", status)
	}
	if cookie(t, world, victim) == chosen {
		t.Error("the chosen token was kept")
	}
	if location := planted(t, world, chosen).Get("/").Location(); !strings.HasPrefix(location, "/login") {
		t.Errorf("the chosen token leads to %q", location)
	}
	// Signing in again over a session that is good ends that one.
	own := alfa.SignInStaff()
	old := cookie(t, world, own)
	own.Token()
	own.Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {clinic.Password}})
	refusedCookie(t, world, "signing in over it", old)
}

// refusedCookie fails when a token is still worth anything.
func refusedCookie(t *testing.T, world *clinic.World, after, token string) {
	t.Helper()
	hash, _ := guard.HashToken(token)
	if n := world.Database.Count(t, "select count(*) from sessions where token_hash = $1", hash); n != 0 {
		t.Errorf("after %s the row is there", after)
	}
	replay := planted(t, world, token)
	if answer := replay.Get("/"); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
		t.Errorf("after %s: %d %q", after, answer.Status, answer.Location())
	}
	if answer := replay.Fragment("/clients"); answer.Status != http.StatusUnauthorized {
		t.Errorf("after %s, by htmx: %d", after, answer.Status)
	}
}

func TestHazard002TheOldCookieIsWorthNothing(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	join(t, world, alfa.Staff.ID, beta.ID)

	browser := alfa.SignInStaff()
	old := cookie(t, world, browser)
	answer := browser.Post("/logout", nil)
	if answer.Header.Get("Clear-Site-Data") == "" {
		t.Error("the browser is not asked to forget")
	}
	refusedCookie(t, world, "signing out", old)

	browser = alfa.SignInStaff()
	old = cookie(t, world, browser)
	if answer := browser.Post("/tenants/"+beta.ID.String()+"/session", nil); answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("switch: %d", answer.Status)
	}
	refusedCookie(t, world, "switching", old)

	browser = alfa.SignInOwner()
	old = cookie(t, world, browser)
	if answer := browser.Post("/password", changing(clinic.Password, "a quiet horse reads")); answer.Status != http.StatusSeeOther {
		t.Fatalf("password: %d %s", answer.Status, answer.Text("main"))
	}
	refusedCookie(t, world, "changing the password", old)
	if status := browser.Get("/team").Status; status != http.StatusOK {
		t.Errorf("who changed it: %d", status)
	}
}

func changing(current, next string) url.Values {
	return url.Values{"current_password": {current}, "password": {next}, "password_confirm": {next}}
}

// join makes a person a receptionist of a further clinic.
func join(t *testing.T, world *clinic.World, userID, tenantID uuid.UUID) {
	t.Helper()
	world.Database.Execute(t, "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", tenantID, userID)
}

func TestHazard004ADumpHoldsNoCookieAndTheCookieHasItsFlags(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	browser := world.Clinic("alfa").SignInStaff()
	token := cookie(t, world, browser)
	if hash, ok := guard.HashToken(token); !ok || len(hash) != 32 {
		t.Fatalf("not 256 bits: %q", token)
	}
	dump, err := exec.Command("pg_dump", "--data-only", "--inserts", world.Database.SuperuserURL).Output()
	if err != nil {
		t.Fatal(err)
	}
	if len(dump) < 1000 || strings.Contains(string(dump), token) {
		t.Errorf("the token is in a dump of %d bytes", len(dump))
	}
	for base, wanted := range map[string]string{
		"https://desk.example": "__Host-session=; path=/; HttpOnly; secure; SameSite=Lax", world.URL: "session=; path=/; HttpOnly; SameSite=Lax",
	} {
		second := world.Copy(clinic.With(func(c *config.Config) { c.AppBaseURL = base }))
		if set := signInCookie(t, second, base); set != wanted {
			t.Errorf("over %s: %q", base, set)
		}
	}
}

// signInCookie is the session's Set-Cookie without its value and age. A browser's
// jar keeps no secure cookie that comes over http, so the test carries them.
func signInCookie(t *testing.T, world *clinic.World, base string) string {
	t.Helper()
	browser := world.Browser()
	page := browser.Get("/login")
	form := url.Values{"email": {"staff@alfa.example"}, "password": {clinic.Password}, "_csrf": {page.Value(`input[name="_csrf"]`)}}
	request := browser.Request(http.MethodPost, "/login", form)
	request.Header.Set("Origin", base)
	for _, set := range page.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(set, ";")
		request.Header.Add("Cookie", pair)
	}
	answer := browser.Do(request)
	for _, set := range answer.Header.Values("Set-Cookie") {
		if name, rest, _ := strings.Cut(set, "="); strings.HasSuffix(name, guard.SessionCookie) {
			_, flags, _ := strings.Cut(rest, "; ")
			_, flags, _ = strings.Cut(flags, "; ")
			return name + "=; " + flags
		}
	}
	t.Fatalf("no session's cookie: %d", answer.Status)
	return ""
}

func TestASessionEndsUnusedAndAtLast(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	idle, lifetime := world.Config.SessionIdle.Seconds(), world.Config.SessionLifetime.Seconds()
	for name, c := range map[string]struct {
		column  string
		seconds float64
		status  int
	}{
		"just before it is idle": {"last_seen_at", idle - 60, http.StatusOK}, "idle": {"last_seen_at", idle + 1, http.StatusSeeOther},
		"just before its end": {"expires_at", lifetime - 60, http.StatusOK}, "at its end": {"expires_at", lifetime + 1, http.StatusSeeOther},
	} {
		browser := world.SignIn(alfa.Staff.Email)
		hash, _ := guard.HashToken(cookie(t, world, browser))
		world.Database.Execute(t, "update sessions set "+c.column+" = "+c.column+" - make_interval(secs => $1) where token_hash = $2", c.seconds, hash)
		world.Vouch()
		if status := browser.Get("/").Status; status != c.status {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestASessionThatEndsEarlyUnusedDoesNotEndWhileItIsUsed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.SessionIdle = time.Minute }))
	browser := world.Clinic("alfa").SignInStaff()
	for range 3 {
		world.Database.Execute(t, "update sessions set last_seen_at = last_seen_at - interval '40 seconds'")
		if status := browser.Get("/").Status; status != http.StatusOK {
			t.Fatalf("used every 40 seconds: %d", status)
		}
	}
}

func TestNoSessionIsBothAClinicsAndTheInstallations(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	browser := alfa.SignInStaff()
	world.Database.Execute(t, "update users set super_admin = true where id = $1", alfa.Staff.ID)
	for _, path := range []string{"/clients", "/admin", "/sessions"} {
		if answer := browser.Get(path); !strings.HasPrefix(answer.Location(), "/login") {
			t.Errorf("%s of a clinic's session whose person became a super-admin: %d", path, answer.Status)
		}
	}
}

func TestAPersonSeesTheirSessionsAndEndsThem(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	here, there := alfa.SignInStaff(), alfa.SignInStaff()
	world.Database.Execute(t, `update sessions set user_agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', ip = '203.0.113.7'
		where token_hash = $1`, hashOf(t, world, there))
	alfa.SignInOwner()
	page := here.Get("/sessions")
	rows := page.Find(`tr[id^="session-"]`)
	if page.Status != http.StatusOK || rows.Length() != 2 {
		t.Fatalf("%d, %d sessions", page.Status, rows.Length())
	}
	if list := rows.Text(); !strings.Contains(list, "Firefox on Windows") || !strings.Contains(list, "203.0.113.7") || strings.Count(list, "this one") != 1 {
		t.Errorf("the list says %q", list)
	}
	foreign := world.Database.Text(t, "select id::text from sessions where user_id = $1", alfa.Owner.ID)
	for _, id := range []string{foreign, uuid.NewString(), "x"} {
		if status := here.Post("/sessions/"+id+"/ending", nil).Status; status != http.StatusNotFound {
			t.Errorf("%s: %d", id, status)
		}
	}
	id := world.Database.Text(t, "select id::text from sessions where token_hash = $1", hashOf(t, world, there))
	if answer := here.Post("/sessions/"+id+"/ending", nil); answer.Status != http.StatusSeeOther || answer.Location() != "/sessions" {
		t.Errorf("ending: %d", answer.Status)
	}
	refusedCookie(t, world, "its ending", cookie(t, world, there))
	others := []*clinic.Browser{alfa.SignInStaff(), alfa.SignInStaff()}
	here.Post("/sessions/ending", nil)
	for _, other := range others {
		refusedCookie(t, world, "the ending of all others", cookie(t, world, other))
	}
	own := world.Database.Text(t, "select id::text from sessions where token_hash = $1", hashOf(t, world, here))
	token := cookie(t, world, here)
	if answer := here.Post("/sessions/"+own+"/ending", nil); answer.Location() != "/login" || answer.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("ending one's own: %q", answer.Location())
	}
	refusedCookie(t, world, "ending one's own", token)
	if n := recorded(t, world, "session_end", uuid.Nil); n != 4 {
		t.Errorf("%d endings recorded", n)
	}
	if n := world.Database.Count(t, "select count(*) from sessions where user_id = $1", alfa.Owner.ID); n != 1 {
		t.Error("somebody else's session ended")
	}
}

func hashOf(t *testing.T, world *clinic.World, browser *clinic.Browser) []byte {
	t.Helper()
	hash, _ := guard.HashToken(cookie(t, world, browser))
	return hash
}

func TestHazard011ManyRequestsOfOneSessionLoseNothing(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	staff.Token()
	world.Database.Execute(t, "update sessions set last_seen_at = now() - interval '1 hour'")
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			if n%4 == 0 {
				if status := staff.PostFragment("/preferences", url.Values{"theme": {"dark"}}).Status; status != http.StatusOK {
					t.Errorf("a write: %d", status)
				}
				return
			}
			if status := staff.Fragment("/clients").Status; status != http.StatusOK {
				t.Errorf("a read: %d", status)
			}
		})
	}
	group.Wait()
	if status := staff.Get("/clients").Status; status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

func TestHazard012OnlyATokenOfOursIsASession(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	token := cookie(t, world, world.Clinic("alfa").SignInStaff())
	for _, wrong := range []string{
		"01", "1e3", "%201", "-1", "9223372036854775808", token[:42], token + "A", token + "=", strings.ToLower(token), strings.Repeat("A", 43),
		strings.Repeat("A", 3000), "..%2f", "null", token + "%00",
	} {
		if answer := planted(t, world, wrong).Get("/clients"); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
			t.Errorf("%.20q: %d", wrong, answer.Status)
		}
	}
}

func TestHazard012ABenchmarkTokenOpensNothingUnlessItIsTheRightOne(t *testing.T) {
	t.Parallel()
	for mode, let := range map[bool]int{false: 0, true: 1} {
		world := clinic.New(t, clinic.With(func(c *config.Config) {
			c.RateLimit, c.RateLimitReads, c.BenchmarkMode, c.BenchmarkToken = true, 1, mode, "a token of sixteen or more"
		}))
		browser := world.Browser()
		browser.Get("/login")
		through := 0
		for _, token := range []string{"", "wrong", "a token of sixteen or more"} {
			request := browser.Request(http.MethodGet, "/login", nil)
			request.Header.Set("X-Benchmark-Token", token)
			if browser.Do(request).Status == http.StatusOK {
				through++
			}
		}
		if through != let {
			t.Errorf("mode %v: %d of three got through", mode, through)
		}
	}
}
