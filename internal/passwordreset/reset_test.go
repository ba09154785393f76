package passwordreset_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"frontdesk/internal/clock"
	"frontdesk/internal/config"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/outbound"
	"frontdesk/internal/passwordreset"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

const next = "a quiet horse reads"

// fixture is an installation with a mail server, whose jobs a test does by hand.
type fixture struct {
	*clinic.World
	t      *testing.T
	smtp   *testkit.SMTPServer
	worker *passwordreset.MailWorker
}

func newFixture(t *testing.T, options ...clinic.Option) *fixture {
	t.Helper()
	f := &fixture{World: clinic.New(t, options...), t: t, smtp: testkit.SMTP(t)}
	dialer, err := outbound.New(true, f.smtp.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	server := fmt.Sprintf("smtps://%s:%s@localhost:%d", url.QueryEscape(f.smtp.Username), url.QueryEscape(f.smtp.Password), f.smtp.TLSPort)
	post, err := delivery.NewPost(server, "Frontdesk <desk@frontdesk.example>", dialer, clock.System)
	if err != nil {
		t.Fatal(err)
	}
	f.worker = &passwordreset.MailWorker{
		Store: f.Store, Lifetime: f.Config.PasswordResetLifetime, Limited: true,
		Delivery: &delivery.Mailer{BaseURL: f.URL, Post: post, Patience: f.Config.SMTPTimeout, Store: f.Store},
	}
	return f
}

// work does the job of a person, and returns the path of the link that was mailed.
func (f *fixture) work(userID uuid.UUID) string {
	f.t.Helper()
	before := len(f.smtp.Messages())
	if err := f.worker.Work(f.t.Context(), &river.Job[passwordreset.MailArguments]{Args: passwordreset.MailArguments{UserID: userID}}); err != nil {
		f.t.Fatal(err)
	}
	messages := f.smtp.Messages()
	if len(messages) == before {
		return ""
	}
	raw := strings.ReplaceAll(string(messages[len(messages)-1].Raw), "=\r\n", "")
	return regexp.MustCompile(`/password-reset/[A-Za-z0-9_-]{43}`).FindString(raw)
}

func choosing(password string) url.Values {
	return url.Values{"password": {password}, "password_confirm": {password}}
}

func TestALinkSetsANewPasswordOnceAndEndsEverySession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alfa := f.Clinic("alfa")
	signedIn := alfa.SignInStaff()
	path := f.work(alfa.Staff.ID)
	_, waiting := guard.NewToken()
	if err := f.Store.PlatformWrite().ChallengeCreate(t.Context(), db.ChallengeCreateParams{
		TokenHash: waiting, Purpose: "second_factor", UserID: &alfa.Staff.ID, Data: []byte("{}"), Lifetime: time.Minute,
	}); err != nil {
		t.Fatal(err)
	}
	guest := f.Browser()
	for range 2 {
		if page := guest.Get(path); page.Status != http.StatusOK || page.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("the link: %d", page.Status)
		}
	}
	if status := guest.Post(path, choosing("short")).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: %d", status)
	}
	if answer := guest.Post(path, choosing(next)); answer.Status != http.StatusSeeOther || answer.Location() != "/login" {
		t.Fatalf("the new password: %d %q", answer.Status, answer.Location())
	}
	if location := signedIn.Get("/").Location(); !strings.HasPrefix(location, "/login") {
		t.Error("a session survived")
	}
	if n := f.Database.Text(f.t, "select count(*)::text from challenges"); n != "0" {
		t.Error("a verification that the old password opened is still open")
	}
	if location := guest.Get("/").Location(); !strings.HasPrefix(location, "/login") {
		t.Error("the link signed somebody in")
	}
	if get, post := guest.Get(path).Status, guest.Post(path, choosing(next)).Status; get != http.StatusGone || post != http.StatusConflict {
		t.Errorf("used: GET %d, POST %d", get, post)
	}
	if answer := f.Browser().Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {next}}); answer.Status != http.StatusSeeOther {
		t.Errorf("sign-in with it: %d", answer.Status)
	}
	if n := f.Database.Text(f.t, "select count(*)::text from platform_audit_events where action in ('password_reset_create', 'password_reset_use') and target_id = $1", alfa.Staff.ID); n != "2" {
		t.Errorf("%s rows recorded", n)
	}
	if said := f.Database.Text(f.t, "select delivery from password_resets"); said != "sent" {
		t.Errorf("the mail is %s", said)
	}
}

