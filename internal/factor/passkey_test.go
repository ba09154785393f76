package factor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/testkit/clinic"
)

// device keeps one passkey, and answers as a browser's script does with it.
type device struct {
	*world
	authenticator virtualwebauthn.Authenticator
	passkey       virtualwebauthn.Credential
	site          virtualwebauthn.RelyingParty
}

func newDevice(w *world) *device {
	return &device{
		world: w, authenticator: virtualwebauthn.NewAuthenticator(), passkey: newPasskey(w.t),
		site: virtualwebauthn.RelyingParty{ID: "localhost", Name: "Frontdesk", Origin: w.Config.AppBaseURL},
	}
}

// newPasskey avoids the keys, one of 128, whose coordinates the library writes without
// their leading zero, so that nobody takes them (RFC 8152, 13.1.1).
func newPasskey(t *testing.T) virtualwebauthn.Credential {
	t.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[1] == 0 || point[33] == 0 {
			continue
		}
		written, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, written)
	}
}

// options asks what the browser is to make or to show a passkey with.
func (d *device) options(browser *clinic.Browser, path string) string {
	d.t.Helper()
	answer := browser.Post(path, nil)
	if answer.Status != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		d.t.Fatalf("%s answers %d %s", path, answer.Status, answer.Header.Get("Content-Type"))
	}
	return string(answer.Body)
}

