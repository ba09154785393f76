package conversation_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"frontdesk/internal/clock"
	"frontdesk/internal/conversation"
	"frontdesk/internal/imap"
	"frontdesk/internal/mail"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/outbound"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// desk is a clinic with one mailbox on a real IMAP server, and an SMTP server to
// answer through.
type desk struct {
	t         testing.TB
	world     *clinic.World
	clinic    *clinic.Clinic
	owner     *clinic.Browser
	account   testkit.Account
	smtp      *testkit.SMTPServer
	mailboxID uuid.UUID
	sync      *mailbox.Sync
	sender    *conversation.SendWorker
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	world := clinic.New(t)
	return deskIn(t, world, "alfa")
}

func deskIn(t testing.TB, world *clinic.World, slug string) *desk {
	t.Helper()
	made := world.Clinic(slug)
	d := &desk{t: t, world: world, clinic: made, owner: made.SignInOwner(), account: testkit.Mailbox(t), smtp: testkit.SMTP(t)}
	d.smtp.Username, d.smtp.Password = d.account.Username, d.account.Password
	d.mailboxID = d.addMailbox(d.account)
	dialer, err := outbound.New(true, d.account.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	passwords := mailbox.Passwords{Keys: world.Keys}
	log := discard()
	d.sync = &mailbox.Sync{
		Store: world.Store, IMAP: &imap.Client{Dialer: dialer}, Passwords: passwords, Log: log,
		Receiver: &conversation.Receiver{Store: world.Store, Storage: world.Storage, Now: clock.System},
	}
	d.sender = &conversation.SendWorker{
		Store: world.Store, Sender: &mail.Sender{Dialer: dialer, AnswerTime: 500 * time.Millisecond}, Log: log, Password: passwords.Open,
	}
	return d
}

// addMailbox adds an account through the form, as an owner does.
func (d *desk) addMailbox(account testkit.Account) uuid.UUID {
	d.t.Helper()
	answer := d.owner.Post("/settings/email", url.Values{
		"name": {"Reception"}, "address": {account.Username + "@" + d.clinic.Slug + ".example"},
		"imap_host": {account.Host}, "imap_port": {strconv.Itoa(account.TLSPort)}, "imap_security": {"tls"},
		"smtp_host": {d.smtp.Host}, "smtp_port": {strconv.Itoa(d.smtp.TLSPort)}, "smtp_security": {"tls"},
		"username": {account.Username}, "password": {account.Password},
	})
	if answer.Status != http.StatusSeeOther {
		d.t.Fatalf("adding a mailbox answered %d: %s", answer.Status, answer.Text("main"))
	}
	id, err := uuid.Parse(path.Base(answer.Location()))
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// read reads the mailbox to its end.
func (d *desk) read() {
	d.t.Helper()
	for range 20 {
		outcome, err := d.sync.Run(d.clinic.Context(), d.mailboxID)
		if err != nil {
			d.t.Fatalf("sync: %v", err)
		}
		if outcome == mailbox.Done {
			break
		}
	}
	if reason := d.text("select sync_error from mailboxes where id = $1", d.mailboxID); reason != "" {
		d.t.Fatalf("sync ended with %q", reason)
	}
}

// send does the jobs of all answers that wait, as attempt of most.
func (d *desk) send(attempt, most int) error {
	d.t.Helper()
	id, err := uuid.Parse(d.text("select id::text from messages where direction = 'out' order by id desc limit 1"))
	if err != nil {
		d.t.Fatal(err)
	}
	return d.sender.Work(d.t.Context(), &river.Job[conversation.SendArguments]{
		JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: most},
		Args:   conversation.SendArguments{TenantID: d.clinic.ID, MessageID: id},
	})
}

// text asks the database one thing, as the clinic.
func (d *desk) text(sql string, arguments ...any) string {
	d.t.Helper()
	var found *string
	d.clinic.Do(func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select ("+sql+")::text", arguments...).Scan(&found)
	})
	if found == nil {
		return ""
	}
	return *found
}

func (d *desk) count(sql string, arguments ...any) int {
	d.t.Helper()
	number, err := strconv.Atoi(d.text("select count(*) from "+sql, arguments...))
	if err != nil {
		d.t.Fatal(err)
	}
	return number
}

// conversations returns the ids of the inbox's rows, from its pages.
func (d *desk) conversations() []string {
	d.t.Helper()
	var ids []string
	for address := "/inbox"; address != ""; {
		page := d.owner.Get(address)
		if page.Status != http.StatusOK {
			d.t.Fatalf("%s answered %d", address, page.Status)
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
func (d *desk) only() string {
	d.t.Helper()
	ids := d.conversations()
	if len(ids) != 1 {
		d.t.Fatalf("there are %d conversations", len(ids))
	}
	return ids[0]
}

func (d *desk) deliver(raw string) {
	d.t.Helper()
	d.account.Deliver(d.t, []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
}

// letter is a plain message.
func letter(id, from, subject, body string, headers ...string) string {
	return fmt.Sprintf("From: %s\nTo: reception@alfa.example\nSubject: %s\nMessage-ID: <%s>\nDate: Mon, 02 Nov 2026 10:00:00 +0200\n%s\n%s\n",
		from, subject, id, strings.Join(append(headers, ""), "\n"), body)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
