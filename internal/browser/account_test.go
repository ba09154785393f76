package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

// TestThePagesOfAnAccountLookGood looks at all that a person finds about their own
// sign-in, with nothing, with much, with long names and with errors.
func TestThePagesOfAnAccountLookGood(t *testing.T) {
	t.Parallel()
	// The server's clock stands: on a busy machine a code was typed for longer than it is good.
	moment := today(t)
	world, alfa, rows := passkeyWorld(t, clinic.At(moment))
	p, _ := visitor(t, world)
	p.looksGoodEverywhere("70-sign-in")
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/sessions")
	p.looksGood("71-sessions-one")
	p.open("/second-factor")
	p.looksGood("72-second-factor-none")
	p.showsTheCurrentTab()
	p.press("Set up")
	p.at("/second-factor/confirmation")
	p.scansInTheDark()
	secret := strings.ReplaceAll(p.text("[data-secret] .copy-text"), " ", "")
	p.looksGood("73-enrol")
	p.fill("Code", "000000")
	p.press("Confirm")
	p.see("This code is not right, or was used before.")
	p.looksGood("73-enrol-error")
	p.fill("Code", codeOf(t, secret, moment))
	p.press("Confirm")
	p.at("/second-factor/recovery-codes")
	p.seeSelector("[data-copy]:not([hidden])")
	p.seeSelector("[data-print]:not([hidden])")
	p.looksGood("74-recovery-codes")
	p.press("I have kept them")
	p.at("/second-factor")
	run(t, rows, `insert into passkeys (id, user_id, credential_id, credential, name, created_at, last_used_at)
		select gen_random_uuid(), $1, decode(lpad(n::text, 8, '0'), 'hex'), '{}', case n % 4 when 0 then left(repeat('Constantinopol', 9), 100) when 1 then 'Telefonul Ioanei' else 'Laptop ' || n end,
		       now() - n * interval '9 days', case when n % 3 > 0 then now() - n * interval '5 hours' end from generate_series(1, 12) n`, alfa.Staff.ID)
	p.open("/second-factor")
	p.looksGood("75-passkeys-many")
	p.press("Turn off the app")
	p.seeSelector("dialog[open] #factor-question")
	p.fill("Your current password", "not the password")
	p.press("Remove")
	p.see("This is not your current password.")
	p.looksGood("76-removal-error")

	run(t, rows, `insert into sessions (token_hash, user_id, tenant_id, ip, user_agent, created_at, expires_at, last_seen_at)
		select sha256(n::text::bytea), $1, $2, ('2001:db8:1234:5678:9abc:def0:1234:' || n)::inet,
		       (array['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
		              'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0', 'curl/8'])[n % 3 + 1],
		       now() - n * interval '7 hours', now() + interval '1 day', now() - n * interval '11 minutes' from generate_series(1, 29) n`, alfa.Staff.ID, alfa.ID)
	p.open("/sessions")
	p.looksGood("77-sessions-thirty")
	p.open("/password")
	p.looksGood("78-password")
	p.fill("Current password", clinic.Password)
	p.fill("New password", "short")
	p.fill("New password again", "another")
	p.press("Change password")
	p.seeSelector("[data-error-summary]")
	p.looksGood("78-password-error")

	p.signOut()
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/login/second-factor")
	p.looksGood("79-verification")
	p.fill("Code", "000000")
	p.press("Sign in")
	p.see("This code is not right, or was used before.")
	p.looksGood("79-verification-error")
}

// scansInTheDark fails the test unless the code is dark on white with a border of
// four squares, which readers need, also where the page is dark (ISO 18004, 6.3.8).
func (p *person) scansInTheDark() {
	p.t.Helper()
	p.scheme("dark")
	drawn := evaluate[[]string](p, `((code) => [getComputedStyle(code.querySelector('rect')).fill, getComputedStyle(code.querySelector('path')).fill,
		String(code.querySelector('path').getBBox().x - code.viewBox.baseVal.x), String(code.getBoundingClientRect().width >= 180)])(document.querySelector('svg[data-qr]'))`)
	if got := strings.Join(drawn, " "); got != "rgb(255, 255, 255) rgb(0, 0, 0) 4 true" {
		p.t.Errorf("in the dark the code is drawn as %s", got)
	}
	p.scheme("light")
}

// showsTheCurrentTab fails the test when a telephone cuts off which tab is open.
func (p *person) showsTheCurrentTab() {
	p.t.Helper()
	p.phone()
	p.do(chromedp.Reload())
	p.settle()
	if cut := evaluate[float64](p, `document.querySelector('.tab-bar [aria-current]').getBoundingClientRect().right - innerWidth`); cut > 0 {
		p.t.Errorf("%.0f pixels of the current tab are out of view", cut)
	}
	p.desktop()
}

