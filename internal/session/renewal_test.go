package session_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

// moment is where the clock stands while an app shows its code.
var moment = time.Now()

// insider is somebody with every way to change what their session may do: a
// receptionist of two clinics, or a super-admin whom one of them has let in.
type insider struct {
	t           *testing.T
	world       *clinic.World
	alfa, beta  *clinic.Clinic
	staff, root *clinic.Browser
}

func newInsider(t *testing.T) *insider {
	t.Helper()
	world := clinic.New(t, clinic.At(moment))
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	join(t, world, alfa.Staff.ID, beta.ID)
	return &insider{t: t, world: world, alfa: alfa, beta: beta, staff: alfa.SignInStaff(), root: world.SuperAdmin()}
}

// post sends a form that must succeed, from a page of the session as it is.
func (i *insider) post(browser *clinic.Browser, path string, fields url.Values) *clinic.Answer {
	i.t.Helper()
	browser.Forget()
	answer := browser.Post(path, fields)
	if answer.Status >= http.StatusBadRequest {
		i.t.Fatalf("%s: %d %s", path, answer.Status, answer.Text("main"))
	}
	return answer
}

// invite asks the receptionist into a further clinic, and returns the link's path.
func (i *insider) invite() string {
	i.t.Helper()
	further := i.world.Clinic("gamma")
	token, hash := guard.NewToken()
	i.world.Database.Execute(i.t, `insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
		values ($1, gen_random_uuid(), $2, 'Staff', 'staff', $3, now() + interval '1 day')`, further.ID, i.alfa.Staff.Email, hash)
	i.world.Vouch()
	return "/invite/" + token
}

// app begins to set up an app, and returns its code.
func (i *insider) app() url.Values {
	i.t.Helper()
	i.post(i.staff, "/second-factor", nil)
	secret := strings.ReplaceAll(i.staff.Get("/second-factor/confirmation").Text("[data-secret] .copy-text"), " ", "")
	code, err := totp.GenerateCode(secret, moment)
	if err != nil {
		i.t.Fatal(err)
	}
	return url.Values{"code": {code}}
}

// privilege is one change of what a session may do.
type privilege struct {
	name   string
	of     func(*insider) *clinic.Browser
	change func(*insider) *clinic.Answer
	// shows is a page that the session may open afterwards.
	shows string
}

func staffOf(i *insider) *clinic.Browser { return i.staff }
func rootOf(i *insider) *clinic.Browser  { return i.root }

// privileges is in an order in which one session can go through those of one person.
var privileges = []privilege{
	{"switching clinic", staffOf, func(i *insider) *clinic.Answer {
		return i.post(i.staff, "/tenants/"+i.beta.ID.String()+"/session", nil)
	}, "/clients"},
	{"changing the password", staffOf, func(i *insider) *clinic.Answer {
		return i.post(i.staff, "/password", changing(clinic.Password, "a quiet horse reads"))
	}, "/clients"},
	{"confirming a second factor", staffOf, func(i *insider) *clinic.Answer {
		return i.post(i.staff, "/second-factor/confirmation", i.app())
	}, "/clients"},
	{"accepting an invite", staffOf, func(i *insider) *clinic.Answer {
		return i.post(i.staff, i.invite(), nil)
	}, "/clients"},
	{"entering support", rootOf, func(i *insider) *clinic.Answer {
		i.post(i.alfa.SignInOwner(), "/settings/support", url.Values{"reason": {"The calendar is empty"}, "hours": {"4"}})
		return i.post(i.root, "/admin/tenants/"+i.alfa.ID.String()+"/support-session", nil)
	}, "/clients"},
	{"leaving support", rootOf, func(i *insider) *clinic.Answer {
		if i.root.Get("/clients").Status != http.StatusOK {
			i.post(i.alfa.SignInOwner(), "/settings/support", url.Values{"reason": {"The calendar is empty"}, "hours": {"4"}})
			i.post(i.root, "/admin/tenants/"+i.alfa.ID.String()+"/support-session", nil)
		}
		return i.post(i.root, "/support-session/ending", nil)
	}, "/admin"},
}

