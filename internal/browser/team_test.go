package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// longName is as long as a name may be where nothing breaks it.
var longName = strings.Repeat("Constantinopol", 6) + " " + strings.Repeat("Ștefănescu-Brâncoveanu ", 3)

// TestTheTeamInEveryState looks at the team's page, and at an invite's, in each state
// in which a person may find them.
func TestTheTeamInEveryState(t *testing.T) {
	t.Parallel()
	smtp := testkit.SMTP(t)
	world := clinic.New(t, clinic.With(func(c *config.Config) {
		c.SMTPURL, c.MailFrom = fmt.Sprintf("smtp://localhost:%d?tls=none", smtp.PlainPort), "desk@frontdesk.example"
	}))
	alfa := world.Clinic("alfa")
	second, removed := world.Member(alfa, "Ioana Dumitrescu"), world.Member(alfa, "Matei Vasile")
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	change := func(statement string, arguments ...any) {
		t.Helper()
		if _, err := connection.Exec(t.Context(), statement, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	change("update memberships set role = 'owner' where user_id = $1", second.ID)
	change("update memberships set status = 'revoked', updated_at = now() where user_id = $1", removed.ID)
	change("update users set name = $2 where id = $1", alfa.Staff.ID, longName)
	change(`insert into invites (tenant_id, id, email, name, role, token_hash, expires_at, delivery) values
		($1, gen_random_uuid(), 'late@guest.example', 'Elena Marin', 'staff', sha256('a'), now() - interval '1 day', 'sent')`, alfa.ID)

	owner := newPerson(t, world.URL)
	owner.signIn(alfa.Owner.Email, clinic.Password)
	owner.open("/team")
	owner.looksGoodEverywhere("40-team")

	smtp.Answer(testkit.SMTPRecipientRefused)
	owner.fill("Name", "Ion Radu")
	owner.fill("E-mail", strings.Repeat("ion.radu.", 6)+"x@guest.example")
	owner.press("Send invite")
	owner.see("Not mailed")
	owner.looksGoodEverywhere("41-team-not-mailed")
	link := owner.attribute("a[data-invite-link]", "href")

	guest := newPerson(t, world.URL)
	guest.open(guest.pathOf(link))
	guest.looksGood("42-invite")
	guest.fill("Choose a password", "a quiet horse reads")
	guest.fill("The same password again", "something else")
	guest.press("Join")
	guest.see("The two passwords are not the same.")
	guest.looksGood("43-invite-error")

	change("update tenants set max_seats = 4 where id = $1", alfa.ID)
	owner.open("/team")
	owner.see("All seats are taken")
	owner.looksGood("44-team-full")

	change("update invites set expires_at = now() - interval '1 minute'")
	guest.open(guest.pathOf(link))
	guest.see("This invite has expired")
	guest.looksGood("45-invite-expired")

	admin := signInSuperAdmin(t, world)
	admin.open("/admin/tenants/" + alfa.ID.String())
	admin.see("Not mailed")
	admin.looksGood("46-console-people")
	admin.open("/admin/tenants/" + alfa.ID.String() + "/invites/new")
	admin.looksGood("47-console-add")
}
