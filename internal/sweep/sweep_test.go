package sweep_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"frontdesk/internal/job"
	"frontdesk/internal/sweep"
	"frontdesk/internal/testkit"
)

const idle = 12 * time.Hour

// swept are the tables, each with rows that nobody can use any more and rows that
// somebody can: n rows, for whose state the test puts in an expression of n.
var swept = map[string]struct{ rows, dead, living string }{
	"idempotency_keys": {
		`insert into idempotency_keys (tenant_id, route, key, location, created_at)
		 select (array[%[1]s])[n %% 2 + 1], '/clients', gen_random_uuid(), '/clients/1', now() - %[2]s from generate_series(1, %[3]d) n`,
		"interval '30 days 1 minute'", "interval '29 days 23 hours'"},
	"platform_idempotency_keys": {
		`insert into platform_idempotency_keys (route, key, location, created_at)
		 select '/admin/tenants', gen_random_uuid(), %[1]s::text, now() - %[2]s from generate_series(1, %[3]d) n`,
		"interval '30 days 1 minute'", "interval '29 days 23 hours'"},
	"sessions": {
		`insert into sessions (token_hash, user_id, last_seen_at, expires_at)
		 select sha256(gen_random_uuid()::text::bytea), %[1]s, %[2]s from generate_series(1, %[3]d) n`,
		"case n % 2 when 0 then now() else now() - interval '12 hours 1 minute' end, now() + case n % 2 when 0 then interval '-1 second' else interval '1 day' end",
		"now() - interval '11 hours', now() + interval '1 minute'"},
	"challenges": {
		`insert into challenges (token_hash, purpose, user_id, expires_at)
		 select sha256(gen_random_uuid()::text::bytea), 'second_factor', %[1]s, now() + %[2]s from generate_series(1, %[3]d) n`,
		"interval '-1 second'", "interval '1 minute'"},
	"password_resets": {
		`insert into password_resets (id, user_id, token_hash, expires_at)
		 select gen_random_uuid(), %[1]s, sha256(gen_random_uuid()::text::bytea), now() - %[2]s from generate_series(1, %[3]d) n`,
		"interval '30 days 1 minute'", "interval '29 days 23 hours'"},
	"sign_in_failures": {
		`insert into sign_in_failures (subject_hash, subject_kind, last_failed_at)
		 select sha256(gen_random_uuid()::text::bytea), left('email' || %[1]s::text, 5), now() - %[2]s from generate_series(1, %[3]d) n`,
		"interval '8 days'", "interval '1 minute'"},
}

type floor struct {
	testkit.Database
	t         *testing.T
	superuser *pgx.Conn
	tenants   [2]uuid.UUID
	user      uuid.UUID
}

func newFloor(t *testing.T) *floor {
	t.Helper()
	f := &floor{Database: testkit.NewDatabase(t), t: t, user: uuid.Must(uuid.NewV7())}
	f.superuser = testkit.Connect(t, f.SuperuserURL)
	f.exec("insert into users (id, email, name) values ($1, 'ana@example.com', 'Ana')", f.user)
	// A suspended clinic's rows are of no more use than another's.
	for i, status := range []string{"active", "suspended"} {
		f.tenants[i] = uuid.Must(uuid.NewV7())
		f.exec("insert into tenants (id, name, slug, timezone, max_seats, status) values ($1, $2, $2, 'Europe/Bucharest', 5, $2)", f.tenants[i], status)
	}
	return f
}

func (f *floor) exec(sql string, arguments ...any) {
	f.t.Helper()
	if _, err := f.superuser.Exec(f.t.Context(), sql, arguments...); err != nil {
		f.t.Fatal(err)
	}
}

// litter adds so many rows to a table, in a state.
func (f *floor) litter(table, state string, count int) {
	f.t.Helper()
	whose := "'" + f.user.String() + "'::uuid"
	if table == "idempotency_keys" {
		whose = fmt.Sprintf("'%s'::uuid, '%s'::uuid", f.tenants[0], f.tenants[1])
	}
	f.exec(fmt.Sprintf(swept[table].rows, whose, state, count))
}

