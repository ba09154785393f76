package factor_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"frontdesk/internal/config"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// telephone is somebody's authenticator app, and the clock that it goes by, which
// the test moves.
type telephone struct {
	t      *testing.T
	secret string
	now    *atomic.Int64
}

// world is an installation on a clock that the test moves.
type world struct {
	*clinic.World
	t     *testing.T
	now   *atomic.Int64
	rows  *pgx.Conn
	clock clinic.Option
}

func newWorld(t *testing.T, options ...clinic.Option) *world {
	t.Helper()
	now := &atomic.Int64{}
	now.Store(time.Now().Unix())
	clock := func(p *server.Parts) { p.Now = func() time.Time { return time.Unix(now.Load(), 0) } }
	made := clinic.New(t, append([]clinic.Option{clock}, options...)...)
	return &world{World: made, t: t, now: now, rows: testkit.Connect(t, made.Database.SuperuserURL), clock: clock}
}

// requiresOfAdmins turns the installation's requirement on.
func requiresOfAdmins(c *config.Config) { c.RequireAdmin2FA = true }

// code is what the telephone shows, or did or will show so many steps from now.
func (p *telephone) code(steps int64) string {
	p.t.Helper()
	code, err := totp.GenerateCode(p.secret, time.Unix(p.now.Load()+30*steps, 0))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// pass moves the clock on by a step, so that there is a new code.
func (w *world) pass() { w.now.Add(30) }

// begin starts to set up an app, and reads the secret off the page.
func (w *world) begin(browser *clinic.Browser) *telephone {
	w.t.Helper()
	if answer := browser.Post("/second-factor", nil); answer.Status != http.StatusSeeOther || answer.Location() != "/second-factor/confirmation" {
		w.t.Fatalf("begin: %d %s", answer.Status, answer.Location())
	}
	page := browser.Get("/second-factor/confirmation")
	secret := strings.ReplaceAll(page.Text("[data-secret] .copy-text"), " ", "")
	if page.Status != http.StatusOK || len(secret) != 32 {
		w.t.Fatalf("the page answers %d with the secret %q", page.Status, secret)
	}
	return &telephone{t: w.t, secret: secret, now: w.now}
}

// enrol sets up an app, and returns it with the recovery codes.
func (w *world) enrol(browser *clinic.Browser) (*telephone, []string) {
	w.t.Helper()
	app := w.begin(browser)
	answer := browser.Post("/second-factor/confirmation", url.Values{"code": {app.code(0)}})
	if answer.Status != http.StatusSeeOther || answer.Location() != "/second-factor/recovery-codes" {
		w.t.Fatalf("confirm: %d %s %s", answer.Status, answer.Location(), answer.Text(`[role="alert"]`))
	}
	browser.Forget()
	page := browser.Get("/second-factor/recovery-codes")
	var codes []string
	page.Find("[data-recovery-codes] li").Each(func(_ int, code *goquery.Selection) { codes = append(codes, code.Text()) })
	if page.Status != http.StatusOK || len(codes) != 10 {
		w.t.Fatalf("the page answers %d with %d recovery codes", page.Status, len(codes))
	}
	return app, codes
}

// password signs in with the password, and returns the browser that waits for the
// verification.
func (w *world) password(email string) *clinic.Browser {
	w.t.Helper()
	browser := w.Browser()
	answer := browser.Post("/login", url.Values{"email": {email}, "password": {clinic.Password}, "next": {"/clients"}})
	if answer.Status != http.StatusSeeOther || answer.Location() != "/login/second-factor" {
		w.t.Fatalf("after the password: %d to %q", answer.Status, answer.Location())
	}
	return browser
}

// answer passes the verification.
func answer(browser *clinic.Browser, code string) *clinic.Answer {
	return browser.Post("/login/second-factor", url.Values{"code": {code}})
}

// recorded counts what the platform's log says about a person.
func (w *world) recorded(action string, about clinic.Person) int {
	w.t.Helper()
	return w.Database.Count(w.t, "select count(*) from platform_audit_events where action = $1 and target_id = $2", action, about.ID)
}
