package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"frontdesk/internal/demo"
)

const (
	// openStreams are held by one copy of the program: windowsOfEach of each person, two
	// people in each clinic.
	openStreams   = 1000
	windowsOfEach = 4
	streamClinics = openStreams / windowsOfEach / 2
	// streamChanges is how often something is changed and the telling timed.
	streamChanges = 11
	// holdTime is how long the database's load is counted while nothing changes.
	holdTime = 20 * time.Second
	// streamPatience is when a stream that should have been told, or let go, is given up.
	streamPatience = 2 * time.Minute
)

// Streams measures a thousand open event streams on one copy: what they hold of its
// memory, what they ask of the database, how long a change takes to reach all of them,
// and until none is held once their readers are gone, in each way of going. It has a
// database and a server of its own.
func Streams(ctx context.Context, output io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "frontdesk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := startStage(ctx, folder, demo.Size{Seed: 1, Tenants: streamClinics, Clients: 4})
	if err != nil {
		return err
	}
	defer s.stop(&err)
	superuser, err := pgx.Connect(ctx, s.cluster.URLs().Superuser)
	if err != nil {
		return err
	}
	defer superuser.Close(ctx)
	people, err := s.people(ctx, superuser)
	if err != nil {
		return err
	}
	fmt.Fprintf(output, "%d open streams of %d people in %d clinics on one copy.\n\n", openStreams, len(people), streamClinics)
	watched := &audience{stage: s, superuser: superuser, output: output}
	for _, part := range []func(context.Context) error{
		watched.beforeThem,
		func(ctx context.Context) error { return watched.open(ctx, people) },
		watched.whileTheyAreQuiet,
		watched.change,
		watched.leave,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// people gives everybody of the clinics a session.
func (s *stage) people(ctx context.Context, superuser *pgx.Conn) ([]*visitor, error) {
	rows, err := superuser.Query(ctx, "select tenant_id, user_id from memberships order by tenant_id, user_id")
	if err != nil {
		return nil, err
	}
	members, err := pgx.CollectRows(rows, pgx.RowToStructByPos[member])
	if err != nil {
		return nil, err
	}
	people := make([]*visitor, len(members))
	for i, person := range members {
		if people[i], err = s.enter(ctx, person); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// audience is everybody who reads a stream.
type audience struct {
	*stage
	superuser *pgx.Conn
	output    io.Writer
	readers   []*reader
}

func (a *audience) beforeThem(ctx context.Context) error {
	load, err := a.databaseLoad(ctx)
	if err != nil {
		return err
	}
	return a.say("before them", load)
}

// say prints what the program holds, and what the database did.
func (a *audience) say(when, load string) error {
	held, err := a.memory.read()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.output, "%-38s %s; %s\n", when, held, load)
	return err
}

// databaseLoad counts the program's transactions while nothing is done. A single
// statement is one.
func (a *audience) databaseLoad(ctx context.Context) (string, error) {
	before, err := a.transactions(ctx)
	if err != nil {
		return "", err
	}
	began := time.Now()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(holdTime):
	}
	after, err := a.transactions(ctx)
	return fmt.Sprintf("the database does %.0f statements a second", float64(after-before)/time.Since(began).Seconds()), err
}

// transactions are those of this database up to now, but for what its sessions have done
// since they last told, a second ago at most.
func (a *audience) transactions(ctx context.Context) (count int64, err error) {
	err = a.superuser.QueryRow(ctx, "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()").Scan(&count)
	return count, err
}

func (a *audience) open(ctx context.Context, people []*visitor) error {
	began := time.Now()
	var opening errgroup.Group
	opening.SetLimit(32)
	a.readers = make([]*reader, openStreams)
	for i := range a.readers {
		opening.Go(func() (err error) {
			a.readers[i], err = openStream(ctx, people[i/windowsOfEach])
			return err
		})
	}
	if err := opening.Wait(); err != nil {
		return err
	}
	held, err := a.held()
	if err == nil && held != openStreams {
		err = fmt.Errorf("%d of %d streams are held", held, openStreams)
	}
	fmt.Fprintf(a.output, "%-38s %8.2f s\n", "all opened, and told how things stand", time.Since(began).Seconds())
	return err
}

func (a *audience) whileTheyAreQuiet(ctx context.Context) error {
	load, err := a.databaseLoad(ctx)
	if err != nil {
		return err
	}
	return a.say("with them", load)
}

// change changes something in every clinic, and times until everybody has been told.
func (a *audience) change(ctx context.Context) error {
	took := make([]float64, streamChanges)
	for i := range took {
		if _, err := a.superuser.Exec(ctx, "update services set name = name"); err != nil {
			return err
		}
		began := time.Now()
		for _, reader := range a.readers {
			if err := reader.isTold(ctx); err != nil {
				return err
			}
		}
		took[i] = time.Since(began).Seconds()
	}
	fmt.Fprintf(a.output, "%-38s %8.2f s, at most %.2f s (at most 1 s is wanted)\n", "from a commit until all are told", median(took), slices.Max(took))
	return a.say("after it", "it was changed "+strconv.Itoa(streamChanges)+" times")
}

// leave has the readers go, each in its way, and times until no stream is held.
func (a *audience) leave(ctx context.Context) error {
	for i, reader := range a.readers {
		if err := goings[i%len(goings)](reader.connection); err != nil {
			return err
		}
	}
	began := time.Now()
	for deadline := began.Add(streamPatience); ; {
		held, err := a.held()
		if err != nil {
			return err
		}
		if held == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d streams are held %s after their readers went", held, streamPatience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	fmt.Fprintf(a.output, "%-38s %8.1f s (at most 15 s is wanted)\n", "until none is held, readers gone", time.Since(began).Seconds())
	return a.say("without them", "readers had closed, reset, or fallen silent")
}

var streamsHeld = regexp.MustCompile(`(?m)^frontdesk_streams (\d+)$`)

// held is how many streams the program says that it holds.
func (a *audience) held() (int, error) {
	status, body, err := a.visitor.do(fasthttp.MethodGet, "/metrics", "", nil)
	if err != nil {
		return 0, err
	}
	found := streamsHeld.FindSubmatch(body)
	if found == nil {
		return 0, errors.New("the program does not say how many streams it holds: status " + strconv.Itoa(status))
	}
	return strconv.Atoi(string(found[1]))
}
