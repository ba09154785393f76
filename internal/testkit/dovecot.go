package testkit

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
)

// mailPassword opens every account of the tests' IMAP server.
const mailPassword = "tests-only-Pa55word"

// dovecotConfig is written for Dovecot 2.3. fsync and the delay after a wrong
// password are off, since only tests wait for them; the login process shows no
// certificate but ours, and the plain port offers STARTTLS.
var dovecotConfig = template.Must(template.New("dovecot.conf").Parse(`
base_dir = {{.Directory}}/run
state_dir = {{.Directory}}/state
log_path = {{.Directory}}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{{.Directory}}/server.pem
ssl_key = <{{.Directory}}/server.key
ssl_min_protocol = TLSv1.2
default_login_user = {{.User}}
default_internal_user = {{.User}}
default_internal_group = {{.Group}}
auth_failure_delay = 0
mail_fsync = never
mail_max_userip_connections = 200
first_valid_uid = 1
mail_uid = {{.User}}
mail_gid = {{.Group}}
mail_location = maildir:~/Maildir
passdb {
  driver = static
  args = password={{.Password}}
}
userdb {
  driver = static
  args = uid={{.User}} gid={{.Group}} home={{.Directory}}/mail/%u
}
namespace inbox {
  inbox = yes
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {
    port = {{.StartTLSPort}}
  }
  inet_listener imaps {
    port = {{.TLSPort}}
    ssl = yes
  }
}
service imap {
  process_limit = 200
}
`))

// StartDovecot starts an IMAP server on loopback, with a TLS port and a plain
// port that offers STARTTLS. Every user name exists and has the same password.
// Root cannot own mail there, so that its tests' mail belongs to nobody.
func StartDovecot(ctx context.Context, dir string) (*Part, error) {
	binary, err := findDovecot()
	if err != nil {
		return nil, err
	}
	settings, err := dovecotSettings(dir)
	if err != nil {
		return nil, err
	}
	authority, err := settings.write()
	if err != nil {
		return nil, fmt.Errorf("write Dovecot's settings: %w", err)
	}
	log := filepath.Join(settings.Directory, "dovecot.log")
	process, err := startProcess(log, binary, "-F", "-c", filepath.Join(settings.Directory, "dovecot.conf"))
	if err != nil {
		return nil, err
	}
	for _, port := range []int{settings.TLSPort, settings.StartTLSPort} {
		if err := process.waitForPort(ctx, fmt.Sprintf("127.0.0.1:%d", port), log); err != nil {
			process.stop()
			return nil, err
		}
	}
	return &Part{Stop: process.stop, Env: []string{
		"TEST_IMAP_TLS_PORT=" + strconv.Itoa(settings.TLSPort),
		"TEST_IMAP_STARTTLS_PORT=" + strconv.Itoa(settings.StartTLSPort),
		"TEST_IMAP_MAIL_DIR=" + filepath.Join(settings.Directory, "mail"),
		"TEST_IMAP_CA_FILE=" + authority.File,
		"TEST_IMAP_CA_KEY_FILE=" + authority.KeyFile,
	}}, nil
}

// findDovecot returns the path of Dovecot's master process, which distributions
// keep out of a plain user's PATH.
func findDovecot() (string, error) {
	for _, candidate := range []string{"dovecot", "/usr/sbin/dovecot", "/usr/local/sbin/dovecot"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Dovecot: install the package dovecot-imapd")
}

type dovecot struct {
	Directory, User, Group, Password string
	TLSPort, StartTLSPort            int
}

func dovecotSettings(dir string) (*dovecot, error) {
	account, err := user.Current()
	if err != nil {
		return nil, err
	}
	if account.Uid == "0" {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	group, err := user.LookupGroupId(account.Gid)
	if err != nil {
		return nil, err
	}
	settings := &dovecot{Directory: filepath.Join(dir, "dovecot"), User: account.Username, Group: group.Name, Password: mailPassword}
	if settings.TLSPort, err = freePort(); err != nil {
		return nil, err
	}
	settings.StartTLSPort, err = freePort()
	return settings, err
}

// write makes the folder with all that Dovecot reads.
func (d *dovecot) write() (*authority, error) {
	mail := filepath.Join(d.Directory, "mail")
	if err := os.MkdirAll(mail, 0o755); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		if err := letNobodyReach(mail); err != nil {
			return nil, err
		}
	}
	authority, err := newAuthority(d.Directory)
	if err != nil {
		return nil, err
	}
	certificate, key, err := authority.issue()
	if err != nil {
		return nil, err
	}
	if err := writePair(filepath.Join(d.Directory, "server.pem"), filepath.Join(d.Directory, "server.key"), certificate, key); err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Join(d.Directory, "dovecot.conf"))
	if err != nil {
		return nil, err
	}
	return authority, errors.Join(dovecotConfig.Execute(file, d), file.Close())
}

