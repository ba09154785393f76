package main

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/demo"
	"frontdesk/internal/testkit"
)

// longestRest is for how long what a killed process held may rest.
const longestRest = 30 * time.Second

// silent is a server that takes connections and says nothing, and counts them.
type silent struct {
	port  int
	calls atomic.Int64
}

func silence(t *testing.T) *silent {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	server := &silent{port: listener.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			server.calls.Add(1)
			t.Cleanup(func() { connection.Close() })
		}
	}()
	return server
}

// The lease's rules are in the tests of internal/job; here a real program is killed while
// it waits for an IMAP server, and for the answer of an SMTP server that has the message.
func TestHazard129AfterAKillAMailboxAndAnAnswerRestForThirtySecondsAtMost_Slow(t *testing.T) {
	t.Parallel()
	database, inbox, submission := testkit.NewDatabase(t), silence(t), testkit.SMTP(t)
	submission.Answer(testkit.SMTPSilent)
	variables := external(database).with(settings{
		"SECRET_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MAIL_ALLOW_PRIVATE_HOSTS": "true", "MAIL_CA_FILE": submission.CAFile,
	})
	must(t, variables, "migrate", "up")
	must(t, variables, "demo")
	program := serveProgram(t, variables)
	mailbox := addMailbox(t, program.url, inbox.port, submission)
	conversation := uuid.NewString()
	psql(t, database.SuperuserURL, `insert into conversations (tenant_id, id, mailbox_id, contact_address, last_message_at)
		select tenant_id, '`+conversation+`', id, 'ana@x.example', now() from mailboxes where id = '`+mailbox+`'`)
	answered := reception(t, program.url).post("/inbox/"+conversation+"/messages", url.Values{"body": {"Monday at ten."}})
	if answered.status != http.StatusSeeOther {
		t.Fatalf("the answer's form answered %d", answered.status)
	}
	submission.Next(t) // the server has the message, and does not say so
	testkit.Eventually(t, "the mailbox is being read", func() bool { return inbox.calls.Load() > 0 })

	program.signal(syscall.SIGKILL)
	program.wait()
	killed, calls := time.Now(), inbox.calls.Load()
	serveProgram(t, variables)
	rested := map[string]time.Duration{}
	testkit.Eventually(t, "both are taken up again", func() bool {
		if _, found := rested["mailbox"]; !found && inbox.calls.Load() > calls {
			rested["mailbox"] = time.Since(killed)
		}
		delivery := psql(t, database.SuperuserURL, "select delivery from messages where conversation_id = '"+conversation+"'")
		if _, found := rested["answer"]; !found && delivery == "unknown" {
			rested["answer"] = time.Since(killed)
		}
		return len(rested) == 2
	})
	for what, rest := range rested {
		t.Logf("the %s rested %s", what, rest.Round(100*time.Millisecond))
		if rest > longestRest {
			t.Errorf("the %s rested %s", what, rest)
		}
	}
	if sent := len(submission.Messages()); sent != 1 {
		t.Errorf("the answer left %d times", sent)
	}
}

// addMailbox adds one as the demo's owner does, and returns its id.
func addMailbox(t *testing.T, base string, imapPort int, submission *testkit.SMTPServer) string {
	t.Helper()
	owner := visit(t, base).signIn(demo.Accounts()[1].Email, demo.Password)
	added := owner.post("/settings/email", url.Values{
		"name": {"Killed"}, "address": {"killed@alfa.example"},
		"imap_host": {"localhost"}, "imap_port": {strconv.Itoa(imapPort)}, "imap_security": {"tls"},
		"smtp_host": {submission.Host}, "smtp_port": {strconv.Itoa(submission.TLSPort)}, "smtp_security": {"tls"},
		"username": {submission.Username}, "password": {submission.Password},
	})
	if added.status != http.StatusSeeOther {
		t.Fatalf("adding a mailbox answered %d", added.status)
	}
	return strings.TrimPrefix(added.header.Get("Location"), "/settings/email/")
}
