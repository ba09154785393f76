package conversation_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"frontdesk/internal/clock"
	"frontdesk/internal/conversation"
	"frontdesk/internal/imap"
	"frontdesk/internal/mail"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/outbound"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// fixture is a clinic with one mailbox on a real IMAP server, and an SMTP server to
// answer through.
type fixture struct {
	t         testing.TB
	world     *clinic.World
	clinic    *clinic.Clinic
	owner     *clinic.Browser
	account   testkit.Account
	smtp      *testkit.SMTPServer
	mailboxID uuid.UUID
	sync      *mailbox.Sync
	receiver  *conversation.Receiver
	sender    *conversation.SendWorker
	// post is how the sender talks to the mail server.
	post *mail.Sender
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	world := clinic.New(t)
	return fixtureIn(t, world, "alfa")
}

func fixtureIn(t testing.TB, world *clinic.World, slug string) *fixture {
	t.Helper()
	made := world.Clinic(slug)
	f := &fixture{t: t, world: world, clinic: made, owner: made.SignInOwner(), account: testkit.Mailbox(t), smtp: testkit.SMTP(t)}
	f.smtp.Username, f.smtp.Password = f.account.Username, f.account.Password
	f.mailboxID = f.addMailbox(f.account)
	dialer, err := outbound.New(true, f.account.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	passwords := mailbox.Passwords{Keys: world.Keys}
	log := discard()
	f.receiver = &conversation.Receiver{Store: world.Store, Storage: world.Storage, Now: clock.System}
	f.sync = &mailbox.Sync{Store: world.Store, IMAP: &imap.Client{Dialer: dialer}, Passwords: passwords, Log: log, Receiver: f.receiver}
	f.post = &mail.Sender{Dialer: dialer}
	f.sender = &conversation.SendWorker{
		Store: world.Store, Sender: f.post, Log: log, Password: passwords.Open,
	}
	return f
}

// addMailbox adds an account through the form, as an owner does.
func (f *fixture) addMailbox(account testkit.Account) uuid.UUID {
	f.t.Helper()
	answer := f.owner.Post("/settings/email", url.Values{
		"name": {"Reception"}, "address": {account.Username + "@" + f.clinic.Slug + ".example"},
		"imap_host": {account.Host}, "imap_port": {strconv.Itoa(account.TLSPort)}, "imap_security": {"tls"},
		"smtp_host": {f.smtp.Host}, "smtp_port": {strconv.Itoa(f.smtp.TLSPort)}, "smtp_security": {"tls"},
		"username": {account.Username}, "password": {account.Password},
	})
	if answer.Status != http.StatusSeeOther {
		f.t.Fatalf("adding a mailbox answered %d: %s", answer.Status, answer.Text("main"))
	}
	id, err := uuid.Parse(path.Base(answer.Location()))
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// read reads the mailbox to its end.
func (f *fixture) read() {
	f.t.Helper()
	for range 20 {
		outcome, err := f.sync.Run(f.clinic.Context(), f.mailboxID)
		if err != nil {
			f.t.Fatalf("sync: %v", err)
		}
		if outcome == mailbox.Done {
			break
		}
	}
	if reason := f.clinic.Text("select sync_error from mailboxes where id = $1", f.mailboxID); reason != "" {
		f.t.Fatalf("sync ended with %q", reason)
	}
}

// send does the jobs of all answers that wait, as attempt of most.
func (f *fixture) send(attempt, most int) error {
	f.t.Helper()
	id, err := uuid.Parse(f.clinic.Text("select id::text from messages where direction = 'out' order by id desc limit 1"))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.sender.Work(f.t.Context(), &river.Job[conversation.SendArguments]{
		JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: most},
		Args:   conversation.SendArguments{TenantID: f.clinic.ID, MessageID: id},
	})
}

func (f *fixture) count(sql string, arguments ...any) int {
	f.t.Helper()
	number, err := strconv.Atoi(f.clinic.Text("select count(*) from "+sql, arguments...))
	if err != nil {
		f.t.Fatal(err)
	}
	return number
}

// conversations returns the ids of the inbox's rows, from its pages.
func (f *fixture) conversations() []string {
	f.t.Helper()
	var ids []string
	for address := "/inbox"; address != ""; {
		page := f.owner.Get(address)
		if page.Status != http.StatusOK {
			f.t.Fatalf("%s answered %d", address, page.Status)
		}
		rows := page.Find(`li[id^="conversation-"]`)
		for n := range rows.Length() {
			id, _ := rows.Eq(n).Attr("id")
			ids = append(ids, strings.TrimPrefix(id, "conversation-"))
		}
		address, _ = page.Find(`a[rel="next"]`).Attr("href")
	}
	return ids
}

// only returns the one conversation that there is.
func (f *fixture) only() string {
	f.t.Helper()
	ids := f.conversations()
	if len(ids) != 1 {
		f.t.Fatalf("there are %d conversations", len(ids))
	}
	return ids[0]
}

func (f *fixture) deliver(raw string) {
	f.t.Helper()
	f.account.Deliver(f.t, []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
}

// letter is a plain message.
func letter(id, from, subject, body string, headers ...string) string {
	return fmt.Sprintf("From: %s\nTo: reception@alfa.example\nSubject: %s\nMessage-ID: <%s>\nDate: Mon, 02 Nov 2026 10:00:00 +0200\n%s\n%s\n",
		from, subject, id, strings.Join(append(headers, ""), "\n"), body)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