// made is a new passkey for the challenge that the browser asked for.
func (d *device) made(browser *clinic.Browser) string {
	d.t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(d.options(browser, "/second-factor/passkeys/options"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.authenticator.Options.UserHandle = []byte(options.UserID)
	return virtualwebauthn.CreateAttestationResponse(d.site, d.authenticator, d.passkey, *options)
}

// shown is the passkey's answer to the challenge that the browser asked for.
func (d *device) shown(browser *clinic.Browser) string {
	d.t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(d.options(browser, "/login/passkey/options"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.passkey.Counter++
	return virtualwebauthn.CreateAssertionResponse(d.site, d.authenticator, d.passkey, *options)
}

// register adds the device's passkey to the person who has signed in.
func (d *device) register(browser *clinic.Browser) {
	d.t.Helper()
	if answer := add(browser, "Telephone", d.made(browser)); answer.Status != http.StatusSeeOther {
		d.t.Fatalf("registration answers %d: %s", answer.Status, answer.Text("main"))
	}
	browser.Forget()
}

// add sends a passkey that a browser made.
func add(browser *clinic.Browser, name, credential string) *clinic.Answer {
	return browser.Post("/second-factor/passkeys", url.Values{"name": {name}, "credential": {credential}})
}

// enter sends a passkey that a browser was shown.
func enter(browser *clinic.Browser, credential string) *clinic.Answer {
	return browser.Post("/login/passkey", url.Values{"credential": {credential}, "next": {"/clients"}})
}

// withPasskey is a receptionist with a passkey.
func withPasskey(t *testing.T, options ...clinic.Option) (*world, *clinic.Clinic, *device) {
	t.Helper()
	w := newWorld(t, append([]clinic.Option{clinic.Named}, options...)...)
	alfa, device := w.Clinic("alfa"), newDevice(w)
	device.register(alfa.SignInStaff())
	return w, alfa, device
}

// passkeys counts those that are kept.
func (w *world) passkeys() int {
	w.t.Helper()
	return w.Database.Count(w.t, "select count(*) from passkeys")
}

// sessions likewise.
func (w *world) sessions() int {
	w.t.Helper()
	return w.Database.Count(w.t, "select count(*) from sessions")
}

func TestAPasskeySignsInWithoutAPassword(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	guest := w.Browser()
	if answer := enter(guest, device.shown(guest)); answer.Status != http.StatusSeeOther || answer.Location() != "/clients" {
		t.Fatalf("the passkey: %d to %q", answer.Status, answer.Location())
	}
	if page := guest.Get("/clients"); page.Status != http.StatusOK {
		t.Errorf("signed in: %d", page.Status)
	}
	if w.recorded("passkey_create", alfa.Staff) != 1 || w.recorded("recovery_code_create", alfa.Staff) != 1 {
		t.Error("the log does not hold the registration")
	}
}

func TestWhatABrowserSendsInPlaceOfANewPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, clinic.Named)
	alfa := w.Clinic("alfa")
	staff, device := alfa.SignInStaff(), newDevice(w)
	elsewhere := newDevice(w)
	elsewhere.site.Origin = "https://evil.example"
	unseen := newDevice(w)
	unseen.authenticator.Options.UserNotVerified = true
	for name, credential := range map[string]string{
		"nothing": "", "no JSON": "{", "half a megabyte": strings.Repeat("1", 500_000), "an empty object": "{}", "null": "null", "another kind": `{"id":"AAAA","rawId":"AAAA","type":"password"}`,
		"a wrong challenge": func() string { made := device.made(staff); device.made(staff); return made }(),
		"a sign-in":         device.shown(w.Browser()), "another origin": elsewhere.made(staff), "nobody recognised": unseen.made(staff),
	} {
		device.options(staff, "/second-factor/passkeys/options")
		answer := add(staff, "Telephone", credential)
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#new-passkey [data-error-summary]").Length() != 1 || answer.Value("#name") != "Telephone" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Text("[data-error-summary]"))
		}
	}
	for name, wrong := range map[string]string{"no name": "", "a long name": strings.Repeat("x", 101)} {
		if answer := add(staff, wrong, device.made(staff)); answer.Status != http.StatusUnprocessableEntity || answer.Find(`#name[aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if n := w.passkeys(); n != 0 {
		t.Errorf("%d passkeys were made", n)
	}
}

func TestWhatABrowserSendsInPlaceOfAPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	before := w.sessions()
	guest := w.Browser()
	unknown, stranger, elsewhere, unseen := newDevice(w), *device, *device, *device
	unknown.authenticator.Options.UserHandle = device.authenticator.Options.UserHandle
	stranger.authenticator.Options.UserHandle = alfa.Owner.ID[:] // in whose name it is shown
	elsewhere.site.Origin = "https://evil.example"
	unseen.authenticator.Options.UserNotVerified = true
	forged := *device
	forged.passkey = newPasskey(t)
	forged.passkey.ID = device.passkey.ID
	answers := map[string]func() string{
		"nothing": constant(""), "no JSON": constant("{"), "half a megabyte": constant(strings.Repeat("1", 500_000)), "an empty object": constant("{}"), "null": constant("null"),
		"a wrong challenge": func() string { shown := device.shown(guest); device.shown(guest); return shown },
		"unknown":           func() string { return unknown.shown(guest) }, "another person's": func() string { return stranger.shown(guest) },
		"another origin": func() string { return elsewhere.shown(guest) }, "nobody recognised": func() string { return unseen.shown(guest) },
		"another key": func() string { return forged.shown(guest) }, "a registration": func() string { return newDevice(w).made(alfa.SignInOwner()) },
	}
	for name, credential := range answers {
		device.options(guest, "/login/passkey/options")
		if answer := enter(guest, credential()); answer.Status != http.StatusUnprocessableEntity || answer.Find("[data-error-summary]").Length() != 1 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if answer := guest.Post("/login/passkey", url.Values{"credential": {device.shown(guest), "{}"}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("two answers: %d", answer.Status)
	}
	if n := w.sessions() - before; n != 1 { // the owner's, above
		t.Errorf("%d sessions were begun", n)
	}
}

func constant(text string) func() string { return func() string { return text } }

func TestAChallengeIsForOneBrowserOneUseAndFiveMinutes(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	guest, other := w.Browser(), w.Browser()
	device.options(other, "/login/passkey/options")
	credential := device.shown(guest)
	for name, browser := range map[string]*clinic.Browser{"no challenge": w.Browser(), "another browser": other} {
		if answer := enter(browser, credential); answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	token := guest.Client.Jar.Cookies(addressOf(t, w))
	if answer := enter(guest, credential); answer.Status != http.StatusSeeOther {
		t.Fatalf("the browser that asked: %d", answer.Status)
	}
	again := w.Browser()
	again.Client.Jar.SetCookies(addressOf(t, w), token)
	if answer := enter(again, credential); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a second time: %d", answer.Status)
	}

	late, owner := w.Browser(), alfa.SignInOwner()
	credential, made := device.shown(late), newDevice(w).made(owner)
	w.Database.Execute(w.t, "update challenges set expires_at = now()")
	if answer := enter(late, credential); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a sign-in that took too long: %d", answer.Status)
	}
	if answer := add(owner, "Telephone", made); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a registration that took too long: %d", answer.Status)
	}
}

func TestAChallengeThatSomebodyElseBegunIsNotTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, clinic.Named)
	alfa := w.Clinic("alfa")
	staff, owner, device := alfa.SignInStaff(), alfa.SignInOwner(), newDevice(w)
	made := device.made(staff)
	for _, cookie := range staff.Client.Jar.Cookies(addressOf(t, w)) {
		if cookie.Name == "passkey" {
			owner.Client.Jar.SetCookies(addressOf(t, w), []*http.Cookie{cookie})
		}
	}
	if answer := add(owner, "Planted", made); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("the passkey for somebody else's challenge: %d", answer.Status)
	}
	if n := w.passkeys(); n != 0 {
		t.Errorf("%d passkeys", n)
	}
}

func TestTwentyAnswersToOneChallengeAtOnceAreOneSession(t *testing.T) {
	t.Parallel()
	w, _, device := withPasskey(t)
	before := w.sessions()
	guest := w.Browser()
	credential := device.shown(guest)
	copies := []*clinic.Browser{}
	for range 20 {
		browser := w.Browser()
		browser.Client.Jar.SetCookies(addressOf(t, w), guest.Client.Jar.Cookies(addressOf(t, w)))
		browser.Token()
		copies = append(copies, browser)
	}
	counted := clinic.Race(len(copies), func(racer int) int { return enter(copies[racer], credential).Status })
	if counted[http.StatusSeeOther] != 1 || counted[http.StatusUnprocessableEntity] != 19 {
		t.Errorf("answered %v", counted)
	}
	if n := w.sessions() - before; n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestOnePasskeyOfOneCountAtTwoChallengesAtOnceIsOneSession(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	browsers, credentials := []*clinic.Browser{}, []string{}
	for range 8 {
		browser := w.Browser()
		device.passkey.Counter = 4 // so that each says the fifth use: seven are copies
		browsers, credentials = append(browsers, browser), append(credentials, device.shown(browser))
	}
	counted := clinic.Race(len(browsers), func(racer int) int { return enter(browsers[racer], credentials[racer]).Status })
	if counted[http.StatusSeeOther] != 1 || counted[http.StatusUnprocessableEntity] != 7 {
		t.Errorf("answered %v", counted)
	}
	if n := w.recorded("second_factor_fail", alfa.Staff); n != 7 {
		t.Errorf("%d copies are recorded", n)
	}
}

func TestAPasskeyThatIsSomebodyElsesAlreadyIsNotTaken(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	owner := alfa.SignInOwner()
	if answer := add(owner, "Mine as well", device.made(owner)); answer.Status != http.StatusConflict {
		t.Errorf("a passkey that is somebody else's: %d", answer.Status)
	}
	if w.passkeys() != 1 || w.recorded("passkey_create", alfa.Owner) != 0 {
		t.Error("something was written")
	}
	if page := owner.Get("/second-factor"); page.Status != http.StatusOK {
		t.Errorf("the session was renewed by what failed: %d", page.Status)
	}
}

func TestSomebodyElsesPasskeyIsAsUnknownAsNone(t *testing.T) {
	t.Parallel()
	w, alfa, _ := withPasskey(t)
	owner := alfa.SignInOwner()
	for _, path := range []string{w.removals()[0], "/second-factor/passkeys/0/deletion", "/second-factor/passkeys/" + strings.Repeat("0", 32) + "/deletion"} {
		if page := owner.Get(path); page.Status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, page.Status)
		}
		if page := owner.Post(path, url.Values{"password": {clinic.Password}}); page.Status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, page.Status)
		}
	}
	if n := w.passkeys(); n != 1 {
		t.Errorf("%d passkeys are left", n)
	}
}

func TestWhereItIsRequiredRemovingAllAtOnceLeavesOne(t *testing.T) {
	t.Parallel()
	w, alfa, _ := withPasskey(t)
	staff := w.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: alfa.ID})
	w.Database.Execute(w.t, "insert into security_settings (tenant_id, require_second_factor) values ($1, true)", alfa.ID)
	right := url.Values{"password": {clinic.Password}}
	for range clinic.Rounds(t) / 4 {
		for range 5 {
			newDevice(w).register(staff)
		}
		paths := w.removals()
		staff.Token()
		counted := clinic.Race(len(paths), func(racer int) int { return staff.Post(paths[racer], right).Status })
		if counted[http.StatusSeeOther] != len(paths)-1 || counted[http.StatusConflict] != 1 || w.passkeys() != 1 {
			t.Fatalf("answered %v, and %d passkeys are left", counted, w.passkeys())
		}
	}
}

// removals are the addresses that remove each passkey.
func (w *world) removals() (paths []string) {
	w.t.Helper()
	rows, err := w.rows.Query(w.t.Context(), "select '/second-factor/passkeys/' || id || '/deletion' from passkeys")
	if err != nil {
		w.t.Fatal(err)
	}
	if paths, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		w.t.Fatal(err)
	}
	return paths
}

func TestWhereThereIsNoNameThereAreNoPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.Clinic("alfa").SignInStaff()
	for path, browser := range map[string]*clinic.Browser{
		"/second-factor/passkeys/options": staff, "/second-factor/passkeys": staff, "/login/passkey/options": w.Browser(), "/login/passkey": w.Browser(),
	} {
		if answer := browser.Post(path, url.Values{"name": {"x"}, "credential": {"{}"}}); answer.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Status)
		}
	}
	if page := staff.Get("/second-factor"); page.Find("form[data-passkey]").Length() != 0 || page.Find("#passkeys .notice").Length() != 1 {
		t.Error("the page offers passkeys")
	}
	if page := w.Browser().Get("/login"); page.Find("form[data-passkey]").Length() != 0 {
		t.Error("the sign-in page offers passkeys")
	}
}

func TestThePasskeyIsAVerificationForWhoHasNothingElse(t *testing.T) {
	t.Parallel()
	w, alfa, device := withPasskey(t)
	browser := w.password(alfa.Staff.Email)
	page := browser.Get("/login/second-factor")
	if page.Find(`form[data-passkey="get"]`).Length() != 1 || !strings.Contains(page.Text("label"), "Recovery code") {
		t.Errorf("the verification asks for %q", page.Text("main"))
	}
	if answer := enter(browser, device.shown(browser)); answer.Status != http.StatusSeeOther {
		t.Errorf("the passkey: %d", answer.Status)
	}
	if page := browser.Get("/login/second-factor"); page.Location() != "/login" {
		t.Errorf("the verification is still open: %d %s", page.Status, page.Location())
	}
}
