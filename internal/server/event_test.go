package server_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/live"
	"frontdesk/internal/server"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// bound is how long a test waits before it calls something lost. What it proves is
// that it comes before a beat, which is set to an hour.
const bound = 30 * time.Second

// beatingEvery sets how often streams look by themselves.
func beatingEvery(beat time.Duration) clinic.Option {
	return func(p *server.Parts) { p.Beat = beat }
}

// stream is an open event stream as a page reads it.
type stream struct {
	t      *testing.T
	events chan string // the names of events, "" for a sign of life; closed at its end
}

// follow opens a stream and returns once it is alive.
func follow(ctx context.Context, t *testing.T, browser *clinic.Browser) *stream {
	t.Helper()
	response, err := browser.Client.Do(browser.Request(http.MethodGet, "/events", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream is answered %d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	s := &stream{t, make(chan string, 1000)}
	go func() {
		defer close(s.events)
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if name, event := strings.CutPrefix(lines.Text(), "event: "); event {
				s.events <- name
			} else if lines.Text() == ":" {
				s.events <- ""
			}
		}
	}()
	if _, open := s.hear(); !open {
		t.Fatal("the stream ended at once")
	}
	return s
}

// hear returns what comes next, or false when the stream has ended.
func (s *stream) hear() (string, bool) {
	s.t.Helper()
	select {
	case event, open := <-s.events:
		return event, open
	case <-time.After(bound):
		s.t.Fatal("nothing came, and the stream did not end")
		return "", false
	}
}

// next is the next event that is no mere sign of life, or "closed" at the end.
func (s *stream) next() string {
	s.t.Helper()
	for {
		event, open := s.hear()
		if !open {
			return "closed"
		}
		if event != "" {
			return event
		}
	}
}

// assertEnds fails unless the page is told that access has ended, and nothing more.
func (s *stream) assertEnds(name string) {
	s.t.Helper()
	if event := s.next(); event != live.Ended {
		s.t.Errorf("%s: the page hears %q", name, event)
		return
	}
	if event := s.next(); event != "closed" {
		s.t.Errorf("%s: after its end the page hears %q", name, event)
	}
}

// endings are the ways in which access ends while somebody is signed in.
var endings = map[string]struct {
	sql string
	of  func(*company) (clinic.Session, uuid.UUID)
}{
	"a suspended person":       {"update users set status = 'suspended' where id = $1", ofStaff(func(s clinic.Session) uuid.UUID { return s.UserID })},
	"a suspended clinic":       {"update tenants set status = 'suspended' where id = $1", ofStaff(func(s clinic.Session) uuid.UUID { return s.TenantID })},
	"a removed member":         {"update memberships set status = 'revoked' where user_id = $1", ofStaff(func(s clinic.Session) uuid.UUID { return s.UserID })},
	"a changed role":           {"update memberships set role = 'owner' where user_id = $1", ofStaff(func(s clinic.Session) uuid.UUID { return s.UserID })},
	"an ended session":         {"delete from sessions where user_id = $1", ofStaff(func(s clinic.Session) uuid.UUID { return s.UserID })},
	"a revoked support grant":  {"update support_grants set revoked_at = now() where id = $1", func(p *company) (clinic.Session, uuid.UUID) { return p.support, p.support.SupportGrantID }},
	"a demoted super-admin":    {"update users set super_admin = false where id = $1", func(p *company) (clinic.Session, uuid.UUID) { return p.admin, p.admin.UserID }},
	"a suspended super-admin":  {"update users set status = 'suspended' where id = $1", func(p *company) (clinic.Session, uuid.UUID) { return p.admin, p.admin.UserID }},
	"a supporting super-admin": {"update users set status = 'suspended' where id = $1", func(p *company) (clinic.Session, uuid.UUID) { return p.support, p.support.UserID }},
}

type company struct{ staff, support, admin clinic.Session }

func ofStaff(id func(clinic.Session) uuid.UUID) func(*company) (clinic.Session, uuid.UUID) {
	return func(p *company) (clinic.Session, uuid.UUID) { return p.staff, id(p.staff) }
}

// peopleAt makes a clinic with somebody of each kind.
func peopleAt(t *testing.T, world *clinic.World, slug string) *company {
	t.Helper()
	of, admin := world.Clinic(slug), world.Person("admin of "+slug, true)
	return &company{
		staff:   clinic.Session{UserID: of.Staff.ID, TenantID: of.ID},
		support: clinic.Session{UserID: admin.ID, TenantID: of.ID, SupportGrantID: letIn(t, world, of)},
		admin:   clinic.Session{UserID: admin.ID},
	}
}

// letIn grants support for an hour, as the clinic's owner.
func letIn(t *testing.T, world *clinic.World, of *clinic.Clinic) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	execute(t, world.Database, sql(`insert into support_grants (tenant_id, id, granted_by, reason, expires_at)
		values ($1, $2, $3, 'to be looked at', now() + interval '1 hour')`, of.ID, id, of.Owner.ID))
	return id
}

func TestHazard003AnOpenStreamEndsWithItsReadersAccessOnEveryCopy(t *testing.T) {
	t.Parallel()
	first := clinic.New(t, beatingEvery(time.Hour))
	second := first.Copy(beatingEvery(time.Hour))
	bystander := peopleAt(t, first, "bystander").staff
	number := 0
	for name, ending := range endings {
		number++
		session, id := ending.of(peopleAt(t, first, "clinic-"+string(rune('a'+number))))
		here, there, other := follow(t.Context(), t, first.Enter(session)), follow(t.Context(), t, second.Enter(session)), follow(t.Context(), t, second.Enter(bystander))
		execute(t, first.Database, sql(ending.sql, id))
		began := time.Now()
		here.assertEnds(name + ", here")
		there.assertEnds(name + ", on the other copy")
		t.Logf("%s: both streams had ended after %s", name, time.Since(began).Round(time.Millisecond))
		receiveMail(t, first, bystander.TenantID)
		if event := other.next(); event != "conversation" {
			t.Errorf("%s: a bystander hears %q", name, event)
		}
	}
}

