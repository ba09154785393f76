package invite_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// The racers here are people who have an account and have signed in: they join with
// one click, so that the rounds do not wait for Argon2. Newcomers race in
// TestHazard037TwentyAcceptsOfOneInviteLetOneIn.

// racer is a browser that can be replaced: joining gives the person another session,
// of which a browser without JavaScript would learn with its next page.
type racer struct {
	world   *clinic.World
	session clinic.Session
	browser *clinic.Browser
	// joined is true when its browser's session has ended by joining.
	joined bool
}

func (r *racer) ready() {
	if r.browser == nil || r.joined {
		r.browser, r.joined = r.world.Enter(r.session), false
		r.browser.Token()
	}
}

func (r *racer) accept(path string) int {
	status := r.browser.Post(path, nil).Status
	r.joined = status == http.StatusSeeOther
	return status
}

// course is a clinic for each round, with the invites that are raced for.
type course struct {
	tenantID uuid.UUID
	paths    []string
}

// courses makes a clinic for each round, each with an owner, so many seats, and an
// invite to each of the addresses, however many seats there are: the seats were
// more once.
func courses(t *testing.T, world *clinic.World, owner clinic.Person, rounds, seats int, emails []string) []course {
	t.Helper()
	made, batch := make([]course, rounds), &pgx.Batch{}
	for round := range made {
		id := uuid.Must(uuid.NewV7())
		made[round].tenantID = id
		batch.Queue("insert into tenants (id, name, slug, timezone, max_seats) values ($1, $2, $2, 'UTC', $3)", id, fmt.Sprintf("course-%d", round), seats)
		batch.Queue("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'owner')", id, owner.ID)
		for _, email := range emails {
			token, hash := guard.NewToken()
			made[round].paths = append(made[round].paths, "/invite/"+token)
			batch.Queue(`insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
				values ($1, gen_random_uuid(), $2, '', 'staff', $3, now() + interval '1 day')`, id, email, hash)
		}
	}
	if err := testkit.Connect(t, world.Database.SuperuserURL).SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	world.Vouch()
	return made
}

func TestHazard037RaceOfFiftyAcceptsOfOneInviteOnTwoCopies(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	home := worlds[0].Clinic("home")
	session := clinic.Session{UserID: home.Staff.ID, TenantID: home.ID}
	racers := make([]*racer, 50)
	for i := range racers {
		racers[i] = &racer{world: worlds[i%2], session: session}
	}
	for round, course := range courses(t, worlds[0], home.Owner, rounds, 5, []string{home.Staff.Email}) {
		for _, racer := range racers {
			racer.ready()
		}
		statuses := clinic.Race(len(racers), func(i int) int { return racers[i].accept(course.paths[0]) })
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 49 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
	if n := worlds[0].Database.Count(t, "select count(*) from memberships where user_id = $1", home.Staff.ID); n != rounds+1 {
		t.Errorf("%d memberships after %d rounds", n, rounds)
	}
	if n := worlds[0].Database.Count(t, "select count(*) from audit_events where action = 'invite_accept'"); n != rounds {
		t.Errorf("%d acceptances in the logs of %d clinics", n, rounds)
	}
}

func TestHazard039RaceOfTwentyAcceptsForTheLastSeatOnTwoCopies(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	home := worlds[0].Clinic("home")
	racers, emails := make([]*racer, 20), make([]string, 20)
	for i := range racers {
		person := worlds[0].Member(home, fmt.Sprintf("racer-%d", i))
		racers[i] = &racer{world: worlds[i%2], session: clinic.Session{UserID: person.ID, TenantID: home.ID}}
		emails[i] = person.Email
	}
	for round, course := range courses(t, worlds[0], home.Owner, rounds, 2, emails) {
		for _, racer := range racers {
			racer.ready()
		}
		statuses := clinic.Race(len(racers), func(i int) int { return racers[i].accept(course.paths[i]) })
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 19 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
	if n := worlds[0].Database.Count(t, "select count(*) from tenants where (select count(*) from memberships where tenant_id = tenants.id and memberships.status = 'active') > max_seats and slug <> 'home'"); n != 0 {
		t.Errorf("%d clinics have more members than seats", n)
	}
}

func TestHazard039RaceOfAnAcceptAndAWithdrawalHasOneWinner(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	home := worlds[0].Clinic("home")
	guest := &racer{world: worlds[0], session: clinic.Session{UserID: home.Staff.ID, TenantID: home.ID}}
	for round, course := range courses(t, worlds[0], home.Owner, rounds, 5, []string{home.Staff.Email}) {
		owner := worlds[1].Enter(clinic.Session{UserID: home.Owner.ID, TenantID: course.tenantID})
		revocation := "/team/invites/" + openInvite(t, owner) + "/revocation"
		owner.Token()
		guest.ready()
		statuses := clinic.Race(2, func(i int) int {
			if i == 0 {
				return guest.accept(course.paths[0])
			}
			return owner.Post(revocation, nil).Status
		})
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 1 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
}

// The page only looks, and whoever comes second waits for a seat and is judged again:
// this is the one statement by itself.
func TestTheStatementThatUsesAnInviteUpTakesNoneThatIsNoGood(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("owner")
	endings := map[string]string{
		"":                    "select $1::bytea",
		"expired":             "update invites set expires_at = now() - interval '1 second' where token_hash = $1",
		"revoked":             "update invites set revoked_at = now() where token_hash = $1",
		"used":                "update invites set accepted_at = now() where token_hash = $1",
		"to a closed clinic":  "update tenants set status = 'suspended' where id = (select tenant_id from invites where token_hash = $1)",
		"to a deleted clinic": "update tenants set status = 'deleted', deleted_at = now() where id = (select tenant_id from invites where token_hash = $1)",
	}
	made := courses(t, world, owner.Owner, len(endings), 9, []string{"ion@x.example"})
	for name, ending := range endings {
		path := made[0].paths[0]
		made = made[1:]
		hash, _ := guard.HashToken(strings.TrimPrefix(path, "/invite/"))
		world.Database.Execute(t, ending, hash)
		err := world.Store.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.InviteAccept(ctx, hash)
			return err
		})
		if good := name == ""; good != (err == nil) || !good && !fault.Is(err, fault.NotFound) {
			t.Errorf("an invite that is %q: %v", name, err)
		}
	}
}

func TestRaceOfOnePersonWhoJoinsTwoClinicsIsNoDeadlock(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	home := worlds[0].Clinic("home")
	windows := make([]*racer, 2)
	for i := range windows {
		windows[i] = &racer{world: worlds[i], session: clinic.Session{UserID: home.Staff.ID, TenantID: home.ID}}
	}
	invited := courses(t, worlds[0], home.Owner, 2*rounds, 5, []string{home.Staff.Email})
	for round := range rounds {
		for _, window := range windows {
			window.ready()
		}
		statuses := clinic.Race(2, func(i int) int { return windows[i].accept(invited[2*round+i].paths[0]) })
		if statuses[http.StatusSeeOther] != 2 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
	if n := worlds[0].Database.Count(t, "select deadlocks from pg_stat_database where datname = current_database()"); n != 0 {
		t.Errorf("%d deadlocks in %d rounds", n, rounds)
	}
}
