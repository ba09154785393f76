package membership_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// membershipOf is the id of somebody's membership of the clinic.
func membershipOf(t *testing.T, world *clinic.World, of *clinic.Clinic, person clinic.Person) string {
	t.Helper()
	var id uuid.UUID
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if err := connection.QueryRow(t.Context(), "select id from memberships where tenant_id = $1 and user_id = $2", of.ID, person.ID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// enter is the browser of a member.
func enter(world *clinic.World, of *clinic.Clinic, person clinic.Person) *clinic.Browser {
	return world.Enter(clinic.Session{UserID: person.ID, TenantID: of.ID})
}

// refusedWith asserts an answer on the team's page that says why nothing changed.
func refusedWith(t *testing.T, what string, answer *clinic.Answer, status int, words string) {
	t.Helper()
	if answer.Status != status || !strings.Contains(answer.Text(`main [role="alert"]`), words) {
		t.Errorf("%s: %d %q, expected %d %q", what, answer.Status, answer.Text(`main [role="alert"]`), status, words)
	}
}

func TestHazard002AnotherRoleNeedsAnotherSession(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, staff := enter(world, alfa, alfa.Owner), enter(world, alfa, alfa.Staff)
	id := membershipOf(t, world, alfa, alfa.Staff)
	row := owner.Get("/team").Find("#membership-" + id)
	if row.Find(`form[action="/team/`+id+`/role"] input[name="role"][value="owner"]`).Length() != 1 || row.Find(`form[action="/team/`+id+`/removal"]`).Length() != 1 {
		t.Error("the row of a receptionist does not offer both")
	}
	if answer := owner.Post("/team/"+id+"/role", url.Values{"role": {"owner"}, "version": {"1"}}); answer.Status != http.StatusSeeOther || answer.Location() != "/team" {
		t.Fatalf("promotion: %d %s", answer.Status, answer.Text("main"))
	}
	if status := staff.Fragment("/clients").Status; status != http.StatusUnauthorized {
		t.Errorf("the session of before the promotion: %d", status)
	}
	staff = enter(world, alfa, alfa.Staff)
	if status := staff.Get("/team").Status; status != http.StatusOK {
		t.Errorf("the new owner at /team: %d", status)
	}
	first := membershipOf(t, world, alfa, alfa.Owner)
	if status := staff.Post("/team/"+first+"/role", url.Values{"role": {"staff"}}).Status; status != http.StatusSeeOther {
		t.Errorf("the new owner demotes the first: %d", status)
	}
	if answer := owner.Get("/team"); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
		t.Errorf("the first owner at /team: %d %q", answer.Status, answer.Location())
	}
	if status := enter(world, alfa, alfa.Owner).Get("/team").Status; status != http.StatusForbidden {
		t.Errorf("the first owner, signed in again: %d", status)
	}
	if n := world.Database.Count(t, `select count(*) from audit_events where tenant_id = $1 and action = 'membership_role' and target_id = $2
		and before = '{"role": "staff"}' and after = '{"role": "owner"}' and actor_id = $3`, alfa.ID, id, alfa.Owner.ID); n != 1 {
		t.Errorf("%d rows in the clinic's log", n)
	}
}

func TestNobodyChangesTheirOwnRoleAndTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := enter(world, alfa, alfa.Owner)
	own, staff := membershipOf(t, world, alfa, alfa.Owner), membershipOf(t, world, alfa, alfa.Staff)
	if owner.Get("/team").Find("#membership-"+own+" form").Length() != 0 {
		t.Error("one's own row offers a change")
	}
	refusedWith(t, "the only owner", owner.Post("/team/"+own+"/role", url.Values{"role": {"staff"}}), http.StatusConflict, "the only owner")
	refusedWith(t, "removing oneself", owner.Post("/team/"+own+"/removal", nil), http.StatusConflict, "Nobody removes themselves")
	refusedWith(t, "the role that they have", owner.Post("/team/"+staff+"/role", url.Values{"role": {"staff"}}), http.StatusConflict, "is staff already")
	for _, role := range []string{"", "admin", "OWNER", "staff\x00"} {
		refusedWith(t, "role "+role, owner.Post("/team/"+staff+"/role", url.Values{"role": {role}}), http.StatusUnprocessableEntity, "Choose owner or staff")
	}
	owner.Post("/team/"+staff+"/role", url.Values{"role": {"owner"}})
	refusedWith(t, "one of two owners", owner.Post("/team/"+own+"/role", url.Values{"role": {"staff"}}), http.StatusConflict, "Ask another owner")
	refusedWith(t, "removing an owner", owner.Post("/team/"+staff+"/removal", nil), http.StatusConflict, "Make them staff first")
	if n := world.Database.Count(t, "select count(*) from memberships where tenant_id = $1 and role = 'owner' and status = 'active'", alfa.ID); n != 2 {
		t.Errorf("%d owners", n)
	}
}