func codeOf(t *testing.T, secret string, moment time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, moment)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestThePagesOfAForgottenPasswordLookGood(t *testing.T) {
	t.Parallel()
	world, alfa, rows := passkeyWorld(t)
	p, _ := visitor(t, world)
	p.press("Forgot your password?")
	p.at("/password-reset")
	p.looksGood("80-forgotten")
	p.fill("E-mail", alfa.Staff.Email)
	p.press("Send the link")
	p.see("Look into your mail")
	p.looksGood("81-link-sent")
	good, late := link(t, rows, alfa.Staff.ID, "1 hour"), link(t, rows, alfa.Staff.ID, "-1 hour")
	world.Vouch()
	p.open(late)
	p.looksGood("82-link-late")
	p.open(good)
	p.looksGood("83-new-password")
	p.fill("New password", "short")
	p.fill("New password again", "another")
	p.press("Change password")
	p.seeSelector("[data-error-summary]")
	p.looksGood("83-new-password-error")
}

// link puts a link in place that sets a new password, and returns its path.
func link(t *testing.T, rows *pgx.Conn, userID uuid.UUID, life string) string {
	t.Helper()
	token, hash := guard.NewToken()
	run(t, rows, "insert into password_resets (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1, $2, now() + $3::text::interval)", userID, hash, life)
	return "/password-reset/" + token
}

func TestThePagesThatAskForASecondFactorLookGood(t *testing.T) {
	t.Parallel()
	world, alfa, rows := passkeyWorld(t)
	owner, _ := visitor(t, world)
	owner.signIn(alfa.Owner.Email, clinic.Password)
	owner.at("/")
	owner.open("/settings/security")
	owner.press("Require it")
	owner.see("Set up a second factor for yourself first.")
	owner.looksGood("84-security-without")
	owner.addPasskey("Telephone")
	owner.open("/settings/security")
	owner.press("Require it")
	owner.see("Required for everybody")
	owner.looksGood("85-security-required")

	staff, _ := visitor(t, world)
	staff.signIn(alfa.Staff.Email, clinic.Password)
	staff.at("/second-factor")
	staff.see("A second factor is required")
	staff.looksGood("86-must-enrol")

	run(t, rows, "update users set name = $2 where id = $1", alfa.Owner.ID, longName)
	admin, _ := visitor(t, world)
	admin.signIn(world.Person("Radu Marin", true).Email, clinic.Password)
	admin.at("/admin")
	admin.open("/admin/users/" + alfa.Owner.ID.String())
	admin.looksGood("87-person")
	admin.press("Reset second factor")
	admin.seeSelector("dialog[open] #factor-reset")
	admin.press("Reset second factor")
	admin.fill("Reason", "abc")
	admin.press("Reset second factor")
	admin.see("Give a reason of 5 to 500 characters.")
	admin.looksGood("88-reset-error")
	admin.fill("Reason", "Has lost the telephone")
	admin.press("Reset second factor")
	admin.see("The second factor was reset")
	admin.seeGone(`a[href$="/second-factor-reset/new"]`)
	owner.open("/")
	owner.at("/login")
}

func TestSomebodyWithoutAMouseAddsUsesAndRemovesAPasskey(t *testing.T) {
	t.Parallel()
	world, alfa, _ := passkeyWorld(t)
	p, _ := visitor(t, world)
	p.waitForFocus("the address", `find.field("E-mail")`)
	p.keys(alfa.Staff.Email + kb.Tab + clinic.Password + kb.Enter)
	p.at("/")
	p.open("/second-factor")
	p.tabToField("Name")
	p.keys("Telephone" + kb.Enter)
	p.at("/second-factor/recovery-codes")
	p.tabToButton("I have kept them")
	p.keys(kb.Enter)
	p.at("/second-factor")
	p.tabToButton("Remove the passkey Telephone")
	p.keys(kb.Enter)
	p.waitForFocus("the password", `find.field("Your current password")`)
	p.keys(kb.Escape)
	p.waitForFocus("what opened the question", `find.button("Remove the passkey Telephone")`)
	p.signOut()
	p.tabToButton("Sign in with a passkey")
	p.keys(kb.Enter)
	p.at("/")
	p.open("/second-factor")
	p.tabToButton("Remove the passkey Telephone")
	p.keys(kb.Enter)
	p.waitForFocus("the password", `find.field("Your current password")`)
	p.keys(clinic.Password + kb.Enter)
	p.see("Removed.")
	p.seeGone(`[id^="passkey-"]`)
}
