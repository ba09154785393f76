package embedded

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// workFolder returns a folder that the database's account can pass, which the
// 0700 of testing's own temporary folders keeps out under root.
func workFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "embedded-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// begin starts a cluster that ends with the test.
func begin(t *testing.T, dataDir string) *Cluster {
	t.Helper()
	cluster, err := Start(t.Context(), dataDir, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, cluster) })
	return cluster
}

func end(t *testing.T, cluster *Cluster) {
	t.Helper()
	if err := cluster.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// ask returns the only value of a query through a URL.
func ask(t *testing.T, url, query string) (string, error) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return "", err
	}
	defer connection.Close(context.Background())
	var value string
	err = connection.QueryRow(t.Context(), query).Scan(&value)
	return value, err
}

func mustAsk(t *testing.T, url, query string) string {
	t.Helper()
	value, err := ask(t, url, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func mustRun(t *testing.T, url, statement string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// eventually polls until the condition holds, for at most 20 s.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit, ticker := time.After(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-limit:
			t.Fatalf("not within 20 s: %s", what)
		case <-ticker.C:
		}
	}
}

func TestAClusterIsMadeFromNothingAndStartsWarmWithItsData(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(workFolder(t), "not", "there", "yet")
	cold := time.Now()
	cluster := begin(t, dataDir)
	t.Logf("cold start: %s", time.Since(cold))
	before := cluster.URLs()
	mustRun(t, before.Owner, "create table kept as select 'a value' as value")
	end(t, cluster)
	select {
	case <-cluster.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if _, err := os.Stat(filepath.Join(dataDir, "postgres", "cluster", "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stop left a pid file: %v", err)
	}

	warm := time.Now()
	again := begin(t, dataDir)
	t.Logf("warm start: %s", time.Since(warm))
	if again.URLs() != before {
		t.Errorf("URLs changed over a restart: %v, before %v", again.URLs(), before)
	}
	if value := mustAsk(t, again.URLs().Owner, "select value from kept"); value != "a value" {
		t.Errorf("kept %q", value)
	}
}

func TestTheClusterIsUTF8AndOwnedByTheOwner(t *testing.T) {
	t.Parallel()
	urls := begin(t, madeFolder(t)).URLs()
	for query, want := range map[string]string{
		"show server_encoding": "UTF8",
		"select datcollate from pg_database where datname = 'frontdesk'":                           "C.UTF-8",
		"select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()": "frontdesk_owner",
		"show log_parameter_max_length":                                                            "0",
		"show log_parameter_max_length_on_error":                                                   "0",
		"select min(collname)::text from pg_collation where collname = 'ro-x-icu'":                 "ro-x-icu",
	} {
		if got := mustAsk(t, urls.Superuser, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	mustRun(t, urls.Owner, "create extension btree_gist")
}

func TestRunTimeLoginsHaveNoPower(t *testing.T) {
	t.Parallel()
	urls := begin(t, madeFolder(t)).URLs()
	for role, url := range map[string]string{TenantRole: urls.Tenant, PlatformRole: urls.Platform, OwnerRole: urls.Owner} {
		if who := mustAsk(t, url, "select session_user::text"); who != role {
			t.Errorf("signed in as %q, want %q", who, role)
		}
		power := mustAsk(t, url, "select (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)::text from pg_roles where rolname = current_user")
		if power != "false" {
			t.Errorf("%s has power over the cluster", role)
		}
		if _, err := ask(t, strings.Replace(url, "/frontdesk?", "/postgres?", 1), "select 'in'"); err == nil {
			t.Errorf("%s may connect to the database postgres", role)
		}
	}
	for _, url := range []string{urls.Tenant, urls.Platform} {
		for _, statement := range []string{"create table public.mine (id int)", "create temporary table mine (id int)", "set role frontdesk_owner", "create schema mine"} {
			if _, err := ask(t, url, statement); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v, want permission denied", statement, err)
			}
		}
	}
}

func TestAStartDoesNotHideABrokenRole(t *testing.T) {
	t.Parallel()
	dataDir := madeFolder(t)
	cluster := begin(t, dataDir)
	mustRun(t, cluster.URLs().Superuser, "alter role frontdesk_tenant bypassrls")
	end(t, cluster)
	broken := mustAsk(t, begin(t, dataDir).URLs().Superuser, "select rolbypassrls::text from pg_roles where rolname = 'frontdesk_tenant'")
	if broken != "true" {
		t.Error("the start mended the role in silence: the program could not refuse it")
	}
}

func TestPsqlTakesTheURLFile(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(workFolder(t), "a folder & more+100%")
	begin(t, dataDir)
	path := filepath.Join(dataDir, "postgres", "url")
	for _, name := range []string{"url", "owner_url", "tenant_url", "platform_url"} {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("mode of %s: %v", name, info.Mode())
		}
	}
	psql := exec.CommandContext(t.Context(), "sh", "-c", `psql -XAt "$(cat "$1")" -c 'select current_user, usesuper, current_database() from pg_user where usename = current_user'`, "sh", path)
	psql.Env = append(os.Environ(), "PGPORT=1", "PGUSER=somebody")
	output, err := psql.CombinedOutput()
	if err != nil || string(output) != "postgres|t|frontdesk\n" {
		t.Errorf("psql: %v: %q", err, output)
	}
}

func TestALostURLFileIsMadeAnew(t *testing.T) {
	t.Parallel()
	dataDir := madeFolder(t)
	cluster := begin(t, dataDir)
	before := cluster.URLs()
	end(t, cluster)
	for _, name := range []string{"url", "tenant_url"} {
		if err := os.Remove(filepath.Join(dataDir, "postgres", name)); err != nil {
			t.Fatal(err)
		}
	}
	after := begin(t, dataDir).URLs()
	if after.Superuser == before.Superuser || after.Tenant == before.Tenant || after.Owner != before.Owner {
		t.Error("want new passwords for the lost files and the old ones for the others")
	}
	mustAsk(t, after.Superuser, "select 'in'")
	mustAsk(t, after.Tenant, "select 'in'")
	if _, err := ask(t, before.Tenant, "select 'in'"); err == nil {
		t.Error("the old password still opens the door")
	}
}

func TestNothingListensOnTCP(t *testing.T) {
	t.Parallel()
	cluster := begin(t, madeFolder(t))
	urls := cluster.URLs()
	mustRun(t, urls.Superuser, "alter system set listen_addresses = '*'")
	end(t, cluster)
	again := begin(t, filepath.Dir(cluster.server.folder.path))
	if addresses := mustAsk(t, again.URLs().Superuser, "show listen_addresses"); addresses != "" {
		t.Errorf("listens on %q", addresses)
	}
	inodes, err := filepath.Glob("/proc/" + pid(again) + "/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	tcp := ""
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		tcp += string(content)
	}
	for _, descriptor := range inodes {
		target, err := os.Readlink(descriptor)
		if err != nil || !strings.HasPrefix(target, "socket:[") {
			continue
		}
		if inode := strings.Trim(target, "socket:[]"); strings.Contains(tcp, " "+inode+" ") {
			t.Errorf("the postmaster holds the TCP socket %s", inode)
		}
	}
}

func TestASecondStartIsRefusedAndAttachFindsTheFirst(t *testing.T) {
	t.Parallel()
	dataDir := workFolder(t)
	if _, ok := Attach(dataDir); ok {
		t.Fatal("Attach found a cluster in an empty folder")
	}
	cluster := begin(t, dataDir)
	if _, err := Start(t.Context(), dataDir, testLog(t)); !errors.Is(err, ErrRunning) {
		t.Errorf("a second Start: %v, want ErrRunning", err)
	}
	urls, ok := Attach(dataDir)
	if !ok || urls != cluster.URLs() {
		t.Errorf("Attach: %v %v, want %v", urls, ok, cluster.URLs())
	}
	opened, closeOpened, err := Open(t.Context(), dataDir, testLog(t))
	if err != nil || opened != cluster.URLs() {
		t.Fatalf("Open: %v %v", opened, err)
	}
	if err := closeOpened(t.Context()); err != nil {
		t.Error(err)
	}
	mustAsk(t, urls.Tenant, "select 'still there'")
	end(t, cluster)
	if _, ok := Attach(dataDir); ok {
		t.Error("Attach found a cluster that was stopped")
	}
}

func TestCommandsThatStartAtOnceShareOneCluster(t *testing.T) {
	t.Parallel()
	dataDir := workFolder(t)
	type opened struct {
		urls  URLs
		close func(context.Context) error
		err   error
	}
	results := make(chan opened)
	for range 4 {
		go func() {
			urls, closeOpened, err := Open(t.Context(), dataDir, testLog(t))
			results <- opened{urls, closeOpened, err}
		}()
	}
	var first URLs
	for number := range 4 {
		result := <-results
		if result.err != nil {
			t.Fatal(result.err)
		}
		t.Cleanup(func() {
			if err := result.close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		if number == 0 {
			first = result.urls
		}
		if result.urls != first {
			t.Errorf("two clusters: %v and %v", result.urls, first)
		}
		mustAsk(t, result.urls.Owner, "select 'in'")
	}
}

func TestALongPathGetsAShortSocketFolder(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(workFolder(t), strings.Repeat("long", 20), strings.Repeat("path", 20))
	cluster := begin(t, dataDir)
	short := cluster.server.socket
	info, err := os.Stat(short)
	if err != nil || info.Mode().Perm() != 0o700 || !fitsSocket(short) {
		t.Fatalf("socket folder %s: %v %v", short, info, err)
	}
	mustAsk(t, cluster.URLs().Tenant, "select 'in'")
	end(t, cluster)
	if _, err := os.Stat(short); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stop left the socket folder: %v", err)
	}
}

func TestAStartThatIsGivenUpLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dataDir := workFolder(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, dataDir, testLog(t)); err == nil {
		t.Fatal("initdb took no time")
	}
	mustAsk(t, begin(t, dataDir).URLs().Owner, "select 'made after all'")
}

func TestABadSettingIsQuotedFromPostgres(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), workFolder(t), testLog(t), WithSettings(map[string]string{"max_connections": "many"}))
	if err == nil || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("error: %v, want postgres's own words", err)
	}
}