func TestWhoIsRemovedIsOutAtTheNextRequestAndComesBackByAnInvite(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, staff := enter(world, alfa, alfa.Owner), enter(world, alfa, alfa.Staff)
	id := membershipOf(t, world, alfa, alfa.Staff)
	world.Database.Execute(t, "update memberships set created_at = now() - interval '3 years'")
	if status := staff.Get("/clients").Status; status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	if answer := owner.Post("/team/"+id+"/removal", url.Values{"version": {"1"}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("removal: %d %s", answer.Status, answer.Text("main"))
	}
	if answer := staff.Get("/clients"); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
		t.Errorf("after: %d", answer.Status)
	}
	page := owner.Get("/team")
	if page.Find("#removed #membership-"+id).Length() != 1 || page.Find("#members #membership-"+id).Length() != 0 || !strings.Contains(page.Text("main"), "1 of 10 seats") {
		t.Error("the removed row is not among the removed, or keeps its seat")
	}
	for _, again := range []string{"removal", "role"} {
		refusedWith(t, again, owner.Post("/team/"+id+"/"+again, url.Values{"role": {"owner"}}), http.StatusConflict, "was removed from the team already")
	}
	form := page.Find("#removed form")
	email, _ := form.Find(`input[name="email"]`).Attr("value")
	if answer := owner.Post("/team", guest(email)); email != alfa.Staff.Email || answer.Status != http.StatusSeeOther {
		t.Fatalf("invited again: %q %d", email, answer.Status)
	}
	link, _ := owner.Get("/team").Find("a[data-invite-link]").Attr("href")
	path := strings.TrimPrefix(link, world.URL)
	back := world.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: world.Clinic("elsewhere").ID})
	if status := back.Post(path, nil).Status; status == http.StatusSeeOther {
		t.Fatal("somebody joined without having signed in")
	}
	back = world.Enter(clinic.Session{UserID: alfa.Staff.ID, TenantID: joinElsewhere(t, world, alfa.Staff)})
	if status := back.Post(path, nil).Status; status != http.StatusSeeOther {
		t.Fatalf("accept: %d", status)
	}
	if back.Get("/clients").Status != http.StatusOK || membershipOf(t, world, alfa, alfa.Staff) != id {
		t.Error("not back, or by another row")
	}
	if n := world.Database.Count(t, "select count(*) from memberships where tenant_id = $1 and user_id = $2 and version = 3", alfa.ID, alfa.Staff.ID); n != 1 {
		t.Error("the old row did not come back as a new version")
	}
	if joined := owner.Get("/team").Text("#membership-" + id + " time"); !strings.Contains(joined, "now") && !strings.Contains(joined, "second") {
		t.Errorf("joined %q", joined)
	}
}

// joinElsewhere gives the person another clinic to be signed in to.
func joinElsewhere(t *testing.T, world *clinic.World, person clinic.Person) uuid.UUID {
	t.Helper()
	other := world.Clinic("other")
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if _, err := connection.Exec(t.Context(), "insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", other.ID, person.ID); err != nil {
		t.Fatal(err)
	}
	return other.ID
}

func TestAPageThatIsNoLongerTrueChangesNobodyAndSaysBothValues(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := enter(world, alfa, alfa.Owner)
	id := membershipOf(t, world, alfa, alfa.Staff)
	owner.Post("/team/"+id+"/role", url.Values{"role": {"owner"}, "version": {"1"}})
	answer := owner.Post("/team/"+id+"/role", url.Values{"role": {"staff"}, "version": {"1"}})
	refusedWith(t, "a stale role", answer, http.StatusConflict, "Role now: Owner. You chose: Staff.")
	owner.Post("/team/"+id+"/role", url.Values{"role": {"staff"}, "version": {"2"}})
	refusedWith(t, "a stale removal", owner.Post("/team/"+id+"/removal", url.Values{"version": {"1"}}), http.StatusConflict, "Role now: Staff. You chose: Remove.")
	if n := world.Database.Count(t, "select count(*) from memberships where id = $1 and status = 'active' and role = 'staff' and version = 3", id); n != 1 {
		t.Error("something was changed")
	}
}

func TestHazard021StaffAndNeighboursChangeNobody(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	staff, neighbour := enter(world, alfa, alfa.Staff), enter(world, beta, beta.Owner)
	for _, person := range []clinic.Person{alfa.Owner, alfa.Staff} {
		for _, verb := range []string{"role", "removal"} {
			path := "/team/" + membershipOf(t, world, alfa, person) + "/" + verb
			if status := staff.Post(path, url.Values{"role": {"owner"}}).Status; status != http.StatusForbidden {
				t.Errorf("staff: %d", status)
			}
			if status := neighbour.Post(path, url.Values{"role": {"owner"}}).Status; status != http.StatusNotFound {
				t.Errorf("another clinic's owner: %d", status)
			}
		}
	}
	if n := world.Database.Count(t, "select count(*) from memberships where version > 1 or status <> 'active'"); n != 0 {
		t.Errorf("%d memberships changed", n)
	}
}

