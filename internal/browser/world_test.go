package browser_test

import (
	"testing"
	"time"

	"frontdesk/internal/server"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/user"
)

// today is now, where the clinics of these tests are. Their servers' clock stands
// still there, so that no test runs over midnight.
func today(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().In(zone)
}

// newWorld starts an installation that does its jobs, as `frontdesk serve` does.
func newWorld(t *testing.T) *clinic.World {
	t.Helper()
	world := clinic.New(t, clinic.At(today(t)))
	if err := world.Server.StartJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	return world
}

// signInSuperAdmin makes somebody who runs the installation and signs them in.
func signInSuperAdmin(t *testing.T, world *clinic.World) *person {
	t.Helper()
	const email, password = "root@frontdesk.example", "a long line of words"
	if _, err := user.CreateSuperAdmin(t.Context(), world.Store, server.Passwords(world.Config), user.SuperAdmin{Email: email, Name: "Radu Marin", Password: password}); err != nil {
		t.Fatal(err)
	}
	admin := newPerson(t, world.URL)
	admin.open("/login")
	admin.signIn(email, password)
	admin.at("/admin")
	return admin
}

// mailServers are a clinic's provider: IMAP and SMTP under one user name.
type mailServers struct {
	inbox testkit.Account
	smtp  *testkit.SMTPServer
}

func newMailServers(t *testing.T) mailServers {
	t.Helper()
	servers := mailServers{inbox: testkit.Mailbox(t), smtp: testkit.SMTP(t)}
	servers.smtp.Username = servers.inbox.Username
	return servers
}