func TestTwentyUsesOfOneLinkSetOnePassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.work(f.Clinic("alfa").Staff.ID)
	var done, refused atomic.Int32
	var group sync.WaitGroup
	for n := range 20 {
		browser := f.Browser()
		browser.Token()
		group.Go(func() {
			switch status := browser.Post(path, choosing(fmt.Sprintf("%s %d", next, n))).Status; status {
			case http.StatusSeeOther:
				done.Add(1)
			case http.StatusConflict:
				refused.Add(1)
			default:
				t.Errorf("status %d", status)
			}
		})
	}
	group.Wait()
	if done.Load() != 1 || refused.Load() != 19 {
		t.Errorf("%d succeeded, %d were refused", done.Load(), refused.Load())
	}
}

func TestHazard038ALinkThatIsNoGoodIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alfa := f.Clinic("alfa")
	superseded := f.work(alfa.Staff.ID)
	expired := f.work(alfa.Staff.ID)
	connection := testkit.Connect(t, f.Database.SuperuserURL)
	if _, err := connection.Exec(t.Context(), "update password_resets set expires_at = now() - interval '1 second' where revoked_at is null"); err != nil {
		t.Fatal(err)
	}
	guest := f.Browser()
	for name, path := range map[string]string{"superseded": superseded, "expired": expired} {
		if get, post := guest.Get(path).Status, guest.Post(path, choosing(next)).Status; get != http.StatusGone || post != http.StatusConflict {
			t.Errorf("%s: GET %d, POST %d", name, get, post)
		}
	}
	for _, path := range []string{"/password-reset/x", superseded + "A", "/password-reset/" + strings.Repeat("A", 43)} {
		if get, post := guest.Get(path).Status, guest.Post(path, choosing(next)).Status; get != http.StatusNotFound || post != http.StatusNotFound {
			t.Errorf("%s: GET %d, POST %d", path, get, post)
		}
	}
}

// What the page says is a look; what counts is the statement, which judges anew.
func TestTheStatementThatUsesALinkUpTakesNoneThatIsNoGood(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	connection := testkit.Connect(t, f.Database.SuperuserURL)
	for name, ending := range map[string]string{
		"":          "select $1::uuid",
		"expired":   "update password_resets set expires_at = now() - interval '1 second' where user_id = $1",
		"revoked":   "update password_resets set revoked_at = now() where user_id = $1",
		"used":      "update password_resets set used_at = now() where user_id = $1",
		"suspended": "update users set status = 'suspended' where id = $1",
	} {
		person := f.Person("person "+name, false)
		_, hash := guard.NewToken()
		if _, err := connection.Exec(t.Context(), "insert into password_resets (id, user_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '1 hour')", uuid.New(), person.ID, hash); err != nil {
			t.Fatal(err)
		}
		f.Vouch()
		if _, err := connection.Exec(t.Context(), ending, person.ID); err != nil {
			t.Fatal(err)
		}
		err := f.Store.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.PasswordResetUse(ctx, hash)
			return err
		})
		if good := name == ""; good != (err == nil) || !good && !fault.Is(err, fault.NotFound) {
			t.Errorf("a link that is %q: %v", name, err)
		}
	}
}

