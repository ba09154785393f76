package membership_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func guest(email string, changes ...string) url.Values {
	fields := url.Values{"name": {"Ion Radu"}, "email": {email}, "_idempotency_key": {uuid.NewString()}}
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
	}
	return fields
}

func seats(t *testing.T, world *clinic.World, tenant *clinic.Clinic, most int) {
	t.Helper()
	world.Database.Execute(t, "update tenants set max_seats = $1 where id = $2", most, tenant.ID)
}

func TestAnOwnerInvitesAndSeesTheLinkOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	world.Clinic("beta")
	if answer := owner.Post("/team", guest("ion@alfa.example")); answer.Status != http.StatusSeeOther || answer.Location() != "/team" {
		t.Fatalf("invite: %d %q", answer.Status, answer.Location())
	}
	page := owner.Get("/team")
	if page.Find("a[data-invite-link]").Length() != 1 || page.Find(`[data-sent="false"]`).Length() != 1 {
		t.Error("no link")
	}
	if n := page.Find(`tr[id^="membership-"]`).Length(); n != 2 {
		t.Errorf("%d members", n)
	}
	if n := page.Find(`tr[id^="invite-"]`).Length(); n != 1 {
		t.Errorf("%d invites", n)
	}
	if text := page.Text("main"); strings.Contains(text, "beta") || !strings.Contains(text, "3 of 10 seats") {
		t.Errorf("page %q", text)
	}
	if owner.Get("/team").Find("a[data-invite-link]").Length() != 0 {
		t.Error("the link shows twice")
	}
}

func TestHazard021StaffDoNotRunTheTeam(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	if status := staff.Get("/team").Status; status != http.StatusForbidden {
		t.Errorf("GET %d", status)
	}
	if status := staff.Post("/team", guest("ion@alfa.example")).Status; status != http.StatusForbidden {
		t.Errorf("POST %d", status)
	}
}

func TestAnAddressIsInvitedOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	owner.Post("/team", guest("ion@alfa.example"))
	for _, email := range []string{"ion@alfa.example", " ION@Alfa.example ", alfa.Staff.Email, alfa.Owner.Email, "", "ion", "a\x00@b.example", strings.Repeat("i", 10_000) + "@b.example"} {
		answer := owner.Post("/team", guest(email))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#email-error").Length() != 1 || answer.Value(`input[name="name"]`) != "Ion Radu" {
			t.Errorf("%.20q: %d", email, answer.Status)
		}
	}
	if answer := owner.Post("/team", guest("eva@alfa.example", "name", " ")); answer.Status != http.StatusUnprocessableEntity || answer.Find("#name-error").Length() != 1 {
		t.Errorf("no name: %d", answer.Status)
	}
	if n := owner.Get("/team").Find(`tr[id^="invite-"]`).Length(); n != 1 {
		t.Errorf("%d invites", n)
	}
}

func TestAnExpiredInviteMakesRoomForANewOne(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	owner.Post("/team", guest("ion@alfa.example"))
	world.Database.Execute(t, "update invites set expires_at = now() - interval '1 hour'")
	if text := owner.Get("/team").Text("main"); !strings.Contains(text, "Expired") || !strings.Contains(text, "2 of 10 seats") {
		t.Errorf("page %q", text)
	}
	if status := owner.Post("/team", guest("ion@alfa.example")).Status; status != http.StatusSeeOther {
		t.Errorf("again: %d", status)
	}
}

func TestHazard024AnAddressThatAnotherClinicHasIsInvitedAllTheSame(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	owner := alfa.SignInOwner()
	beta.SignInOwner().Post("/team", guest("ion@example.org"))
	for _, email := range []string{"ion@example.org", beta.Staff.Email} {
		if status := owner.Post("/team", guest(email)).Status; status != http.StatusSeeOther {
			t.Errorf("%s: %d", email, status)
		}
	}
}

func TestHazard039AFullTeamSaysSoAndOneWithoutSeatsInvitesNobody(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := enter(world, alfa, alfa.Owner)
	seats(t, world, alfa, 2)
	answer := owner.Post("/team", guest("late@alfa.example"))
	if answer.Status != http.StatusConflict || answer.Find(`[role="alert"]`).Length() != 1 || answer.Value(`input[name="email"]`) != "late@alfa.example" {
		t.Errorf("%d: the page does not say that the team is full, or lost what was typed", answer.Status)
	}
	seats(t, world, alfa, 0)
	if answer := owner.Post("/team", guest("late@alfa.example")); answer.Status != http.StatusForbidden || !strings.Contains(answer.Text("main"), "no seat allocation") {
		t.Errorf("no seats at all: %d %s", answer.Status, answer.Text("main"))
	}
}

func TestHazard072TheSameInviteFiveTimesIsOne(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	owner.Token()
	fields := guest("ion@alfa.example")
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			if answer := owner.Post("/team", fields); answer.Status != http.StatusSeeOther || answer.Location() != "/team" {
				t.Errorf("%d %q", answer.Status, answer.Location())
			}
		})
	}
	group.Wait()
	if n := owner.Get("/team").Find(`tr[id^="invite-"]`).Length(); n != 1 {
		t.Errorf("%d invites", n)
	}
}

func TestHazard023RoleAndTenantInTheFormAreIgnored(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	owner := alfa.SignInOwner()
	owner.Post("/team", guest("ion@alfa.example", "role", "owner", "tenant_id", beta.ID.String(), "max_seats", "9999"))
	var role, tenant string
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	if err := connection.QueryRow(t.Context(), "select role, tenant_id::text from invites").Scan(&role, &tenant); err != nil {
		t.Fatal(err)
	}
	if role != "staff" || tenant != alfa.ID.String() {
		t.Errorf("role %s, tenant %s", role, tenant)
	}
}

func TestHazard068ANameIsShownAsText(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	name := `<img src=x onerror=alert(1)> %_\ ' {{.}} "😀`
	owner.Post("/team", guest("ion@alfa.example", "name", name))
	page := owner.Get("/team")
	if page.Find("img").Length() != 0 || !strings.Contains(page.Text("#invites"), name) {
		t.Errorf("invites %q", page.Text("#invites"))
	}
}