func (f *floor) count(table string) (count int) {
	f.t.Helper()
	if err := f.superuser.QueryRow(f.t.Context(), "select count(*) from "+table).Scan(&count); err != nil {
		f.t.Fatal(err)
	}
	return count
}

func (f *floor) worker() *sweep.Worker { return &sweep.Worker{Store: f.Store(f.t), Idle: idle} }

func (f *floor) sweep() {
	f.t.Helper()
	if err := f.worker().Work(f.t.Context(), nil); err != nil {
		f.t.Error(err)
	}
}

// A batch is a thousand rows: each table has several, and one that is not full.
func TestTwoCopiesSweepManyRowsAndLeaveWhatIsAlive(t *testing.T) {
	t.Parallel()
	newFloor(t).twoCopiesSweep(2_501)
}

func TestTwoCopiesSweepAHundredThousandRowsAndLeaveWhatIsAlive_Slow(t *testing.T) {
	t.Parallel()
	newFloor(t).twoCopiesSweep(100_000/len(swept) + 1)
}

func (f *floor) twoCopiesSweep(each int) {
	t := f.t
	t.Helper()
	const living = 50
	for table, rows := range swept {
		f.litter(table, rows.dead, each)
		f.litter(table, rows.living, living)
	}
	var copies sync.WaitGroup
	for range 2 {
		worker := f.worker()
		copies.Go(func() {
			if err := worker.Work(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	copies.Wait()
	for table := range swept {
		if left := f.count(table); left != living {
			t.Errorf("%s: %d are left, not %d", table, left, living)
		}
	}
}

func TestTheSweepWaitsForNobodyAndLeavesWhatIsTakenUpMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.litter("sessions", swept["sessions"].dead, 3)
	writer, err := testkit.Connect(t, f.SuperuserURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.Exec(t.Context(), `update sessions set last_seen_at = now(), expires_at = now() + interval '1 day'
		where ctid = (select min(ctid) from sessions)`)
	if err != nil {
		t.Fatal(err)
	}
	f.sweep()
	if left := f.count("sessions"); left != 1 {
		t.Errorf("while one is held, %d are left", left)
	}
	if err := writer.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.sweep()
	if left := f.count("sessions"); left != 1 {
		t.Errorf("of the one that was taken up again %d are left", left)
	}
}

// announcing tells of each sweep that is done.
type announcing struct {
	*sweep.Worker
	done chan error
}

func (w announcing) Work(ctx context.Context, asked *river.Job[sweep.Arguments]) error {
	err := w.Worker.Work(ctx, asked)
	w.done <- err
	return err
}

func TestHazard094ASweepOfAnOlderProgramThatWaitsIsDone(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.litter("sessions", swept["sessions"].dead, 3)
	f.litter("challenges", swept["challenges"].dead, 3)
	// As the program of before put them in: one that waits, one that failed already.
	f.exec(`insert into river.river_job (kind, args, state, max_attempts, attempt, queue, scheduled_at) values
		('session_sweep', '{}', 'available', 25, 0, 'default', now()), ('challenge_sweep', '{}', 'retryable', 25, 3, 'default', now())`)
	done := make(chan error, 2)
	workers := river.NewWorkers()
	river.AddWorker(workers, announcing{f.worker(), done})
	queue, err := job.New(f.Store(t), job.Options{Log: slog.New(slog.DiscardHandler), Workers: workers, Concurrency: 2, Poll: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("a sweep of before is not done")
		}
	}
	// Stopping waits for what was done to be written down.
	if err := queue.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if ended := f.count("river.river_job where state = 'completed'"); ended != 2 || f.count("sessions") != 0 || f.count("challenges") != 0 {
		t.Errorf("%d of two jobs are done; %d sessions and %d challenges are left", ended, f.count("sessions"), f.count("challenges"))
	}
}
