package browser_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// passkeyWorld is an installation that people reach by a name, and a connection to
// its database.
func passkeyWorld(t *testing.T, options ...clinic.Option) (*clinic.World, *clinic.Clinic, *pgx.Conn) {
	t.Helper()
	world := clinic.New(t, append(options, clinic.Named)...)
	return world, world.Clinic("alfa"), testkit.Connect(t, world.Database.SuperuserURL)
}

// visitor is somebody in front of the sign-in page with a device.
func visitor(t *testing.T, world *clinic.World) (*person, *device) {
	t.Helper()
	p := newPerson(t, world.Config.AppBaseURL)
	p.quiet()
	p.open("/login")
	return p, p.addDevice()
}

// recorded counts what the platform's log says of a person.
func recorded(t *testing.T, rows *pgx.Conn, action string, about uuid.UUID, more string) (n int) {
	t.Helper()
	query := "select count(*) from platform_audit_events where action = $1 and target_id = $2 and coalesce(after, before)::text like $3"
	if err := rows.QueryRow(t.Context(), query, action, about, "%"+more+"%").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPasskeyIsMadeSignsInWithoutAPasswordAndIsRemoved(t *testing.T) {
	t.Parallel()
	world, alfa, rows := passkeyWorld(t)
	p, _ := visitor(t, world)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/")
	p.pressSelector(".account")
	p.press("Sign-in and security")
	p.at("/sessions")
	p.press("Second factor")
	p.at("/second-factor")
	p.addPasskey("Elena's laptop")

	p.press("Add a passkey") // on a device that has one
	p.see("This device holds a passkey of yours already.")
	p.waitForFocus("the button", `find.button("Add a passkey")`)

	p.signOut()
	p.press("Sign in with a passkey")
	p.at("/")
	p.signOut()
	p.signIn(alfa.Staff.Email, clinic.Password) // and the passkey is the second factor
	p.at("/login/second-factor")
	p.press("Use a passkey")
	p.at("/")

	p.open("/second-factor")
	p.press("Remove the passkey Elena's laptop")
	p.fill("Your current password", "not the password")
	p.press("Remove")
	p.see("This is not your current password.")
	p.fill("Your current password", clinic.Password)
	p.press("Remove")
	p.see("Removed.")
	p.seeGone(`[id^="passkey-"]`)
	p.signOut()
	p.press("Sign in with a passkey") // which the device still has
	p.see("This passkey could not be verified. Please try again.")
	p.waitForFocus("what is wrong", `find.visible("[data-error-summary]")`)
	if status := p.lastStatus("/login/passkey"); status != 422 {
		t.Errorf("a passkey that was removed: %d", status)
	}
	for action, name := range map[string]string{"passkey_create": "Elena's laptop", "passkey_delete": "Elena's laptop"} {
		if n := recorded(t, rows, action, alfa.Staff.ID, name); n != 1 {
			t.Errorf("%s is recorded %d times", action, n)
		}
	}
}

func TestACopyOfAPasskeyIsRefusedAndRecorded(t *testing.T) {
	t.Parallel()
	world, alfa, rows := passkeyWorld(t)
	p, device := visitor(t, world)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.addPasskey("Telephone")
	p.signOut()
	p.press("Sign in with a passkey")
	p.at("/")
	p.signOut()
	used := device.passkey().SignCount
	device.count(used - 1)
	p.press("Sign in with a passkey")
	p.see("This passkey could not be verified. Please try again.")
	if n := recorded(t, rows, "second_factor_fail", alfa.Staff.ID, `"cloned": true`); n != 1 {
		t.Errorf("the copy is recorded %d times", n)
	}
	device.count(used + 1) // the passkey itself is none the worse for it
	p.press("Sign in with a passkey")
	p.at("/")
}

func TestAPasskeyOfSomebodyWhoMayNotEnterSignsNobodyIn(t *testing.T) {
	t.Parallel()
	world, alfa, rows := passkeyWorld(t)
	p, _ := visitor(t, world)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.addPasskey("Telephone")
	p.signOut()
	for _, change := range [][2]string{
		{"update users set status = 'suspended' where id = $1", "update users set status = 'active' where id = $1"},
		{"update memberships set status = 'revoked' where user_id = $1", "update memberships set status = 'active' where user_id = $1"},
	} {
		run(t, rows, change[0], alfa.Staff.ID)
		p.press("Sign in with a passkey")
		p.see("This passkey could not be verified. Please try again.")
		run(t, rows, change[1], alfa.Staff.ID)
		p.open("/")
		p.at("/login")
	}
	p.press("Sign in with a passkey")
	p.at("/")
}

func run(t *testing.T, rows *pgx.Conn, statement string, arguments ...any) {
	t.Helper()
	if _, err := rows.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatal(err)
	}
}

func TestWhoCancelsIsToldSoAndStaysWhereTheyWere(t *testing.T) {
	t.Parallel()
	world, alfa, _ := passkeyWorld(t)
	p, device := visitor(t, world)
	p.signIn(alfa.Staff.Email, clinic.Password)
	p.at("/")
	p.open("/second-factor")
	device.recognises(false)
	p.press("Add a passkey")
	p.see("No passkey was made. Try again, perhaps on another device.")
	p.waitForFocus("the button", `find.button("Add a passkey")`)
	device.recognises(true)
	p.addPasskey("Telephone")
	p.signOut()

	device.recognises(false)
	p.press("Sign in with a passkey")
	p.see("No passkey was used. Try again, or sign in with your password.")
	p.waitForFocus("the button", `find.button("Sign in with a passkey")`)
	device.recognises(true)
	device.touched(false)
	p.press("Sign in with a passkey")
	p.seeSelector(`[data-passkey] [aria-busy="true"]`) // as long as nobody touches it
	p.signIn(alfa.Staff.Email, clinic.Password)        // which still works
	p.at("/login/second-factor")
	device.touched(true)
	p.press("Use a passkey")
	p.at("/")
}
