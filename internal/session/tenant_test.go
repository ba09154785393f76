package session_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard020AWindowOfTheClinicBeforeCannotWriteIntoTheNewOne(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	join(t, world, alfa.Staff.ID, beta.ID)
	browser := alfa.SignInStaff()
	form := browser.Get("/clients/new")
	stale := url.Values{"first_name": {"Ion"}, "last_name": {"Pop"}, "_csrf": {form.Value(`input[name="_csrf"]`)}, "_idempotency_key": {uuid.NewString()}}
	browser.Post("/tenants/"+beta.ID.String()+"/session", nil)
	answer := browser.Do(browser.Request(http.MethodPost, "/clients", stale))
	if answer.Status != http.StatusConflict || !strings.Contains(answer.Text("main"), "switched to another clinic") {
		t.Errorf("the stale form: %d %q", answer.Status, answer.Text("main"))
	}
	if n := world.Database.Count(t, "select count(*) from clients"); n != 0 {
		t.Fatal("it was written")
	}
	fresh := browser.Get("/clients/new")
	stale.Set("_csrf", fresh.Value(`input[name="_csrf"]`))
	if answer := browser.Do(browser.Request(http.MethodPost, "/clients", stale)); answer.Status != http.StatusSeeOther {
		t.Errorf("the fresh form: %d", answer.Status)
	}
	if n := world.Database.Count(t, "select count(*) from clients where tenant_id = $1", beta.ID); n != 1 {
		t.Error("not in the clinic that the session stands in")
	}
	if n := world.Database.Count(t, "select count(*) from platform_audit_events where action = 'session_switch' and tenant_id = $1 and actor_id = $2", beta.ID, alfa.Staff.ID); n != 1 {
		t.Error("the switch is not recorded")
	}
}

func TestNobodySwitchesIntoAClinicThatIsNotTheirs(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta, closed, left := world.Clinic("alfa"), world.Clinic("beta"), world.Clinic("closed"), world.Clinic("left")
	join(t, world, alfa.Staff.ID, closed.ID)
	join(t, world, alfa.Staff.ID, left.ID)
	world.Database.Execute(t, "update tenants set status = 'suspended' where id = $1", closed.ID)
	world.Database.Execute(t, "update memberships set status = 'revoked' where tenant_id = $1", left.ID)
	browser, admin := alfa.SignInStaff(), world.SuperAdmin()
	for name, id := range map[string]string{
		"another's": beta.ID.String(), "suspended": closed.ID.String(), "left": left.ID.String(), "nobody's": uuid.NewString(), "malformed": "x",
	} {
		if status := browser.Post("/tenants/"+id+"/session", nil).Status; status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := admin.Post("/tenants/"+alfa.ID.String()+"/session", nil).Status; status != http.StatusNotFound {
		t.Errorf("a super-admin: %d", status)
	}
	if shown := browser.Get("/tenants").Find(`li[id^="tenant-"]`).Length(); shown != 1 {
		t.Errorf("%d clinics are shown", shown)
	}
}

func TestSignInBeginsInTheClinicThatWasUsedLastIfItIsStillGood(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	join(t, world, alfa.Staff.ID, beta.ID)
	browser := world.SignIn(alfa.Staff.Email)
	menu := browser.Get("/").Find(`#account a[href="/tenants"]`).Length()
	if menu != 1 || world.SuperAdmin().Get("/admin").Find(`a[href="/tenants"]`).Length() != 0 {
		t.Error("the switcher is for people of clinics, and for them alone")
	}
	browser.Post("/tenants/"+beta.ID.String()+"/session", nil)
	if text := world.SignIn(alfa.Staff.Email).Get("/").Text(".brand-name"); !strings.Contains(text, "Clinic beta") {
		t.Errorf("begins in %q", text)
	}
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1 and tenant_id = $2", alfa.Staff.ID, beta.ID)
	if text := world.SignIn(alfa.Staff.Email).Get("/").Text(".brand-name"); !strings.Contains(text, "Clinic alfa") {
		t.Errorf("without it: %q", text)
	}
}

func TestWhoHasNoClinicSignsInOnlyWhileAnInviteWaits(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1", alfa.Staff.ID)
	credentials := url.Values{"email": {alfa.Staff.Email}, "password": {clinic.Password}}
	if status := world.Browser().Post("/login", credentials).Status; status != http.StatusUnprocessableEntity {
		t.Fatalf("without an invite: %d", status)
	}
	token, hash := guard.NewToken()
	world.Database.Execute(t, `insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
		values ($1, gen_random_uuid(), $2, 'Staff', 'staff', $3, now() + interval '1 day')`, beta.ID, alfa.Staff.Email, hash)
	world.Vouch()
	browser := world.SignIn(alfa.Staff.Email)
	if location := browser.Get("/").Location(); location != "/tenants" {
		t.Errorf("lands at %q", location)
	}
	if page := browser.Get("/tenants"); page.Status != http.StatusOK || page.Find(".empty").Length() != 1 || page.Find(`a[href="/clients"]`).Length() != 0 {
		t.Errorf("the page of no clinic: %d", page.Status)
	}
	for path, wanted := range map[string]int{"/clients": http.StatusForbidden, "/team": http.StatusForbidden, "/admin": http.StatusForbidden, "/sessions": http.StatusOK, "/password": http.StatusOK} {
		if status := browser.Get(path).Status; status != wanted {
			t.Errorf("%s: %d", path, status)
		}
	}
	world.Database.Execute(t, "update invites set revoked_at = now()")
	if location := browser.Get("/sessions").Location(); !strings.HasPrefix(location, "/login") {
		t.Error("the session outlives the invite")
	}
	world.Database.Execute(t, "update invites set revoked_at = null")
	if answer := browser.Post("/invite/"+token, nil); answer.Status != http.StatusSeeOther {
		t.Fatalf("accepting: %d %s", answer.Status, answer.Text("main"))
	}
	if text := browser.Get("/").Text(".brand-name"); !strings.Contains(text, "Clinic beta") {
		t.Errorf("stands in %q", text)
	}
}
