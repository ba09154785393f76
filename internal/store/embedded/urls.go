package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Names in the cluster. Migrations and the run-time pools know the last two.
const (
	Database      = "frontdesk"
	SuperuserRole = "postgres"
	OwnerRole     = "frontdesk_owner"    // migrations; owns the database
	TenantRole    = "frontdesk_tenant"   // run time: clinics' work
	PlatformRole  = "frontdesk_platform" // run time: sign-in, invites, console
)

// URLs are the ways into the database frontdesk. They hold passwords.
type URLs struct{ Superuser, Owner, Tenant, Platform string }

// logins are the files below DATA_DIR/postgres that hold the URLs.
func (u *URLs) logins() []login {
	return []login{
		{"url", SuperuserRole, &u.Superuser},
		{"owner_url", OwnerRole, &u.Owner},
		{"tenant_url", TenantRole, &u.Tenant},
		{"platform_url", PlatformRole, &u.Platform},
	}
}

type login struct {
	file, role string
	url        *string
}

// formatURL writes a URL that libpq and pgx read alike. The port is named since
// PGPORT in somebody's environment would otherwise choose another socket.
func formatURL(role, password, socketFolder string) string {
	// QueryEscape's plus for a space is a plus to libpq.
	host := strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(socketFolder))
	return fmt.Sprintf("postgres://%s:%s@/%s?host=%s&port=%d", role, password, Database, host, socketPort)
}

// readURL returns the parts of a URL that an earlier start wrote, empty when
// there is none that can be used.
func (f folder) readURL(name string) (password, socketFolder string) {
	content, err := os.ReadFile(f.file(name))
	if err != nil {
		return "", ""
	}
	parsed, err := url.Parse(strings.TrimSpace(string(content)))
	if err != nil || parsed.User == nil {
		return "", ""
	}
	password, _ = parsed.User.Password()
	return password, parsed.Query().Get("host")
}

// chooseURLs keeps the passwords of earlier starts and makes those that are
// missing; fresh are the roles whose password the cluster does not know yet.
func (f folder) chooseURLs(socketFolder string) (urls URLs, fresh []string) {
	for _, login := range urls.logins() {
		password, _ := f.readURL(login.file)
		if password == "" {
			password = rand.Text()
			fresh = append(fresh, login.role)
		}
		*login.url = formatURL(login.role, password, socketFolder)
	}
	return urls, fresh
}

// writeURLs leaves the URLs for psql and for other commands. Only once the
// cluster knows the passwords: those that a crash kept from the files are made
// and set anew by the next start.
func (f folder) writeURLs(urls URLs) error {
	for _, login := range urls.logins() {
		if err := f.write(login.file, *login.url+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// readURLs returns the URLs that a running program left.
func (f folder) readURLs() (URLs, error) {
	var urls URLs
	for _, login := range urls.logins() {
		content, err := os.ReadFile(f.file(login.file))
		if err != nil {
			return URLs{}, fmt.Errorf("read the database's URL: %w", err)
		}
		*login.url = strings.TrimSpace(string(content))
	}
	return urls, nil
}

// write replaces a file of the folder in one step, mode 0600, owned by the
// account. The new file is made exclusively, so that a link planted in the
// account's folder cannot lead root elsewhere.
func (f folder) write(name, content string) error {
	if before, err := os.ReadFile(f.file(name)); err == nil && string(before) == content {
		if info, err := os.Lstat(f.file(name)); err == nil && info.Mode() == 0o600 {
			return nil
		}
	}
	file, err := os.CreateTemp(f.path, filepath.Base(name)+".*.new")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Sync(), file.Close(), f.account.own(file.Name())); err == nil {
		err = os.Rename(file.Name(), f.file(name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(name), errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// passwordIn returns the password of one of our own URLs.
func passwordIn(ours string) string {
	parsed, err := url.Parse(ours)
	if err != nil || parsed.User == nil {
		return ""
	}
	password, _ := parsed.User.Password()
	return password
}
