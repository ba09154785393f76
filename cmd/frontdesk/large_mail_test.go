package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"frontdesk/internal/demo"
	"frontdesk/internal/testkit"
)

// mostWithLargeMail is how much memory, in KiB, the program may have while it reads
// mailboxes of large messages.
const mostWithLargeMail = 150_000_000 / 1024

const (
	textLine = "A line of what was said in the surgery on that day.\r\n"
	htmlLine = `<p style="color:red">A line of what was <b>said</b></p>` + "\r\n"
)

// largeMessage is of one of four kinds and about so many bytes: a file, a forwarded message
// with a file, text and HTML.
func largeMessage(kind, number, size int) []byte {
	var message bytes.Buffer
	fmt.Fprintf(&message, "From: Scans <scans@x.example>\r\nSubject: Scan %d\r\nMessage-ID: <%d@x.example>\r\n"+
		"Date: Mon, 02 Nov 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\n", number, number)
	switch kind {
	case 0:
		writeFile(&message, "large", size)
	case 1:
		message.WriteString("Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: Forwarded\r\n")
		writeFile(&message, "inner", size)
		message.WriteString("--outer--\r\n")
	case 2:
		message.WriteString("Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat(textLine, size/len(textLine)))
	case 3:
		message.WriteString("Content-Type: text/html; charset=utf-8\r\n\r\n" + strings.Repeat(htmlLine, size/len(htmlLine)))
	}
	return message.Bytes()
}

// writeFile writes a message of a text and a file.
func writeFile(message *bytes.Buffer, boundary string, size int) {
	fmt.Fprintf(message, "Content-Type: multipart/mixed; boundary=%[1]s\r\n\r\n--%[1]s\r\nContent-Type: text/plain\r\n\r\nAs we said.\r\n--%[1]s\r\n"+
		"Content-Type: application/pdf; name=scan.pdf\r\nContent-Disposition: attachment; filename=scan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary)
	random, piece, line := rand.NewChaCha8([32]byte{1}), make([]byte, 57), make([]byte, 76)
	for range size / 78 {
		random.Read(piece) // it never fails
		base64.StdEncoding.Encode(line, piece)
		message.Write(line)
		message.WriteString("\r\n")
	}
	fmt.Fprintf(message, "--%s--\r\n", boundary)
}

// Four mailboxes of a clinic hold messages of 25 to 40 MB, of which those up to 30 MiB are
// fetched whole.
func TestMessagesOf25To40MegabytesAreReadWithin150MB_Slow(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	accounts := []testkit.Account{testkit.Mailbox(t), testkit.Mailbox(t), testkit.Mailbox(t), testkit.Mailbox(t)}
	sizes := []int{25_000_000, 31_000_000, 40_000_000, 30_000_000}
	for n, account := range accounts {
		for m, size := range sizes {
			account.Deliver(t, largeMessage(n, 10*n+m, size))
		}
	}
	variables := external(database).with(settings{"MAIL_ALLOW_PRIVATE_HOSTS": "true", "MAIL_CA_FILE": accounts[0].CAFile, "TMPDIR": folder(t)})
	must(t, variables, "migrate", "up")
	must(t, variables, "demo")
	program := serveProgram(t, variables)
	pid := program.command.Process.Pid
	owner := visit(t, program.url).signIn(demo.Accounts()[1].Email, demo.Password)
	before := mostMemory(t, pid)
	for n, account := range accounts {
		added := owner.post("/settings/email", url.Values{
			"name": {"Scans"}, "address": {fmt.Sprintf("scans%d@alfa.example", n)},
			"imap_host": {account.Host}, "imap_port": {strconv.Itoa(account.TLSPort)}, "imap_security": {"tls"},
			"smtp_host": {account.Host}, "smtp_port": {"465"}, "smtp_security": {"tls"},
			"username": {account.Username}, "password": {account.Password},
		})
		if added.status != http.StatusSeeOther {
			t.Fatalf("adding a mailbox answered %d", added.status)
		}
	}
	testkit.Eventually(t, "all of them are here", func() bool {
		return psql(t, database.SuperuserURL, "select count(*) from messages where subject like 'Scan %'") == "16"
	})
	most := mostMemory(t, pid)
	t.Logf("the program had at most %d MiB up to then, and %d MiB when it had read 16 messages of 25 to 40 MB", before/1024, most/1024)
	whole := psql(t, database.SuperuserURL, "select count(*) from messages where subject like 'Scan %' and raw_key <> '' and size > 24000000")
	if most > mostWithLargeMail || whole != "12" {
		t.Errorf("%d MiB, and %s came whole", most/1024, whole)
	}
}
