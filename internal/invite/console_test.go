package invite_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
)

// added is a person whom the console adds.
func added(email, role string) url.Values {
	return url.Values{"name": {"Ion Radu"}, "email": {email}, "role": {role}, "_idempotency_key": {uuid.NewString()}}
}

func TestTheConsoleAddsAnOwnerToAClinicAndBothLogsTellOfIt(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	admin := world.SuperAdmin()
	page := "/admin/tenants/" + alfa.ID.String()
	if answer := admin.Get(page + "/invites/new"); answer.Status != http.StatusOK || answer.Find(`form[action="`+page+`/invites"] select[name="role"]`).Length() != 1 {
		t.Fatalf("the form: %d", answer.Status)
	}
	fields := added("ion@guest.example", "owner")
	for range 2 {
		if answer := admin.Post(page+"/invites", fields); answer.Status != http.StatusSeeOther || answer.Location() != page {
			t.Fatalf("added: %d %q", answer.Status, answer.Location())
		}
	}
	shown := admin.Get(page)
	path := linkOn(t, world, shown)
	if shown.Find(`#invites tr`).Length() != 2 { // the head, and one
		t.Errorf("invites: %q", shown.Text("#invites"))
	}
	guest := world.Browser()
	if status := guest.Post(path, joining()).Status; status != http.StatusSeeOther {
		t.Fatalf("accept: %d", status)
	}
	if status := guest.Get("/team").Status; status != http.StatusOK {
		t.Errorf("the new owner at /team: %d", status)
	}
	for _, action := range []string{"invite_create", "invite_accept", "membership_create"} {
		for _, log := range []string{"audit_events", "platform_audit_events"} {
			if n := world.Database.Count(t, "select count(*) from "+log+" where action::text = $1 and tenant_id = $2", action, alfa.ID); n != 1 {
				t.Errorf("%s stands %d times in %s", action, n, log)
			}
		}
	}
	if n := world.Database.Count(t, "select count(*) from platform_audit_events where action = 'user_create' and actor_kind = 'person' and actor_id = target_id"); n != 1 {
		t.Errorf("the new account stands %d times in the platform's log", n)
	}
	if n := world.Database.Count(t, "select count(*) from audit_events where (coalesce(before, '{}') || coalesce(after, '{}'))::text ~ '(token|password|hash)'"); n != 0 {
		t.Error("a secret is in the log")
	}
}

func TestTheConsoleRefusesWhoCannotJoinAndSaysSoAtTheField(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	admin, other := world.SuperAdmin(), world.Person("other", true)
	form := "/admin/tenants/" + alfa.ID.String() + "/invites"
	world.Database.Execute(t, "update users set status = 'suspended' where id = $1", beta.Staff.ID)
	world.Database.Execute(t, "update users set status = 'deleted', deleted_at = now() where id = $1", beta.Owner.ID)
	admin.Post(form, added("twice@guest.example", "staff"))
	for _, email := range []string{other.Email, beta.Staff.Email, beta.Owner.Email, alfa.Staff.Email, "twice@guest.example", "", "ion", "nul\x00@guest.example"} {
		answer := admin.Post(form, added(email, "staff"))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`#email[aria-invalid="true"]`).Length() != 1 || answer.Value(`input[name="name"]`) != "Ion Radu" {
			t.Errorf("%q: %d %s", email, answer.Status, answer.Text("main"))
		}
	}
	if answer := admin.Post(form, added("eva@guest.example", "admin")); answer.Status != http.StatusUnprocessableEntity || answer.Find("#role-error").Length() != 1 {
		t.Errorf("a role that nobody has: %d", answer.Status)
	}
	for _, unknown := range []string{uuid.NewString(), "1", "%00"} {
		if status := admin.Post("/admin/tenants/"+unknown+"/invites", added("eva@guest.example", "staff")).Status; status != http.StatusNotFound {
			t.Errorf("clinic %q: %d", unknown, status)
		}
		if status := admin.Get("/admin/tenants/" + unknown + "/invites/new").Status; status != http.StatusNotFound {
			t.Errorf("the form of clinic %q: %d", unknown, status)
		}
	}
	if n := world.Database.Count(t, "select count(*) from invites"); n != 1 {
		t.Errorf("%d invites", n)
	}
}