func TestHazard010TheAnswerIsTheSameForEverybodyAndTheLinkIsOurs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alfa := f.Clinic("alfa")
	for _, email := range []string{alfa.Staff.Email, "nobody@alfa.example"} {
		browser := f.Browser()
		request := browser.Request(http.MethodPost, "/password-reset", url.Values{"email": {email}, "_csrf": {browser.Token()}})
		request.Header.Set("X-Forwarded-Host", "evil.example")
		if answer := browser.Do(request); answer.Status != http.StatusSeeOther || answer.Location() != "/password-reset?sent=1" {
			t.Errorf("%s: %d %q", email, answer.Status, answer.Location())
		}
	}
	if n := f.Database.Text(f.t, "select count(*)::text from river.river_job where kind = 'password_reset_mail'"); n != "2" {
		t.Errorf("%s jobs", n)
	}
	if arguments := f.Database.Text(f.t, "select string_agg(args::text, '') from river.river_job"); strings.Contains(arguments, "@") {
		t.Errorf("arguments hold more than ids: %s", arguments)
	}
	f.work(alfa.Staff.ID)
	if raw := string(f.smtp.Messages()[0].Raw); !strings.Contains(strings.ReplaceAll(raw, "=\r\n", ""), f.URL+"/password-reset/") || strings.Contains(raw, "evil") {
		t.Error("the link does not begin with the configured address")
	}
}

func TestNobodyIsMailedWhoMayNotEnterOrWhoAsksTooOften(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alfa := f.Clinic("alfa")
	f.Database.Execute(t, "update users set status = 'suspended' where id = $1", alfa.Owner.ID)
	for _, id := range []uuid.UUID{alfa.Owner.ID, uuid.Nil, uuid.New()} {
		if path := f.work(id); path != "" {
			t.Errorf("%s was mailed", id)
		}
	}
	for range 7 {
		f.work(alfa.Staff.ID)
	}
	if n := len(f.smtp.Messages()); n != 5 {
		t.Errorf("%d mails in an hour", n)
	}
}

func TestALinkGoesToTheAddressThatSomebodyHasOnceItIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	person, connection := f.Clinic("alfa").Staff, testkit.Connect(t, f.Database.SuperuserURL)
	change, err := connection.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := change.Exec(t.Context(), "update users set email = 'ana@new.example' where id = $1", person.ID); err != nil {
		t.Fatal(err)
	}
	var job sync.WaitGroup
	job.Go(func() { f.work(person.ID) })
	// The job has read nobody yet: it waits for whoever changes the address.
	for waiting := "0"; waiting == "0"; {
		waiting = f.Database.Text(f.t, "select count(*)::text from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database())")
	}
	if err := change.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	job.Wait()
	if messages := f.smtp.Messages(); len(messages) != 1 || !strings.Contains(string(messages[0].Raw), "ana@new.example") {
		t.Errorf("%d messages were sent, not one to the new address", len(messages))
	}
}

func TestWhatBecameOfTheMailIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.smtp.Answer(testkit.SMTPPermanent)
	f.work(f.Clinic("alfa").Staff.ID)
	if said := f.Database.Text(f.t, "select delivery || ' ' || delivery_error from password_resets"); said != "failed invite.mail_refused" {
		t.Errorf("it says %q", said)
	}
}

func TestANewPasswordEndsTheWaitOfItsAddressAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, clinic.With(func(c *config.Config) { c.RateLimit = true }))
	alfa := f.Clinic("alfa")
	guest := f.Browser()
	signIn := func(email, password string) int {
		return guest.Post("/login", url.Values{"email": {email}, "password": {password}}).Status
	}
	for range 5 {
		signIn(alfa.Staff.Email, "not the password")
		signIn(alfa.Owner.Email, "not the password")
	}
	path := f.work(alfa.Staff.ID)
	if status := signIn(alfa.Staff.Email, clinic.Password); status != http.StatusUnprocessableEntity {
		t.Fatalf("the right password during the wait: %d", status)
	}
	if answer := guest.Post(path, choosing(next)); answer.Status != http.StatusSeeOther {
		t.Fatalf("the new password: %d", answer.Status)
	}
	if status := signIn(alfa.Owner.Email, clinic.Password); status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's wait is over: %d", status)
	}
	if status := signIn(alfa.Staff.Email, next); status != http.StatusSeeOther {
		t.Errorf("the new password: %d", status)
	}
}
