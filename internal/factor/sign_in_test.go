package factor_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit/clinic"
)

// enrolled is a receptionist with an app, whose telephone shows a code that was not
// used yet.
func enrolled(t *testing.T, options ...clinic.Option) (*world, *clinic.Clinic, *telephone, []string) {
	t.Helper()
	w := newWorld(t, options...)
	alfa := w.Clinic("alfa")
	app, codes := w.enrol(alfa.SignInStaff())
	w.pass()
	return w, alfa, app, codes
}

func TestARightPasswordAloneIsNoSession(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t)
	sessions := w.Database.Count(w.t, "select count(*) from sessions")
	browser := w.password(alfa.Staff.Email)
	if n := w.Database.Count(w.t, "select count(*) from sessions"); n != sessions {
		t.Fatalf("%d sessions, %d before", n, sessions)
	}
	if page := browser.Get("/clients"); !strings.HasPrefix(page.Location(), "/login") {
		t.Errorf("a page of the clinic: %d %s", page.Status, page.Location())
	}
	if page := browser.Get("/login/second-factor"); page.Status != http.StatusOK || page.Find(`input#code[autocomplete="one-time-code"]`).Length() != 1 {
		t.Errorf("the verification: %d", page.Status)
	}
	if page := answer(browser, app.code(0)); page.Status != http.StatusSeeOther || page.Location() != "/clients" {
		t.Fatalf("the right code: %d to %q", page.Status, page.Location())
	}
	if page := browser.Get("/clients"); page.Status != http.StatusOK {
		t.Errorf("signed in: %d", page.Status)
	}
}

func TestACodeMayBeOneStepEarlyOrLateAndNoMore(t *testing.T) {
	t.Parallel()
	for steps, good := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		w, alfa, app, _ := enrolled(t)
		w.pass() // so that the step before was not used at enrolment
		if page := answer(w.password(alfa.Staff.Email), app.code(steps)); (page.Status == http.StatusSeeOther) != good {
			t.Errorf("a code of %d steps away: %d", steps, page.Status)
		}
	}
}

func TestHazard009ACodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	w, alfa, app, codes := enrolled(t)
	for name, code := range map[string]string{"app": app.code(0), "recovery": codes[0]} {
		if page := answer(w.password(alfa.Staff.Email), code); page.Status != http.StatusSeeOther {
			t.Fatalf("%s, the first time: %d", name, page.Status)
		}
		if page := answer(w.password(alfa.Staff.Email), code); page.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s, the second time: %d", name, page.Status)
		}
	}
	if page := answer(w.password(alfa.Staff.Email), app.code(-1)); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("an older code after a newer: %d", page.Status)
	}
	if w.recorded("recovery_code_use", alfa.Staff) != 1 || w.recorded("second_factor_fail", alfa.Staff) != 3 {
		t.Error("the log does not hold it")
	}
}

func TestHazard009ACodeAtTwentyPlacesAtOnceOnTwoCopiesLetsOneIn(t *testing.T) {
	t.Parallel()
	w, alfa, app, codes := enrolled(t)
	second := &world{World: w.Copy(w.clock), t: t, now: w.now, rows: w.rows, clock: w.clock}
	for name, code := range map[string]string{"app": app.code(0), "recovery": strings.ToLower(codes[1])} {
		if got := atOnce(t, []*world{w, second}, alfa.Staff.Email, code); got != 1 {
			t.Errorf("%s: %d of 20 got in", name, got)
		}
	}
}

// atOnce sends one code from 20 browsers that have all typed the password.
func atOnce(t *testing.T, copies []*world, email, code string) int32 {
	t.Helper()
	browsers := make([]*clinic.Browser, 20)
	for i := range browsers {
		browsers[i] = copies[i%len(copies)].password(email)
		browsers[i].Token()
	}
	var entered atomic.Int32
	var group sync.WaitGroup
	start := make(chan struct{})
	for _, browser := range browsers {
		group.Go(func() {
			<-start
			switch page := answer(browser, code); page.Status {
			case http.StatusSeeOther:
				entered.Add(1)
			case http.StatusUnprocessableEntity:
			default:
				t.Errorf("answered %d", page.Status)
			}
		})
	}
	close(start)
	group.Wait()
	return entered.Load()
}

func TestHazard009OneStepAnsweredTwentyTimesAtOnceMakesOneSession(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t)
	browser := w.password(alfa.Staff.Email)
	before := w.Database.Count(w.t, "select count(*) from sessions")
	browser.Token()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { answer(browser, app.code(0)) })
	}
	group.Wait()
	if n := w.Database.Count(w.t, "select count(*) from sessions") - before; n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestFiveWrongCodesEndTheStep(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t)
	browser := w.password(alfa.Staff.Email)
	for i := range 5 {
		page := answer(browser, "000000")
		if page.Status != http.StatusUnprocessableEntity || (page.Find(`input[name="password"]`).Length() == 1) != (i == 4) {
			t.Errorf("wrong code %d: %d", i+1, page.Status)
		}
	}
	if page := answer(browser, app.code(0)); page.Location() != "/login" {
		t.Errorf("the right code after five wrong ones: %d %s", page.Status, page.Location())
	}
	if n := w.recorded("second_factor_fail", alfa.Staff); n != 5 {
		t.Errorf("%d failures are recorded", n)
	}
}

func TestWrongCodesMakeOneWaitAlsoWhoKnowsThePassword(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t, clinic.With(func(c *config.Config) { c.RateLimit = true }))
	browser := w.password(alfa.Staff.Email)
	for range 5 {
		answer(browser, "000000")
	}
	// The password is right again, which forgets wrong passwords and no wrong codes.
	if page := answer(w.password(alfa.Staff.Email), app.code(0)); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the right code during the wait: %d", page.Status)
	}
	if n := w.recorded("session_lock", alfa.Staff); n != 1 {
		t.Errorf("%d locks are recorded", n)
	}
}

func TestAStepThatIsForeignExpiredOrOfSomebodySuspendedLeadsBack(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t)
	expired, suspended := w.password(alfa.Staff.Email), w.password(alfa.Staff.Email)
	w.Database.Execute(w.t, "update challenges set expires_at = now() where ctid = (select min(ctid) from challenges)")
	without, forged := w.Browser(), w.Browser()
	forged.Client.Jar.SetCookies(addressOf(t, w), []*http.Cookie{{Name: "second_factor", Value: strings.Repeat("A", 43)}})
	for name, browser := range map[string]*clinic.Browser{"none": without, "forged": forged, "expired": expired} {
		if page := answer(browser, app.code(0)); page.Location() != "/login" {
			t.Errorf("%s: %d %s", name, page.Status, page.Location())
		}
		if page := browser.Get("/login/second-factor"); page.Location() != "/login" {
			t.Errorf("%s, the page: %d %s", name, page.Status, page.Location())
		}
	}
	w.Database.Execute(w.t, "update users set status = 'suspended' where id = $1", alfa.Staff.ID)
	if page := answer(suspended, app.code(0)); page.Location() != "/login" {
		t.Errorf("suspended between the steps: %d %s", page.Status, page.Location())
	}
	if n := w.recorded("recovery_code_use", alfa.Staff); n != 0 {
		t.Error("something was used up")
	}
}

func TestHazard071TheVerificationLeadsToOwnPagesOnly(t *testing.T) {
	t.Parallel()
	w, alfa, app, _ := enrolled(t)
	browser := w.Browser()
	browser.Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {clinic.Password}, "next": {"//evil.example"}})
	if page := answer(browser, app.code(0)); page.Location() != "/" {
		t.Errorf("led to %q", page.Location())
	}
}
