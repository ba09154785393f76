package server_test

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/live"
	"frontdesk/internal/revision"
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
	events chan string // the names of events with their data, "" for a sign of life; closed at its end
	// began are the numbers that it began with, by their areas.
	began map[string]string
}

// follow opens a stream and returns once it is alive and has said how far things are.
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
	s := &stream{t, make(chan string, 1000), map[string]string{}}
	go s.read(response.Body)
	if _, open := s.hear(); !open {
		t.Fatal("the stream ended at once")
	}
	for len(s.began) < len(revision.AreasAt(uuid.Nil)) || s.began["inbox"] != "" && len(s.began) < len(revision.AreasAt(uuid.Max)) {
		event, _ := s.hear()
		words := strings.Fields(event)
		if len(words) != 3 || words[0] != live.Revision {
			t.Fatalf("it begins with %q", event)
		}
		s.began[words[1]] = words[2]
	}
	return s
}

// read takes events apart: what is not their name or data is the number.
func (s *stream) read(body io.Reader) {
	defer close(s.events)
	event := []string{}
	for lines := bufio.NewScanner(body); lines.Scan(); {
		line := lines.Text()
		_, value, _ := strings.Cut(line, ":")
		switch {
		case line == "" && len(event) > 0:
			s.events <- said(event)
			event = nil
		case line != "" && !strings.HasPrefix(line, "retry"):
			event = append(event, strings.Fields(value)...)
		}
	}
}

// said is an event in one line.
func said(words []string) string {
	if words[0] == live.Beat {
		return ""
	}
	return strings.Join(words, " ")
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

// moved is the area that the next event says has moved.
func (s *stream) moved() string {
	s.t.Helper()
	event := s.next()
	words := strings.Fields(event)
	if len(words) != 3 || words[0] != live.Revision {
		s.t.Errorf("the page hears %q", event)
		return ""
	}
	return words[1]
}

// assertEnds fails unless the page is told that access has ended, and nothing more. What
// ends it may move a number first.
func (s *stream) assertEnds(name string) {
	s.t.Helper()
	event := s.next()
	for strings.HasPrefix(event, live.Revision) {
		event = s.next()
	}
	if event != live.Ended {
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
	world.Vouch()
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
		if area := other.moved(); area != "inbox" {
			t.Errorf("%s: a bystander hears of %q", name, area)
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
	if event, _ := open.hear(); event != "" { // it looks again once the connection is there to be cut
		t.Fatalf("the page hears %q", event)
	}
	execute(t, world.Database,
		// It waits for the end: a backend that is told to go may still pass on what comes next.
		sql("select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = current_database() and query = 'listen '||$1", store.AccessChannel),
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
	if area := open.moved(); area != "inbox" {
		t.Fatalf("the page hears of %q", area)
	}
	execute(t, world.Database, sql("delete from sessions where user_id = $1", alfa.UserID))
	open.assertEnds("after one piece of news")
}

// What a page compares: the numbers that it was made with, and those that a stream begins
// with.
func TestWhatChangesBeforeAStreamIsOpenOrBetweenTwoIsNotMissed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	staff := peopleAt(t, world, "alfa").staff
	browser := world.Enter(staff)
	page := numbersOf(t, browser)
	same := follow(t.Context(), t, browser)
	if !maps.Equal(same.began, page) {
		t.Errorf("the page was made with %v, the stream begins with %v", page, same.began)
	}
	receiveMail(t, world, staff.TenantID)
	after := follow(t.Context(), t, browser)
	for area, number := range page {
		if moved := after.began[area] != number; moved != (area == "inbox") {
			t.Errorf("%s: the page was made with %s, the stream begins with %s", area, number, after.began[area])
		}
	}
	if now := numbersOf(t, browser); !maps.Equal(now, after.began) {
		t.Errorf("a new page is made with %v, the stream began with %v", now, after.began)
	}
}

// numbersOf are those that the first page says it was made with, of the clinic's areas.
func numbersOf(t *testing.T, browser *clinic.Browser) map[string]string {
	t.Helper()
	numbers := map[string]string{}
	for _, word := range strings.Fields(browser.Get("/").Find("#dashboard").AttrOr("data-revision", "")) {
		area, number, _ := strings.Cut(word, ":")
		numbers[area] = number
	}
	delete(numbers, "as")
	delete(numbers, "until")
	return numbers
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
		if event, then := oldest.next(), oldest.next(); event != live.Displaced || then != "closed" {
			t.Errorf("one of the oldest hears %q, then %q", event, then)
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
