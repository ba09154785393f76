package server_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"frontdesk/internal/chain"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// halting makes the sealer stop in the middle of its transaction, at the first seal,
// for as long as the test holds the lock of that number.
const halting = `create function halt() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
	create trigger halt before insert on audit_seals for each row execute function halt();
	create trigger halt before insert on platform_audit_seals for each row execute function halt()`

func TestTheScheduleSealsBothLogsOnTwoCopiesAndNoWriterWaits(t *testing.T) {
	t.Parallel()
	first := clinic.New(t)
	copies := []*clinic.World{first, first.Copy()}
	alfa := first.Clinic("alfa")
	owner := first.SignIn(alfa.Owner.Email)
	owner.Token()
	held := testkit.Connect(t, first.Database.SuperuserURL)
	execute(t, first.Database, sql(halting))
	numberOf(t, held, "select count(pg_advisory_lock(4711))")

	// River's own schedule, as `serve` starts it: nothing here calls the sealer.
	for _, world := range copies {
		if err := world.Server.StartJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	eventually(ctx, t, "the sealer stands in the middle of its work", func() bool {
		return numberOf(t, held, "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted") > 0
	})
	for range 10 {
		if answer := owner.Post("/clients", url.Values{"first_name": {"Ana"}, "last_name": {"Pop"}}); answer.Status != http.StatusSeeOther {
			t.Errorf("a writer meanwhile: %d %s", answer.Status, answer.Text("main"))
		}
	}
	if sealed := numberOf(t, held, "select count(*) from audit_seals"); sealed != 0 {
		t.Fatalf("%d rows were sealed while the sealer stood", sealed)
	}
	numberOf(t, held, "select count(pg_advisory_unlock(4711))")

	began := time.Now()
	ctx, cancel = context.WithTimeout(t.Context(), bound)
	defer cancel()
	eventually(ctx, t, "every row of both logs is sealed", func() bool {
		return numberOf(t, held, "select (select count(*) from audit_pending) + (select count(*) from platform_audit_pending)") == 0
	})
	t.Logf("all was sealed %s after the sealer could go on", time.Since(began).Round(time.Millisecond))
	assertSealedOnce(t, first, held)
}

// assertSealedOnce fails unless each row of both logs has one seal and the chains are
// whole.
func assertSealedOnce(t *testing.T, world *clinic.World, connection *pgx.Conn) {
	t.Helper()
	for log, least := range map[string]int{"audit": 10, "platform_audit": 1} {
		rows, seals := numberOf(t, connection, "select count(*) from "+log+"_events"), numberOf(t, connection, "select count(*) from "+log+"_seals")
		if rows < least || rows != seals || numberOf(t, connection, "select count(distinct event_id) from "+log+"_seals") != seals {
			t.Errorf("%s: %d rows and %d seals", log, rows, seals)
		}
	}
	report, err := (&chain.Verifier{Store: world.Store, Keys: world.Keys}).Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range report.Findings {
		t.Error(finding)
	}
}

func TestARowIsSealedWithinTenSecondsByTheSchedule(t *testing.T) {
	t.Parallel()
	// Between two runs of the schedule lie SealEvery, and the run itself.
	if chain.SealEvery > 5*time.Second {
		t.Errorf("the logs are sealed every %s", chain.SealEvery)
	}
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	if err := world.Server.StartJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	settled := func() bool {
		return numberOf(t, connection, "select (select count(*) from audit_pending) + (select count(*) from platform_audit_pending)") == 0
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	eventually(ctx, t, "the first run", settled)
	// This row comes after a run, so that only the schedule's next one seals it.
	owner.Post("/clients", url.Values{"first_name": {"Ana"}, "last_name": {"Pop"}})
	began := time.Now()
	ctx, cancel = context.WithTimeout(t.Context(), bound)
	defer cancel()
	eventually(ctx, t, "the next run", settled)
	t.Logf("the row was sealed after %s", time.Since(began).Round(time.Millisecond))
	assertSealed(t, connection, "client_create")
}

func assertSealed(t *testing.T, connection *pgx.Conn, action string) {
	t.Helper()
	if n := numberOf(t, connection, "select count(*) from audit_events join audit_seals on audit_seals.event_id = audit_events.id where action = $1", action); n != 1 {
		t.Errorf("%d rows of %s are sealed", n, action)
	}
}

// numberOf asks the database for one number, on this connection.
func numberOf(t *testing.T, connection *pgx.Conn, query string, arguments ...any) (number int) {
	t.Helper()
	if err := connection.QueryRow(t.Context(), query, arguments...).Scan(&number); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return number
}