func TestHazard002EveryChangeOfPrivilegeMakesANewTokenAndKeepsTheEnd(t *testing.T) {
	t.Parallel()
	for _, p := range privileges {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			i := newInsider(t)
			browser := p.of(i)
			i.world.Database.Execute(t, "update sessions set created_at = now() - interval '3 hours', expires_at = now() + interval '40 minutes'")
			i.world.Vouch()
			old, before := cookie(t, i.world, browser), lifeOf(t, i.world, browser)
			answer := p.change(i)
			refusedCookie(t, i.world, p.name, old)
			if status := browser.Get(p.shows).Status; status != http.StatusOK {
				t.Errorf("under the new token: %d", status)
			}
			if after := lifeOf(t, i.world, browser); after != before {
				t.Errorf("the session was %s and is %s", before, after)
			}
			if seconds := cookieLife(t, answer); seconds < 1 || seconds > 40*60 {
				t.Errorf("the browser keeps the cookie for %d seconds", seconds)
			}
		})
	}
}

// lifeOf is a session's id, and from when to when it lasts.
func lifeOf(t *testing.T, world *clinic.World, browser *clinic.Browser) string {
	t.Helper()
	return world.Database.Text(t, "select concat_ws(' ', id, created_at, expires_at) from sessions where token_hash = $1", hashOf(t, world, browser))
}

// cookieLife is for how long an answer tells the browser to keep the session's cookie.
func cookieLife(t *testing.T, answer *clinic.Answer) int {
	t.Helper()
	for _, set := range sessionCookies(answer) {
		_, rest, _ := strings.Cut(set, "max-age=")
		life, _, _ := strings.Cut(rest, ";")
		if seconds, err := strconv.Atoi(life); err == nil {
			return seconds
		}
	}
	t.Fatalf("the cookies are %q", answer.Header.Values("Set-Cookie"))
	return 0
}

// sessionCookies are the values that an answer gives to the session's cookie, with
// their attributes.
func sessionCookies(answer *clinic.Answer) (set []string) {
	for _, line := range answer.Header.Values("Set-Cookie") {
		if value, ours := strings.CutPrefix(line, guard.SessionCookie+"="); ours {
			set = append(set, value)
		}
	}
	return set
}

func TestNoSequenceOfActionsProlongsASession(t *testing.T) {
	t.Parallel()
	i := newInsider(t)
	end := i.world.Database.Text(t, "select max(expires_at)::text from sessions")
	i.world.Database.Execute(t, "update sessions set expires_at = $1", end)
	i.world.Vouch()
	before := map[*clinic.Browser]string{i.staff: lifeOf(t, i.world, i.staff), i.root: lifeOf(t, i.world, i.root)}
	for _, p := range append(privileges, privileges[0], privileges[4], privileges[5]) {
		p.change(i)
	}
	for browser, life := range before {
		if after := lifeOf(t, i.world, browser); after != life {
			t.Errorf("the session was %s and is %s", life, after)
		}
	}
	i.world.Database.Execute(t, "update sessions set expires_at = now() - interval '1 second'")
	for browser := range before {
		browser.Forget()
		if answer := browser.Get("/"); !strings.HasPrefix(answer.Location(), "/login") {
			t.Errorf("past its end: %d %q", answer.Status, answer.Location())
		}
		if status := browser.Post("/tenants/"+i.beta.ID.String()+"/session", nil).Location(); status != "/login" {
			t.Errorf("switching past its end leads to %q", status)
		}
	}
}