// letNobodyReach gives mail to nobody, and lets that account pass through the
// folders above up to the temporary folder, which are root's own.
func letNobodyReach(mail string) error {
	if err := giveToNobody(mail); err != nil {
		return err
	}
	for folder := filepath.Dir(mail); len(folder) > len(os.TempDir()); folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err != nil {
			return err
		}
		if err := os.Chmod(folder, info.Mode().Perm()|0o011); err != nil {
			return err
		}
	}
	return nil
}

// giveToNobody changes the owner when root runs the tests, and does nothing for
// anyone else.
func giveToNobody(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(nobody.Gid)
	if err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

// Account is one test's own mailbox on the IMAP server.
type Account struct {
	Host                  string
	TLSPort, StartTLSPort int
	Username, Password    string
	// CAFile is the authority of the server's certificate (MAIL_CA_FILE).
	CAFile    string
	directory string
}

// Mailbox hands the test an empty mailbox of its own.
func Mailbox(t testing.TB) Account {
	t.Helper()
	name := "user-" + strings.ToLower(rand.Text())
	account := Account{
		Host:         "localhost",
		TLSPort:      numericEnvironment(t, "TEST_IMAP_TLS_PORT"),
		StartTLSPort: numericEnvironment(t, "TEST_IMAP_STARTTLS_PORT"),
		Username:     name,
		Password:     mailPassword,
		CAFile:       environment(t, "TEST_IMAP_CA_FILE"),
		directory:    filepath.Join(environment(t, "TEST_IMAP_MAIL_DIR"), name),
	}
	for _, folder := range []string{"", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"} {
		path := filepath.Join(account.directory, folder)
		if err := errors.Join(os.Mkdir(path, 0o700), giveToNobody(path)); err != nil {
			t.Fatalf("make the mailbox: %v", err)
		}
	}
	return account
}

func numericEnvironment(t testing.TB, name string) int {
	t.Helper()
	number, err := strconv.Atoi(environment(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return number
}

var deliveries atomic.Int64

// Deliver puts raw in the mailbox's INBOX as a delivery agent does: a file that
// appears whole (maildir). The server gives UIDs in the order of delivery. It
// serves lines that end in LF alone with CRLF, as IMAP demands, and a NUL byte
// as 0x80; all else arrives as it is.
func (a Account) Deliver(t testing.TB, raw []byte) {
	t.Helper()
	a.DeliverAt(t, raw, time.Now())
}

// DeliverAt is Deliver with the message's INTERNALDATE.
func (a Account) DeliverAt(t testing.TB, raw []byte, at time.Time) {
	t.Helper()
	// Dovecot gives UIDs in the order of the names' leading number.
	name := fmt.Sprintf("%d.M%dP%d.tests", time.Now().Unix(), deliveries.Add(1)+1_000_000, os.Getpid())
	temporary := filepath.Join(a.directory, "Maildir/tmp", name)
	err := os.WriteFile(temporary, raw, 0o600)
	if err == nil {
		err = errors.Join(os.Chtimes(temporary, at, at), giveToNobody(temporary),
			os.Rename(temporary, filepath.Join(a.directory, "Maildir/new", name)))
	}
	if err != nil {
		t.Fatalf("deliver a message: %v", err)
	}
}

// Remove takes the first message of those bytes out of the INBOX, as a program does that
// moves it to another folder. Delivered again it has come back, under another UID.
func (a Account) Remove(t testing.TB, raw []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(a.directory, "Maildir/[cn][ue][rw]/*"))
	if err != nil {
		t.Fatalf("remove a message: %v", err)
	}
	for _, file := range files {
		if content, err := os.ReadFile(file); err != nil || !bytes.Equal(content, raw) {
			continue
		}
		if err := os.Remove(file); err != nil {
			t.Fatalf("remove a message: %v", err)
		}
		return
	}
	t.Fatalf("there is no such message in the INBOX")
}

// RenewUIDValidity makes the server forget the UIDs that it gave, as a restored
// backup does: the messages stay, under another UIDVALIDITY and from UID 1. It
// may be called once some client has opened the mailbox, and while none has it
// open.
func (a Account) RenewUIDValidity(t testing.TB) {
	t.Helper()
	list := filepath.Join(a.directory, "Maildir/dovecot-uidlist")
	content, err := os.ReadFile(list)
	if err != nil {
		t.Fatalf("renew UIDVALIDITY: %v", err)
	}
	var validity int64
	if _, err := fmt.Sscanf(string(content), "3 V%d", &validity); err != nil {
		t.Fatalf("renew UIDVALIDITY: read %s: %v", list, err)
	}
	indexes, err := filepath.Glob(filepath.Join(a.directory, "Maildir/dovecot.index*"))
	if err != nil {
		t.Fatalf("renew UIDVALIDITY: %v", err)
	}
	for _, index := range indexes {
		err = errors.Join(err, os.Remove(index))
	}
	err = errors.Join(err, os.WriteFile(list, fmt.Appendf(nil, "3 V%d N1\n", validity+1), 0o600), giveToNobody(list))
	if err != nil {
		t.Fatalf("renew UIDVALIDITY: %v", err)
	}
}
