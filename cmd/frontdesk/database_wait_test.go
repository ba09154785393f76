package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func connect(t *testing.T, databaseURL string) (*pgx.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return pgx.Connect(ctx, databaseURL)
}

// around starts the server in this process, on doors that the test chooses.
func around(t *testing.T, database testkit.Database, change func(*store.Config)) *clinic.World {
	t.Helper()
	doors := store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL, PoolSize: 4}
	change(&doors)
	opened, err := store.Open(t.Context(), doors)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return clinic.Around(t, database, opened)
}

// commitCutter is a line to Postgres that loses the answer to a commit when it
// is armed.
type commitCutter struct {
	armed atomic.Bool
	cut   atomic.Int64
}

// through returns the database's URL through the line.
func (c *commitCutter) through(t *testing.T, databaseURL string) string {
	t.Helper()
	address, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	network, server := "tcp", net.JoinHostPort(query.Get("host"), query.Get("port"))
	if strings.HasPrefix(query.Get("host"), "/") {
		network, server = "unix", query.Get("host")+"/.s.PGSQL."+query.Get("port")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			postgres, err := net.Dial(network, server)
			if err != nil {
				client.Close()
				continue
			}
			go c.join(client, postgres)
		}
	}()
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	query.Set("host", host)
	query.Set("port", port)
	query.Set("sslmode", "disable")
	address.RawQuery = query.Encode()
	return address.String()
}

// join hands bytes on in both directions. After a commit has been sent while the
// line was armed, what Postgres says is lost with the client's connection.
func (c *commitCutter) join(client, postgres net.Conn) {
	defer client.Close()
	var committing atomic.Bool
	go func() {
		defer postgres.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := client.Read(buffer)
			if bytes.Contains(buffer[:n], []byte("commit")) && c.armed.Load() {
				committing.Store(true)
			}
			if _, writeErr := postgres.Write(buffer[:n]); err != nil || writeErr != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := postgres.Read(buffer)
		if err != nil {
			return
		}
		if committing.Load() {
			c.cut.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func TestHazard089AFormWhoseCommitWasLostIsAnsweredByItsKey(t *testing.T) {
	t.Parallel()
	database, line := testkit.NewDatabase(t), &commitCutter{}
	world := around(t, database, func(c *store.Config) { c.TenantURL = line.through(t, c.TenantURL) })
	staff := world.Clinic("alfa").SignInStaff()
	fields := newClient("Once")
	staff.Token()
	line.armed.Store(true)
	lost := staff.Post("/clients", fields)
	line.armed.Store(false)
	if lost.Status != http.StatusServiceUnavailable || lost.Header.Get("Retry-After") == "" {
		t.Fatalf("a lost commit answers %d, Retry-After %q (%d cut)", lost.Status, lost.Header.Get("Retry-After"), line.cut.Load())
	}
	again := staff.Post("/clients", fields)
	if again.Status != http.StatusSeeOther {
		t.Fatalf("the key again answers %d", again.Status)
	}
	if ids := psql(t, database.SuperuserURL, "select '/clients/' || id from clients where first_name = 'Once'"); ids != again.Location() {
		t.Errorf("the key leads to %s; there is %q", again.Location(), ids)
	}
}

func TestHazard090AHeldRowMakesOneFormWaitAndNoOtherPage(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	world := around(t, database, func(*store.Config) {})
	staff := world.Clinic("alfa").SignInStaff()
	location := staff.Post("/clients", newClient("Held")).Location()
	holder := testkit.Connect(t, database.SuperuserURL)
	held, err := holder.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback(context.Background())
	if _, err := held.Exec(t.Context(), "select from clients where first_name = 'Held' for update"); err != nil {
		t.Fatal(err)
	}
	edit := url.Values{"first_name": {"Changed"}, "version": {"1"}}
	answered := make(chan *clinic.Answer, 2)
	began := time.Now()
	for range cap(answered) {
		go func() { answered <- staff.Post(location, edit) }()
	}
	for _, page := range []string{"/", "/clients", location, "/calendar"} {
		asked := time.Now()
		if got := staff.Get(page); got.Status != http.StatusOK {
			t.Errorf("%s answers %d meanwhile, after %s", page, got.Status, time.Since(asked))
		}
	}
	for range cap(answered) {
		got := <-answered
		if (got.Status != http.StatusServiceUnavailable && got.Status != http.StatusConflict) || got.Header.Get("Retry-After") == "" {
			t.Errorf("answered %d, Retry-After %q", got.Status, got.Header.Get("Retry-After"))
		}
	}
	// Two seconds for the lock; a busy machine adds its own.
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("took %s", took)
	} else {
		t.Logf("all were answered after %s", took.Round(time.Millisecond))
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := staff.Post(location, edit); got.Status != http.StatusSeeOther {
		t.Errorf("afterwards the form answers %d", got.Status)
	}
}

func TestHazard090AnExhaustedPoolAnswersComeBackLater(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	world := around(t, database, func(c *store.Config) { c.PoolSize, c.Patience.Acquire = 1, 300*time.Millisecond })
	made := world.Clinic("alfa")
	staff := made.SignInStaff()
	staff.Token()
	busy, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- world.Store.Tenant(made.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Raw().Exec(ctx, "select 1") // the first question takes the connection
			close(busy)
			<-free
			return err
		})
	}()
	<-busy
	for _, got := range []*clinic.Answer{staff.Get("/clients"), staff.Post("/clients", url.Values{"first_name": {"X"}, "_idempotency_key": {uuid.NewString()}})} {
		if got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("answered %d, Retry-After %q", got.Status, got.Header.Get("Retry-After"))
		}
	}
	if got := staff.Get("/healthz"); got.Status != http.StatusOK {
		t.Errorf("/healthz answers %d", got.Status)
	}
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := staff.Get("/clients"); got.Status != http.StatusOK {
		t.Errorf("afterwards %d", got.Status)
	}
}
