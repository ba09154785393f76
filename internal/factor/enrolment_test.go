package factor_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

// recoveryCode is 80 random bits in base32, read out in fours.
var recoveryCode = regexp.MustCompile(`^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`)

func TestAPersonSetsUpAnAppAndGetsTenRecoveryCodesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alfa := w.Clinic("alfa")
	staff := alfa.SignInStaff()
	app, codes := w.enrol(staff)
	if len(codes) != 10 || slices.ContainsFunc(codes, func(code string) bool { return !recoveryCode.MatchString(code) }) {
		t.Errorf("recovery codes: %q", codes)
	}
	if again := staff.Get("/second-factor/recovery-codes"); again.Status != http.StatusGone {
		t.Errorf("the recovery codes a second time: %d", again.Status)
	}
	if page := staff.Get("/second-factor"); !strings.Contains(page.Text("#recovery-codes"), "10 codes left") || page.Find(`#app a[href="/second-factor/deletion"]`).Length() != 1 {
		t.Errorf("the page says %q", page.Text("main"))
	}
	if w.recorded("second_factor_create", alfa.Staff) != 1 || w.recorded("recovery_code_create", alfa.Staff) != 1 {
		t.Error("the log does not hold it")
	}
	w.holdsNothingOf(app, codes)
}

// holdsNothingOf fails the test when the database holds a secret or a code as it is.
func (w *world) holdsNothingOf(app *telephone, codes []string) {
	w.t.Helper()
	kept := w.Database.Count(w.t, `select count(*) from second_factors where position($1::bytea in secret_sealed) > 0`, []byte(app.secret))
	for _, secret := range append([]string{app.secret, app.code(0)}, codes...) {
		kept += w.Database.Count(w.t, "select count(*) from platform_audit_events where coalesce(before::text, '') || coalesce(after::text, '') like '%' || $1 || '%'", secret)
		kept += w.Database.Count(w.t, "select count(*) from recovery_codes where code_hash = $1::text::bytea", secret)
	}
	if kept != 0 {
		w.t.Errorf("%d rows hold a secret", kept)
	}
	if log := w.Log.String(); strings.Contains(log, app.secret) || strings.Contains(log, codes[0]) {
		w.t.Error("the program's log holds a secret")
	}
}

func TestTheAppsAddressIsDrawnAsAPictureThatTheSecurityPolicyAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.Clinic("alfa").SignInStaff()
	w.begin(staff)
	page := staff.Get("/second-factor/confirmation")
	if page.Find("svg[data-qr] path[d]").Length() != 1 || page.Find("svg[data-qr] [style], svg[data-qr] image").Length() != 0 {
		t.Error("no QR code of paths alone")
	}
	if label, _ := page.Find("svg[data-qr]").Attr("aria-label"); label == "" {
		t.Error("the QR code has no name")
	}
}

func TestAWrongFirstCodeIsSaidAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alfa := w.Clinic("alfa")
	staff := alfa.SignInStaff()
	app := w.begin(staff)
	for _, code := range []string{"", "000000x", app.code(-2), app.code(2), "\x00", strings.Repeat("1", 41)} {
		page := staff.Post("/second-factor/confirmation", url.Values{"code": {code}})
		if page.Status != http.StatusUnprocessableEntity || page.Find(`#code[aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%q answers %d", code, page.Status)
		}
	}
	if n := w.Database.Count(w.t, "select count(*) from second_factors where confirmed_at is not null"); n != 0 {
		t.Error("a wrong code confirmed it")
	}
	w.SignIn(alfa.Staff.Email) // still without a verification
}

func TestAnAppThatIsSetUpIsNotReplacedUnseen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.Clinic("alfa").SignInStaff()
	app, _ := w.enrol(staff)
	if again := staff.Post("/second-factor", nil); again.Status != http.StatusConflict {
		t.Errorf("a second app: %d", again.Status)
	}
	if again := staff.Post("/second-factor/confirmation", url.Values{"code": {app.code(1)}}); again.Status != http.StatusConflict {
		t.Errorf("a second confirmation: %d", again.Status)
	}
}

func TestEnrollingEndsOtherSessionsAndGivesThisOneANewToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alfa := w.Clinic("alfa")
	here, elsewhere := alfa.SignInStaff(), alfa.SignInStaff()
	planted := w.Browser()
	planted.Client.Jar.SetCookies(addressOf(t, w), here.Client.Jar.Cookies(addressOf(t, w)))
	w.enrol(here)
	for name, browser := range map[string]*clinic.Browser{"another session": elsewhere, "the old token": planted} {
		if page := browser.Get("/clients"); page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Location(), "/login") {
			t.Errorf("%s: %d", name, page.Status)
		}
	}
	if page := here.Get("/clients"); page.Status != http.StatusOK {
		t.Errorf("the session that enrolled: %d", page.Status)
	}
}

func addressOf(t *testing.T, w *world) *url.URL {
	t.Helper()
	address, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestTurningTheAppOffAndNewCodesNeedThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alfa := w.Clinic("alfa")
	staff := alfa.SignInStaff()
	_, old := w.enrol(staff)
	for _, path := range []string{"/second-factor/deletion", "/second-factor/recovery-codes"} {
		for _, password := range []string{"", "not the password"} {
			if page := staff.Post(path, url.Values{"password": {password}}); page.Status != http.StatusUnprocessableEntity || page.Find(`#password[aria-invalid="true"]`).Length() != 1 {
				t.Errorf("%s with the password %q: %d", path, password, page.Status)
			}
		}
	}
	right := url.Values{"password": {clinic.Password}}
	if page := staff.Post("/second-factor/recovery-codes", right); page.Location() != "/second-factor/recovery-codes" {
		t.Errorf("new codes: %d %s", page.Status, page.Location())
	}
	if page := answer(w.password(alfa.Staff.Email), old[0]); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a recovery code from before: %d", page.Status)
	}
	if page := staff.Post("/second-factor/deletion", right); page.Status != http.StatusSeeOther {
		t.Errorf("turning it off: %d", page.Status)
	}
	if left := w.Database.Count(w.t, "select (select count(*) from second_factors) + (select count(*) from recovery_codes)"); left != 0 || w.recorded("second_factor_delete", alfa.Staff) != 1 {
		t.Errorf("%d rows are left", left)
	}
	w.SignIn(alfa.Staff.Email)
}

func TestWhereItIsRequiredTheLastSecondFactorStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, clinic.With(requiresOfAdmins))
	alfa := w.Clinic("alfa")
	w.Database.Execute(w.t, "insert into security_settings (tenant_id, require_second_factor) values ($1, true)", alfa.ID)
	admin := w.Person("Root", true)
	for _, person := range []clinic.Person{alfa.Staff, admin} {
		browser := w.SignIn(person.Email)
		w.enrol(browser)
		right := url.Values{"password": {clinic.Password}}
		if page := browser.Post("/second-factor/deletion", right); page.Status != http.StatusConflict {
			t.Errorf("%s turns it off: %d", person.Email, page.Status)
		}
		if page := browser.Post("/second-factor/recovery-codes", right); page.Status != http.StatusSeeOther {
			t.Errorf("%s makes new recovery codes: %d", person.Email, page.Status)
		}
	}
}