func TestASupportGrantEndsWithItsGiverNoLongerAnOwner(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, admin := world.Clinic("alfa"), world.SuperAdmin()
	owner := enter(world, alfa, alfa.Owner)
	member := "/team/" + membershipOf(t, world, alfa, alfa.Staff)
	owner.Post(member+"/role", url.Values{"role": {"owner"}})
	giver := enter(world, alfa, alfa.Staff)
	for _, by := range []*clinic.Browser{giver, owner} {
		if answer := by.Post("/settings/support", url.Values{"reason": {"The calendar is empty"}, "hours": {"4"}}); answer.Status != http.StatusSeeOther {
			t.Fatalf("allowing is answered %d", answer.Status)
		}
	}
	open := func() int {
		return world.Database.Count(t, "select count(*) from support_grants where tenant_id = $1 and revoked_at is null", alfa.ID)
	}
	// Who stays an owner keeps what they allowed.
	if owner.Post(member+"/role", url.Values{"role": {"staff"}}); open() != 1 {
		t.Errorf("%d are open after the demotion", open())
	}
	if n := world.Database.Count(t, "select count(*) from audit_events join support_grants on support_grants.id = target_id where action = 'support_revoke' and granted_by = $1 and actor_id = $2 and before ? 'expires_at'", alfa.Staff.ID, alfa.Owner.ID); n != 1 {
		t.Errorf("%d revocations are recorded", n)
	}
	link, _ := owner.Get("/settings/support").Find(`#grants form[action$="/revocation"]`).Attr("action")
	if owner.Post(link, nil); open() != 0 {
		t.Fatalf("%d are open", open())
	}
	if status := admin.Post("/admin/tenants/"+alfa.ID.String()+"/support-session", nil).Status; status != http.StatusForbidden {
		t.Errorf("entering is answered %d", status)
	}
}

func TestHazard040RemovingSomebodyKillsTheInvitesToTheirAddress(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := enter(world, alfa, alfa.Owner)
	owner.Post("/team", guest("ion@alfa.example"))
	link, _ := owner.Get("/team").Find("a[data-invite-link]").Attr("href")
	// The receptionist's address becomes the invited one, as the console can make it.
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if _, err := connection.Exec(t.Context(), "update users set email = 'ion@alfa.example' where id = $1", alfa.Staff.ID); err != nil {
		t.Fatal(err)
	}
	owner.Post("/team/"+membershipOf(t, world, alfa, alfa.Staff)+"/removal", nil)
	answer := world.Browser().Post(strings.TrimPrefix(link, world.URL), nil)
	if answer.Status != http.StatusConflict || answer.Find(`[data-reason="invite.removed"]`).Length() != 1 {
		t.Errorf("accept: %d %s", answer.Status, answer.Text("main"))
	}
	for action, n := range map[string]int{"invite_create": 1, "membership_remove": 1, "invite_revoke": 1} {
		if found := world.Database.Count(t, "select count(*) from audit_events where tenant_id = $1 and action::text = $2", alfa.ID, action); found != n {
			t.Errorf("%s stands %d times in the clinic's log", action, found)
		}
	}
}

func TestAClinicHandsOutSixtyInvitesAnHourRenewedOnesIncluded(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.RateLimit, c.RateLimitWrites = true, 100_000 }))
	alfa := world.Clinic("alfa")
	owner := enter(world, alfa, alfa.Owner)
	for n := range 60 {
		owner.Post("/team", url.Values{"name": {"Guest"}, "email": {fmt.Sprintf("guest%d@alfa.example", n%3)}})
	}
	for path, form := range map[string]url.Values{
		"/team": {"name": {"Guest"}, "email": {"guest@alfa.example"}},
		"/team/invites/" + openInvite(t, world, alfa) + "/renewal": nil,
	} {
		if answer := owner.Post(path, form); answer.Status != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", path, answer.Status, answer.Header.Get("Retry-After"))
		}
	}
	if n := world.Database.Count(t, "select count(*) from invites where tenant_id = $1", alfa.ID); n != 3 {
		t.Errorf("%d invites", n)
	}
}

// openInvite is the id of one of a clinic's open invites.
func openInvite(t *testing.T, world *clinic.World, of *clinic.Clinic) string {
	t.Helper()
	var id string
	if err := testkit.Connect(t, world.Database.SuperuserURL).QueryRow(t.Context(),
		"select id::text from invites where tenant_id = $1 and revoked_at is null limit 1", of.ID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}
