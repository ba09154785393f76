package job_test

import (
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/job"
	"frontdesk/internal/testkit"
)

// colony is some processes that work on one database; a test goes their rounds, so that
// no time passes but by them.
type colony struct {
	t         *testing.T
	database  testkit.Database
	superuser *pgx.Conn
}

func newColony(t *testing.T) *colony {
	t.Helper()
	database := testkit.NewDatabase(t)
	return &colony{t: t, database: database, superuser: testkit.Connect(t, database.SuperuserURL)}
}

func (c *colony) process() (*job.Watch, uuid.UUID) {
	c.t.Helper()
	id := uuid.New()
	return job.NewWatch(c.database.Store(c.t), id), id
}

func (c *colony) rounds(number int, processes ...*job.Watch) {
	c.t.Helper()
	for range number {
		for _, process := range processes {
			if err := process.Round(c.t.Context()); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// taken is a job that a process has begun, at its attempt of most.
func (c *colony) taken(by uuid.UUID, attempt, most int) (id int64) {
	c.t.Helper()
	err := c.superuser.QueryRow(c.t.Context(), `insert into river.river_job (state, attempt, max_attempts, attempted_at, attempted_by, kind, args)
		values ('running', $2, $3, now(), array['another', $1::text], 'test_taken', '{}') returning id`, by.String(), attempt, most).Scan(&id)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// again begins a job anew, as River does.
func (c *colony) again(id int64, by uuid.UUID) {
	c.t.Helper()
	_, err := c.superuser.Exec(c.t.Context(), `update river.river_job set state = 'running', attempt = attempt + 1,
		attempted_by = array_append(attempted_by, $2::text) where id = $1 and state = 'available'`, id, by.String())
	if err != nil {
		c.t.Fatal(err)
	}
}

// state is a job's, with its attempt and how many it may have.
func (c *colony) state(id int64) (state string) {
	c.t.Helper()
	err := c.superuser.QueryRow(c.t.Context(), "select concat_ws(' ', state, attempt, max_attempts) from river.river_job where id = $1", id).Scan(&state)
	if err != nil {
		c.t.Fatal(err)
	}
	return state
}

func TestHazard129TheJobsOfAProcessThatEndedAreFreeAfterFourRounds(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	first, firstID := c.process()
	second, secondID := c.process()
	c.rounds(10, first, second)
	ended, other := c.taken(firstID, 1, 5), c.taken(secondID, 1, 5)
	// The first ends here. It moved in the round before, which the second has seen.
	c.rounds(3, second)
	if state := c.state(ended); state != "running 1 5" {
		t.Fatalf("after three rounds it is %s", state)
	}
	c.rounds(1, second)
	if state := c.state(ended); state != "available 1 5" {
		t.Errorf("after four rounds it is %s", state)
	}
	if state := c.state(other); state != "running 1 5" {
		t.Errorf("that of a process that lives is %s", state)
	}
}

func TestHazard129AProcessThatLivesIsNeverTakenForEnded(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	slow, slowID := c.process()
	c.rounds(1, slow)
	held := c.taken(slowID, 1, 5)
	quick, _ := c.process()
	for range 10 {
		c.rounds(3, quick)
		c.rounds(1, slow)
	}
	if state := c.state(held); state != "running 1 5" {
		t.Errorf("that of a slow process is %s", state)
	}
	// The machine sleeps: nobody goes a round, however long, and nobody has ended.
	c.rounds(3, quick)
	if _, err := c.superuser.Exec(t.Context(), "update river.river_job set attempted_at = now() - interval '1 day'"); err != nil {
		t.Fatal(err)
	}
	c.rounds(1, slow, quick)
	if state := c.state(held); state != "running 1 5" {
		t.Errorf("after the sleep it is %s", state)
	}
}

// The next process on a machine finds what the one before left, though nobody has seen
// that move.
func TestHazard129TheNextProcessFindsWhatTheOneBeforeLeft(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	before, beforeID := c.process()
	c.rounds(1, before)
	left := c.taken(beforeID, 1, 5)
	next, _ := c.process()
	c.rounds(5, next)
	if state := c.state(left); state != "available 1 5" {
		t.Errorf("it is %s", state)
	}
}

// That its process ended is not the job's failure: not even of its last attempt. Of one
// that takes its process with it each time it is.
func TestHazard129AJobWhoseProcessesEndTimeAfterTimeIsGivenUp(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	watching, _ := c.process()
	doomed, id := c.process()
	c.rounds(1, doomed)
	held := c.taken(id, 12, 12)
	for n, want := range []string{"available 12 13", "available 13 14", "discarded 14 14"} {
		c.rounds(5, watching)
		if state := c.state(held); state != want {
			t.Fatalf("after %s processes it is %s, not %s", strconv.Itoa(n+1), state, want)
		}
		doomed, id = c.process()
		c.rounds(1, doomed)
		c.again(held, id)
	}
}

func TestHazard129AJobThatAPersonCancelledIsNotTakenUpAgain(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	ended, id := c.process()
	c.rounds(1, ended)
	held := c.taken(id, 1, 5)
	if _, err := c.superuser.Exec(t.Context(), `update river.river_job set metadata = '{"cancel_attempted_at": "2026-11-29T10:00:00Z"}'`); err != nil {
		t.Fatal(err)
	}
	watching, _ := c.process()
	c.rounds(5, watching)
	if state := c.state(held); state != "cancelled 1 5" {
		t.Errorf("it is %s", state)
	}
}

func TestHazard129OfTwoThatFindAnEndedProcessOneFreesItsJobs(t *testing.T) {
	t.Parallel()
	c := newColony(t)
	ended, id := c.process()
	c.rounds(1, ended)
	held := c.taken(id, 1, 5)
	one, oneID := c.process()
	other, _ := c.process()
	c.rounds(4, one, other)
	c.rounds(1, one)
	c.again(held, oneID)
	c.rounds(1, other)
	if state := c.state(held); state != "running 2 5" {
		t.Errorf("it is %s", state)
	}
}