func TestHazard036TheLogHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	cluster := begin(t, madeFolder(t))
	owner := cluster.URLs().Owner
	mustRun(t, owner, "create table clients (email text unique)")
	mustRun(t, owner, "insert into clients values ('ana@example.com')")
	for _, statement := range []string{"insert into clients values ('ana@example.com')", "select 'ana@example.com'::uuid::text", "select nothing('ana@example.com')::text"} {
		if _, err := ask(t, owner, statement); err == nil {
			t.Errorf("%s succeeded", statement)
		}
	}
	log, err := os.ReadFile(cluster.server.folder.file("postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if len(log) == 0 || strings.Contains(string(log), "ana@") {
		t.Errorf("log: %s", log)
	}
}

func TestTheLogIsRotated(t *testing.T) {
	t.Parallel()
	cluster := begin(t, madeFolder(t))
	folder := cluster.server.folder
	if err := os.Truncate(folder.file("postgres.log"), logLimit+10); err != nil {
		t.Fatal(err)
	}
	if err := cluster.server.rotate(); err != nil {
		t.Fatal(err)
	}
	now, errNow := os.Stat(folder.file("postgres.log"))
	before, errBefore := os.Stat(folder.file("postgres.log.1"))
	if errNow != nil || errBefore != nil || now.Size() != 0 || before.Size() != logLimit {
		t.Errorf("after rotation: %v %v, %v %v", now, errNow, before, errBefore)
	}
	mustRun(t, cluster.URLs().Superuser, "select pg_reload_conf()")
	eventually(t, "postgres writes on into the emptied log", func() bool {
		now, err := os.Stat(folder.file("postgres.log"))
		return err == nil && now.Size() > 0 && now.Size() < 4096
	})
}

func TestOnlyTheDatabasesFolderBelongsToItsAccount(t *testing.T) {
	t.Parallel()
	dataDir := workFolder(t)
	key := filepath.Join(dataDir, "keys")
	if err := os.WriteFile(key, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	cluster := begin(t, dataDir)
	owners := map[string]int{key: os.Geteuid(), dataDir: os.Geteuid(), filepath.Join(dataDir, "postgres", "cluster"): int(cluster.server.folder.account.uid)}
	for path, want := range owners {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != want {
			t.Errorf("%s belongs to %d, want %d", path, owner, want)
		}
	}
	if os.Geteuid() == 0 && cluster.server.folder.account.uid == 0 {
		t.Error("postgres runs as root")
	}
	connection, err := net.Dial("unix", filepath.Join(cluster.server.socket, socketFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.Close(); err != nil {
		t.Error(err)
	}
}
