// Package clinic gives a test a running installation: the real server on a
// loopback socket, a migrated database of its own reached as the run-time roles,
// clinics with people in them, and browsers that have signed in.
package clinic

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/cache"
	"frontdesk/internal/clock"
	"frontdesk/internal/config"
	"frontdesk/internal/db"
	"frontdesk/internal/password"
	"frontdesk/internal/seal"
	"frontdesk/internal/server"
	"frontdesk/internal/storage"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// Password is everybody's in a test world.
const Password = "correct horse battery"

// Cheap is what a hash of a password costs in a test world: next to nothing. Tests of
// hashing say their own.
var Cheap = password.Cost{MemoryKiB: 64, Iterations: 1, Threads: 1}

// World is an installation of a test's own.
type World struct {
	t        testing.TB
	Database testkit.Database
	Store    *store.Store
	Server   *server.Server
	Keys     *seal.Ring
	Storage  storage.Store
	Config   config.Config
	// URL is the server's address, without a trailing slash.
	URL string
	// Log collects what the server logs.
	Log *Log
	// transport is the browsers' own; what tells them apart is their cookies.
	transport *http.Transport
}

// Option changes a world before its server starts.
type Option func(*server.Parts)

// At stops the server's clock at an instant.
func At(now time.Time) Option { return func(p *server.Parts) { p.Now = clock.Fixed(now) } }

// With changes the server's settings.
func With(change func(*config.Config)) Option {
	return func(p *server.Parts) { change(&p.Config) }
}

// Named has people reach the installation by a name, Config.AppBaseURL, in place of
// the number of World.URL: there are no passkeys for a number.
func Named(p *server.Parts) {
	p.Config.AppBaseURL = strings.Replace(p.Config.AppBaseURL, "127.0.0.1", "localhost", 1)
}

// Keys gives the server the keys of another, so that both open what either seals.
func Keys(ring *seal.Ring) Option { return func(p *server.Parts) { p.Keys = ring } }

// Copy starts a second copy of the program on the world's database, with
// connections of its own and the same keys, as a second machine would run it.
func (w *World) Copy(options ...Option) *World {
	w.t.Helper()
	return Around(w.t, w.Database, w.Database.Store(w.t), append([]Option{Keys(w.Keys)}, options...)...)
}

// New starts a world; it ends with the test.
func New(t testing.TB, options ...Option) *World {
	t.Helper()
	database := testkit.NewDatabase(t)
	return Around(t, database, database.Store(t), options...)
}

