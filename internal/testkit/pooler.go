package testkit

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pooler starts a PgBouncer in transaction mode before a database, with one
// connection to Postgres for each login, and returns the URLs of the run-time
// logins through it. It ends with the test.
func Pooler(t testing.TB, database Database) (tenantURL, platformURL string) {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := poolerFolder(t, database, port)
	arguments := []string{filepath.Join(dir, "pgbouncer.ini")}
	if os.Geteuid() == 0 { // it refuses root
		arguments = append([]string{"-u", ownerOf(t, hostOf(t, database.TenantURL))}, arguments...)
	}
	logPath := filepath.Join(dir, "pgbouncer.log")
	server, err := startProcess(logPath, "pgbouncer", arguments...)
	if err != nil {
		t.Fatalf("%v (Debian's package is pgbouncer)", err)
	}
	t.Cleanup(server.stop)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := server.waitForPort(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), logPath); err != nil {
		t.Fatal(err)
	}
	return throughPooler(t, database.TenantURL, port), throughPooler(t, database.PlatformURL, port)
}

// ownerOf names the account that owns a folder: the one that may pass the
// cluster's socket folder is the database's own.
func ownerOf(t testing.TB, folder string) string {
	t.Helper()
	var status syscall.Stat_t
	if err := syscall.Stat(folder, &status); err != nil {
		t.Fatal(err)
	}
	owner, err := user.LookupId(strconv.Itoa(int(status.Uid)))
	if err != nil {
		t.Fatal(err)
	}
	return owner.Username
}

// poolerFolder writes what PgBouncer reads. Others may pass through the folder:
// started as root it becomes another account.
func poolerFolder(t testing.TB, database Database, port int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "frontdesk-pooler-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	settings := fmt.Sprintf(`[databases]
* = host=%s port=%d

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s
pool_mode = transaction
default_pool_size = 1
max_client_conn = 200
server_reset_query =
ignore_startup_parameters = extra_float_digits
`, hostOf(t, database.TenantURL), portOf(t, database.TenantURL), port, filepath.Join(dir, "users"))
	for name, content := range map[string]string{"pgbouncer.ini": settings, "users": loginsOf(t, database)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func loginsOf(t testing.TB, database Database) string {
	t.Helper()
	var lines strings.Builder
	for _, login := range []string{database.TenantURL, database.PlatformURL} {
		config := parseURL(t, login)
		fmt.Fprintf(&lines, "%q %q\n", config.User, config.Password)
	}
	return lines.String()
}

func hostOf(t testing.TB, databaseURL string) string { return parseURL(t, databaseURL).Host }

func portOf(t testing.TB, databaseURL string) uint16 { return parseURL(t, databaseURL).Port }

func parseURL(t testing.TB, databaseURL string) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func throughPooler(t testing.TB, databaseURL string, port int) string {
	t.Helper()
	address, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	address.RawQuery = url.Values{"host": {"127.0.0.1"}, "port": {strconv.Itoa(port)}, "sslmode": {"disable"}}.Encode()
	return address.String()
}
