package session_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
)

const switcher = "#switcher, [data-switch]"

func TestTheSwitcherStandsInTheHeaderOfThoseWithSeveralClinics(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta, closed, gone := world.Clinic("alfa"), world.Clinic("beta"), world.Clinic("closed"), world.Clinic("gone")
	for _, of := range []*clinic.Clinic{beta, closed, gone} {
		join(t, world, alfa.Staff.ID, of.ID)
	}
	world.Database.Execute(t, "update tenants set status = 'suspended' where id = $1", closed.ID)
	world.Database.Execute(t, "update tenants set status = 'deleted', deleted_at = now() where id = $1", gone.ID)
	for name, browser := range map[string]*clinic.Browser{"one clinic": alfa.SignInOwner(), "the console": world.SuperAdmin()} {
		if n := browser.Get("/sessions").Find(switcher).Length(); n != 0 {
			t.Errorf("%s: %d parts of a switcher", name, n)
		}
	}
	staff := world.SignIn(alfa.Staff.Email)
	page := staff.Get("/clients")
	buttons := page.Find(`.sidebar [popovertarget="switcher"], .mobile-header [popovertarget="switcher"]`).Length()
	if buttons != 2 || page.Find(`#switcher[popover] a[href="/tenants"]`).Length() != 1 || strings.Contains(page.Text("#switcher"), "beta") {
		t.Errorf("%d buttons, and %q waits behind them", buttons, page.Text("#switcher"))
	}
	list := staff.Fragment("/tenants/switcher")
	if text := list.Text("li"); list.Find("li").Length() != 2 || !strings.Contains(text, "Clinic alfa") || !strings.Contains(text, "Clinic beta") {
		t.Errorf("the list says %q", list.Text("li"))
	}
	if current := list.Find(`[aria-current="true"]`); !strings.Contains(current.Text(), "Clinic alfa") || list.Find("form").Length() != 1 {
		t.Errorf("the current one is %q, %d others", current.Text(), list.Find("form").Length())
	}
	action, _ := list.Find("form").Attr("action")
	answer := staff.Do(staff.Request(http.MethodPost, action, url.Values{"_csrf": {list.Value(`input[name="_csrf"]`)}}))
	if after := staff.Get("/"); answer.Location() != "/" || !strings.Contains(after.Text(".brand-name"), "Clinic beta") || after.Find(switcher).Length() != 3 {
		t.Errorf("the switch leads to %q, in %q", answer.Location(), after.Text(".brand-name"))
	}
	if location := staff.Get("/tenants/switcher").Location(); location != "/tenants" {
		t.Errorf("opened by itself it leads to %q", location)
	}
}

func TestTheSwitcherComesAndGoesWithTheClinics(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	staff := alfa.SignInStaff()
	join(t, world, alfa.Staff.ID, beta.ID)
	staff.Get("/tenants")
	if staff.Get("/clients").Find(switcher).Length() != 3 {
		t.Error("the page of clinics does not make it appear")
	}
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1 and tenant_id = $2", alfa.Staff.ID, beta.ID)
	if list := staff.Fragment("/tenants/switcher"); list.Find("form").Length() != 0 {
		t.Error("a clinic that was left is offered")
	}
	if staff.Get("/clients").Find(switcher).Length() != 0 {
		t.Error("it stays")
	}
	world.Database.Execute(t, "update memberships set status = 'active' where user_id = $1", alfa.Staff.ID)
	staff.Get("/tenants")
	if answer := staff.Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {clinic.Password}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("somebody else at this desk: %d", answer.Status)
	}
	if staff.Get("/clients").Find(switcher).Length() != 0 {
		t.Error("it is left to the next person")
	}
}

func TestHazard020AWindowOfTheClinicBeforeIsNotFilledFromTheNewOne(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	join(t, world, alfa.Staff.ID, beta.ID)
	browser := alfa.SignInStaff()
	window := browser.Token()
	ask := func(path string) *clinic.Answer {
		request := browser.Request(http.MethodGet, path, nil)
		request.Header.Set("HX-Request", "true")
		request.Header.Set("X-CSRF-Token", window)
		return browser.Do(request)
	}
	if status := ask("/clients").Status; status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	browser.Post("/tenants/"+beta.ID.String()+"/session", nil)
	for _, path := range []string{"/clients?q=a", "/appointments/new", "/clients/" + uuid.NewString()} {
		answer := ask(path)
		if answer.Status != http.StatusConflict || !strings.Contains(string(answer.Body), "switched to another clinic") || answer.Header.Get("HX-Reswap") != "none" {
			t.Errorf("%s: %d %.80s", path, answer.Status, answer.Body)
		}
	}
	if answer := ask("/inbox/unread"); answer.Status != http.StatusNoContent || len(answer.Body) != 0 {
		t.Errorf("what it asks by itself: %d", answer.Status)
	}
	browser.Forget()
	window = browser.Token()
	if status := ask("/clients").Status; status != http.StatusOK {
		t.Errorf("a window of the new clinic: %d", status)
	}
	window = alfa.SignInOwner().Token()
	if status := ask("/clients").Status; status != http.StatusForbidden {
		t.Errorf("a window of somebody else: %d", status)
	}
}