func TestHazard002RaceOfTwoSwitchesOneLandsAndTheOtherTakesNoCookieAway(t *testing.T) {
	t.Parallel()
	i := newInsider(t)
	clinics := []uuid.UUID{i.beta.ID, i.alfa.ID}
	rounds := clinic.Rounds(t)
	for round := range rounds {
		switching := url.Values{"_csrf": {i.staff.Token()}}
		var group sync.WaitGroup
		answers := make([]*clinic.Answer, 2)
		for n := range answers {
			window := planted(t, i.world, cookie(t, i.world, i.staff))
			group.Go(func() {
				answers[n] = window.Do(window.Request(http.MethodPost, "/tenants/"+clinics[round%2].String()+"/session", switching))
			})
		}
		group.Wait()
		token := winner(t, answers)
		i.staff = planted(t, i.world, token)
		if status := i.staff.Get("/clients").Status; status != http.StatusOK {
			t.Fatalf("round %d: %d", round, status)
		}
	}
	if n := i.world.Database.Count(t, "select count(*) from platform_audit_events where action = 'session_switch'"); n != rounds {
		t.Errorf("%d switches are recorded", n)
	}
}

// winner is the new token of the one that landed; the other is sent to sign in, from
// where the browser, which has the new cookie, goes on.
func winner(t *testing.T, answers []*clinic.Answer) (token string) {
	t.Helper()
	for _, answer := range answers {
		set := sessionCookies(answer)
		switch {
		case answer.Location() == "/" && len(set) == 1 && token == "":
			token, _, _ = strings.Cut(set[0], ";")
		case answer.Location() != "/login" || len(set) != 0:
			t.Fatalf("%d %q %q", answer.Status, answer.Location(), set)
		}
	}
	return token
}

func TestWhoSignsInIsLedWhereTheyMayGo(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	root := world.Person("Root", true)
	client := "/clients/" + uuid.NewString()
	for _, c := range []struct{ email, next, wanted string }{
		{root.Email, client, "/admin"},
		{root.Email, "/", "/admin"},
		{root.Email, "/calendar?view=week", "/admin"},
		{root.Email, "/no-such-page", "/admin"},
		{root.Email, "/admin/tenants?q=alfa", "/admin/tenants?q=alfa"},
		{root.Email, "/sessions", "/sessions"},
		{alfa.Owner.Email, "/admin", "/"},
		{alfa.Owner.Email, "/admin/tenants?q=alfa", "/"},
		{alfa.Owner.Email, "/team", "/team"},
		{alfa.Staff.Email, "/team", "/"},
		{alfa.Staff.Email, client, client},
		{alfa.Staff.Email, "/calendar?view=week", "/calendar?view=week"},
		{alfa.Staff.Email, "/invite/x", "/invite/x"},
		{alfa.Staff.Email, "/logout", "/"},
	} {
		browser := world.Browser()
		answer := browser.Post("/login", url.Values{"email": {c.email}, "password": {clinic.Password}, "next": {c.next}})
		if answer.Location() != c.wanted {
			t.Errorf("%s to %s is led to %q", c.email, c.next, answer.Location())
		}
		if again := browser.Get("/login?next=" + url.QueryEscape(c.next)).Location(); again != c.wanted {
			t.Errorf("%s, signed in, to %s is led to %q", c.email, c.next, again)
		}
	}
}

func TestASuperAdminWhoseLookHasEndedSignsInToTheConsole(t *testing.T) {
	t.Parallel()
	i := newInsider(t)
	root := i.world.Person("Root", true)
	support := i.world.SignIn(root.Email)
	i.post(i.alfa.SignInOwner(), "/settings/support", url.Values{"reason": {"The calendar is empty"}, "hours": {"1"}})
	i.post(support, "/admin/tenants/"+i.alfa.ID.String()+"/support-session", nil)
	i.world.Database.Execute(t, "update support_grants set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second'")
	out := support.Get("/clients?q=ion")
	if out.Location() != "/login?next="+url.QueryEscape("/clients?q=ion") {
		t.Fatalf("after its end: %d %q", out.Status, out.Location())
	}
	support.Forget()
	back := support.Post("/login", url.Values{"email": {root.Email}, "password": {clinic.Password}, "next": {support.Get(out.Location()).Value(`input[name="next"]`)}})
	if back.Location() != "/admin" || support.Get("/admin").Status != http.StatusOK {
		t.Errorf("back: %d %q", back.Status, back.Location())
	}
}