func TestHazard039TheConsoleIsBoundByTheSeatsAsWell(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	admin := world.SuperAdmin()
	page := "/admin/tenants/" + alfa.ID.String()
	world.Database.Execute(t, "update tenants set max_seats = 3 where id = $1", alfa.ID)
	admin.Post(page+"/invites", added("first@guest.example", "staff"))
	answer := admin.Post(page+"/invites", added("second@guest.example", "owner"))
	if answer.Status != http.StatusConflict || answer.Find(`form [role="alert"]`).Length() != 1 || answer.Value(`input[name="email"]`) != "second@guest.example" {
		t.Errorf("a full team: %d %s", answer.Status, answer.Text("main"))
	}
	// An expired invite gave its seat back; somebody else has it by now.
	renewal, _ := admin.Get(page).Find(`#invites form[action$="/renewal"]`).Attr("action")
	world.Database.Execute(t, "update invites set expires_at = now() - interval '1 hour'")
	if status := admin.Post(page+"/invites", added("second@guest.example", "staff")).Status; status != http.StatusSeeOther {
		t.Errorf("the seat of an expired invite: %d", status)
	}
	if status := admin.Post(renewal, nil).Status; status != http.StatusConflict {
		t.Errorf("renewal of the expired one: %d", status)
	}
	world.Database.Execute(t, "update tenants set max_seats = 0 where id = $1", alfa.ID)
	if answer := admin.Post(page+"/invites", added("third@guest.example", "staff")); answer.Status != http.StatusForbidden || !strings.Contains(answer.Text("main"), "no seat allocation") {
		t.Errorf("no seats at all: %d %s", answer.Status, answer.Text("main"))
	}
	world.Database.Execute(t, "update tenants set max_seats = 5, status = 'suspended' where id = $1", alfa.ID)
	if answer := admin.Post(page+"/invites", added("third@guest.example", "staff")); answer.Status != http.StatusConflict || !strings.Contains(answer.Text("main"), "suspended") {
		t.Errorf("a suspended clinic: %d", answer.Status)
	}
}

// refusedInPlace fails unless the page of the invites is shown again, and says why.
func refusedInPlace(t *testing.T, answer *clinic.Answer, list, title string) {
	t.Helper()
	if answer.Status != http.StatusConflict || !strings.Contains(answer.Text("main [role=alert]"), "used or withdrawn already") {
		t.Errorf("refused: %d %q", answer.Status, answer.Text("main [role=alert]"))
	}
	if answer.Find(list).Length() != 1 || !strings.Contains(answer.Text("h1"), title) {
		t.Errorf("refused on another page: %q", answer.Text("h1"))
	}
}

func TestTheConsoleTakesAnInviteBackAndRenewsOnlyThatClinics(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	admin := world.SuperAdmin()
	page := "/admin/tenants/" + alfa.ID.String()
	admin.Post(page+"/invites", added("ion@guest.example", "owner"))
	shown := admin.Get(page)
	path := linkOn(t, world, shown)
	revocation, _ := shown.Find(`#invites form[action$="/revocation"]`).Attr("action")
	for _, verb := range []string{"revocation", "renewal"} {
		elsewhere := strings.Replace(strings.Replace(revocation, "revocation", verb, 1), alfa.ID.String(), beta.ID.String(), 1)
		if status := admin.Post(elsewhere, nil).Status; status != http.StatusNotFound {
			t.Errorf("%s by way of another clinic: %d", verb, status)
		}
	}
	owner := world.Enter(clinic.Session{UserID: alfa.Owner.ID, TenantID: alfa.ID})
	if answer := owner.Post("/team/invites/"+openInvite(t, owner)+"/renewal", nil); answer.Status != http.StatusConflict {
		t.Errorf("the team renews an owner's invite: %d", answer.Status)
	}
	if shown.Find(`#people a[href="/admin/users/`+alfa.Owner.ID.String()+`"]`).Length() != 1 {
		t.Error("no way from the clinic's people to their pages")
	}
	if status := admin.Post(revocation, nil).Status; status != http.StatusSeeOther {
		t.Errorf("revocation: %d", status)
	}
	for _, verb := range []string{"revocation", "renewal"} {
		refusedInPlace(t, admin.Post(strings.Replace(revocation, "revocation", verb, 1), nil), "#people", "Clinic alfa")
	}
	refused := world.Browser().Get(path)
	if refused.Status != http.StatusGone || refused.Find(`[data-reason="invite.cancelled"]`).Length() != 1 {
		t.Errorf("the link: %d", refused.Status)
	}
	for _, log := range []string{"audit_events", "platform_audit_events"} {
		if n := world.Database.Count(t, "select count(*) from "+log+" where action = 'invite_revoke' and tenant_id = $1", alfa.ID); n != 1 {
			t.Errorf("%d rows in %s", n, log)
		}
	}
}