// receiveMail makes a conversation, as if mail had come.
func receiveMail(t *testing.T, world *clinic.World, tenantID uuid.UUID) {
	t.Helper()
	execute(t, world.Database,
		sql(`insert into mailboxes (tenant_id, id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
			values ($1, $1, 'x', 'x@box.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00') on conflict do nothing`, tenantID),
		sql("insert into conversations (tenant_id, id, mailbox_id, last_message_at) values ($1, gen_random_uuid(), $1, now())", tenantID))
}

func TestHazard003WithNothingToHearAStreamAsksByItself(t *testing.T) {
	t.Parallel()
	pooled := func(c *config.Config) { c.DatabasePooler = true }
	world := clinic.New(t, clinic.With(pooled), beatingEvery(10*time.Millisecond))
	staff := peopleAt(t, world, "alfa").staff
	open := follow(t.Context(), t, world.Enter(staff))
	execute(t, world.Database, sql("update tenants set status = 'suspended' where id = $1", staff.TenantID))
	open.assertEnds("behind a pooler")
}

func TestHazard003ALostConnectionIsOpenedAgainAndNothingIsMissed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	staff := peopleAt(t, world, "alfa").staff
	open := follow(t.Context(), t, world.Enter(staff))
	receiveMail(t, world, staff.TenantID)
	if event := open.next(); event != "conversation" {
		t.Fatalf("the page hears %q", event) // and the connection is there to be cut
	}
	execute(t, world.Database,
		// It waits for the end: a backend that is told to go may still pass on what comes next.
		sql("select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = current_database() and query = 'listen '||$1", store.ChangeChannel),
		sql("update tenants set status = 'suspended' where id = $1", staff.TenantID))
	open.assertEnds("after the connection was cut")
	if !strings.Contains(world.Log.String(), "announcements are not heard") {
		t.Error("nobody is told that nothing is heard")
	}
}

func TestAStreamSaysThatThereIsMailInItsOwnClinicAndNothingElse(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	alfa, beta := peopleAt(t, world, "alfa").staff, peopleAt(t, world, "beta").staff
	open := follow(t.Context(), t, world.Enter(alfa))
	receiveMail(t, world, beta.TenantID)
	execute(t, world.Database, sql("update users set status = 'suspended' where id = $1", beta.UserID))
	receiveMail(t, world, alfa.TenantID)
	if event := open.next(); event != "conversation" {
		t.Fatalf("the page hears %q", event)
	}
	execute(t, world.Database, sql("delete from sessions where user_id = $1", alfa.UserID))
	open.assertEnds("after one piece of news")
}

func TestAnOpenStreamDoesNotKeepItsSessionAlive(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Millisecond), clinic.With(func(c *config.Config) { c.SessionIdle = time.Hour }))
	staff := peopleAt(t, world, "alfa").staff
	browser := world.Enter(staff)
	execute(t, world.Database, sql("update sessions set last_seen_at = now() - interval '59 minutes'"))
	open := follow(t.Context(), t, browser)
	for range 5 {
		if event, alive := open.hear(); event != "" || !alive {
			t.Fatalf("the page hears %q", event)
		}
	}
	execute(t, world.Database, sql("update sessions set last_seen_at = last_seen_at - interval '1 minute'"))
	open.assertEnds("once it was idle for too long")
}

func TestTheOldestOfManyStreamsGivesWay(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	browser := world.Enter(peopleAt(t, world, "alfa").staff)
	streams := []*stream{}
	for range 10 {
		streams = append(streams, follow(t.Context(), t, browser))
	}
	for _, oldest := range streams[:2] {
		if event := oldest.next(); event != "closed" {
			t.Errorf("one of the oldest hears %q", event)
		}
	}
	execute(t, world.Database, sql("delete from sessions"))
	for _, kept := range streams[2:] {
		kept.assertEnds("one of the newest")
	}
}

// The world's own end fails the test when its server does not stop in time.
func TestOpenStreamsDoNotHoldUpTheEndOfTheProgram(t *testing.T) {
	t.Parallel()
	var open *stream
	t.Cleanup(func() {
		if event := open.next(); event != "closed" {
			t.Errorf("the page hears %q, and should look for another copy", event)
		}
	})
	world := clinic.New(t, beatingEvery(time.Hour))
	open = follow(context.WithoutCancel(t.Context()), t, world.Enter(peopleAt(t, world, "alfa").staff))
}

func TestAStreamIsNotCompressedAndNotHeldBack(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	browser := world.Enter(peopleAt(t, world, "alfa").staff)
	request := browser.Request(http.MethodGet, "/events", nil)
	request.Header.Set("Accept-Encoding", "br, gzip")
	answer := browser.Do(request)
	if encoding := answer.Header.Get("Content-Encoding"); encoding != "" || answer.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("the stream is encoded with %q; headers %v", encoding, answer.Header)
	}
	if head := browser.Do(browser.Request(http.MethodHead, "/events", nil)); head.Status != http.StatusOK {
		t.Errorf("HEAD is answered %d", head.Status)
	}
}