// Around starts a server on a database that the test has opened itself.
func Around(t testing.TB, database testkit.Database, opened *store.Store, options ...Option) *World {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	world := &World{
		t: t, Database: database, Store: opened, URL: "http://" + listener.Addr().String(), Log: &Log{},
		transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	settings, err := config.Parse(map[string]string{
		"LISTEN_ADDR": listener.Addr().String(), "RATE_LIMIT": "off", "DATA_DIR": t.TempDir(), "MAIL_ALLOW_PRIVATE_HOSTS": "true", "REQUIRE_ADMIN_2FA": "false",
		"MAIL_CA_FILE": os.Getenv("TEST_IMAP_CA_FILE"), "PASSWORD_MEMORY_KIB": strconv.Itoa(int(Cheap.MemoryKiB)),
		"PASSWORD_ITERATIONS": strconv.Itoa(int(Cheap.Iterations)), "PASSWORD_THREADS": strconv.Itoa(int(Cheap.Threads)),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.LoadOrCreate(settings.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	offline, err := cache.Connect("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := storage.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	parts := server.Parts{
		Storage: files, Cache: offline, Config: settings, Log: slog.New(slog.NewJSONHandler(world.Log, nil)), Now: clock.System, Store: opened, Keys: keys,
	}
	for _, option := range options {
		option(&parts)
	}
	opened.VouchWith(parts.Keys)
	world.Keys, world.Config, world.Storage = parts.Keys, parts.Config, parts.Storage
	if world.Server, err = server.New(parts); err != nil {
		t.Fatal(err)
	}
	world.serve(listener)
	// After serve, so that it comes before the server is told to stop, which waits for them.
	t.Cleanup(world.transport.CloseIdleConnections)
	return world
}

func (w *World) serve(listener net.Listener) {
	ended := make(chan error, 1)
	go func() { ended <- w.Server.App().Listener(listener) }()
	// A server that is told to stop before it serves never stops.
	answer, err := http.Get(w.URL + "/healthz")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.Server.Shutdown(ctx); err != nil {
			w.t.Errorf("server did not stop: %v", err)
		}
		if err := <-ended; err != nil {
			w.t.Errorf("server: %v", err)
		}
	})
}

// Log collects log lines.
type Log struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

// Write takes a line of the logger.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(line)
}

// String returns everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// Clinic is a tenant with an owner and a receptionist.
type Clinic struct {
	world *World
	ID    uuid.UUID
	Slug  string
	Owner Person
	Staff Person
}

// Person is somebody who can sign in.
type Person struct {
	ID    uuid.UUID
	Email string
}

// Clinic makes a tenant in Europe/Bucharest. slug also goes into the addresses
// of its people, owner@slug.example and staff@slug.example.
func (w *World) Clinic(slug string) *Clinic {
	w.t.Helper()
	made := &Clinic{
		world: w, ID: uuid.Must(uuid.NewV7()), Slug: slug,
		Owner: Person{uuid.Must(uuid.NewV7()), "owner@" + slug + ".example"},
		Staff: Person{uuid.Must(uuid.NewV7()), "staff@" + slug + ".example"},
	}
	w.platform(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.TenantCreate(ctx, db.TenantCreateParams{
			ID: made.ID, Name: "Clinic " + slug, Slug: slug, Timezone: "Europe/Bucharest", Country: "RO", Currency: "RON", MaxSeats: 10,
		}); err != nil {
			return err
		}
		for role, person := range map[actor.Role]Person{actor.Owner: made.Owner, actor.Staff: made.Staff} {
			if err := createUser(ctx, tx, person, string(role)+" of "+slug, false); err != nil {
				return err
			}
			if err := tx.MembershipCreate(ctx, db.MembershipCreateParams{
				TenantID: made.ID, ID: uuid.Must(uuid.NewV7()), UserID: person.ID, Role: string(role),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return made
}

// SuperAdmin makes somebody who runs the installation, and returns their browser.
func (w *World) SuperAdmin() *Browser {
	w.t.Helper()
	return w.Enter(Session{UserID: w.Person("Super Admin", true).ID})
}

// Person makes somebody who belongs to no clinic.
func (w *World) Person(name string, superAdmin bool) Person {
	w.t.Helper()
	id := uuid.Must(uuid.NewV7())
	person := Person{id, id.String() + "@frontdesk.example"}
	w.platform(func(ctx context.Context, tx *store.Tx) error { return createUser(ctx, tx, person, name, superAdmin) })
	return person
}

// Member makes somebody who works at the clinic.
func (w *World) Member(of *Clinic, name string) Person {
	w.t.Helper()
	person := w.Person(name, false)
	w.platform(func(ctx context.Context, tx *store.Tx) error {
		return tx.MembershipCreate(ctx, db.MembershipCreateParams{
			TenantID: of.ID, ID: uuid.Must(uuid.NewV7()), UserID: person.ID, Role: string(actor.Staff),
		})
	})
	return person
}

// SignInOwner returns the owner's browser, in a session as World.Enter makes it.
func (c *Clinic) SignInOwner() *Browser { c.world.t.Helper(); return c.enter(c.Owner) }

// SignInStaff returns the receptionist's browser, likewise.
func (c *Clinic) SignInStaff() *Browser { c.world.t.Helper(); return c.enter(c.Staff) }

func (c *Clinic) enter(who Person) *Browser {
	c.world.t.Helper()
	return c.world.Enter(Session{UserID: who.ID, TenantID: c.ID})
}

// Context returns a context that acts inside the clinic, as a job does.
func (c *Clinic) Context() context.Context {
	return actor.With(c.world.t.Context(), actor.System(c.ID))
}

// Do runs fn in a transaction of the clinic, to put rows in place.
func (c *Clinic) Do(fn func(context.Context, *store.Tx) error) {
	c.world.t.Helper()
	if err := c.world.Store.Tenant(c.Context(), fn); err != nil {
		c.world.t.Fatal(err)
	}
}

// Execute runs a statement as the clinic: for rows that are put in place.
func (c *Clinic) Execute(statement string, arguments ...any) {
	c.world.t.Helper()
	c.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, statement, arguments...)
		return err
	})
}

// Text asks for one value as the clinic, whatever its type; "" is null.
func (c *Clinic) Text(query string, arguments ...any) string {
	c.world.t.Helper()
	var found *string
	c.Do(func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select ("+query+")::text", arguments...).Scan(&found)
	})
	if found == nil {
		return ""
	}
	return *found
}

// SignIn signs a person in through the sign-in page: for who is asked for a second
// factor, is in two clinics, or where the sign-in itself is what a test looks at.
func (w *World) SignIn(email string) *Browser {
	w.t.Helper()
	browser := w.Browser()
	answer := browser.Post("/login", url.Values{"email": {email}, "password": {Password}})
	if answer.Status != http.StatusSeeOther {
		w.t.Fatalf("sign-in of %s answered %d", email, answer.Status)
	}
	browser.csrf = ""
	return browser
}

func (w *World) platform(fn func(context.Context, *store.Tx) error) {
	w.t.Helper()
	if err := w.Store.Platform(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// hashOnce makes the hash of Password once for all tests of a process.
var hashOnce = sync.OnceValues(func() (string, error) {
	return password.NewHasher(Cheap).Hash(context.Background(), Password)
})

func createUser(ctx context.Context, tx *store.Tx, person Person, name string, superAdmin bool) error {
	hash, err := hashOnce()
	if err != nil {
		return err
	}
	return tx.UserCreate(ctx, db.UserCreateParams{
		ID: person.ID, Email: person.Email, Name: name, PasswordHash: &hash, SuperAdmin: superAdmin, Language: "en",
	})
}
