package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// install makes an installation whose postgres only says its version.
func install(t *testing.T, folder, version string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutBinariesTheErrorSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	empty := workFolder(t)
	_, err := search{path: empty, folders: []string{empty + "/*"}}.find(0)
	if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "apt-get install postgresql") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error: %v", err)
	}
	_, err = search{}.find(14)
	if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "made by Postgres 14") {
		t.Errorf("error: %v", err)
	}
}

func TestTheNewestUsableVersionIsFound(t *testing.T) {
	t.Parallel()
	folder := workFolder(t)
	for directory, version := range map[string]string{"9.6/bin": "9.6.24", "14/bin": "14.2", "15/bin": "15.3 (Debian)", "16/bin": "16beta1"} {
		install(t, filepath.Join(folder, "usual", directory), version)
	}
	install(t, filepath.Join(folder, "old"), "14.1")
	install(t, filepath.Join(folder, "path"), "15.9")
	if err := os.MkdirAll(filepath.Join(folder, "usual/17/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	usual := []string{filepath.Join(folder, "usual", "*", "bin")}
	for _, c := range []struct {
		path, want string
		major      int
	}{
		{"", "usual/16/bin", 0},
		{"", "usual/15/bin", 15},
		{"path", "path", 0},
		{"path", "usual/16/bin", 16},
		{"old", "usual/16/bin", 0},
	} {
		s := search{path: filepath.Join(folder, c.path), folders: usual, runner: account{uid: 65534, gid: 65534}}
		found, err := s.find(c.major)
		if want := filepath.Join(folder, c.want, "postgres"); err != nil || found.Postgres != want {
			t.Errorf("PATH %q, version %d: %v %v, want %s", c.path, c.major, found, err, want)
		}
	}
}

func TestBinariesThatTheAccountCannotReachAreNotUsed(t *testing.T) {
	t.Parallel()
	folder := workFolder(t)
	install(t, filepath.Join(folder, "private/16/bin"), "16.1")
	if err := os.Chmod(filepath.Join(folder, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := search{folders: []string{folder + "/*/*/bin"}, runner: account{uid: 12345, gid: 12345}}
	if found, err := s.find(0); err == nil {
		t.Errorf("found %v", found)
	}
}

func TestVersionsSortByNumber(t *testing.T) {
	t.Parallel()
	folders := []string{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin", "/usr/pgsql-17/bin", "/usr/libexec/postgresql16", "/usr/local/pgsql/bin"}
	var versions []int
	for _, folder := range folders {
		versions = append(versions, versionIn(folder))
	}
	if !slices.Equal(versions, []int{6, 15, 17, 16, 0}) {
		t.Errorf("versions %v", versions)
	}
}

func TestAClusterOfAVersionThatIsNotInstalledIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	dataDir := madeFolder(t)
	cluster := begin(t, dataDir)
	end(t, cluster)
	path := filepath.Join(cluster.server.folder.cluster(), "PG_VERSION")
	if err := os.WriteFile(path, []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), dataDir, testLog(t)); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("error: %v", err)
	}
	if err := os.WriteFile(path, fmt.Appendln(nil, cluster.Binaries().Major), 0o600); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, begin(t, dataDir).URLs().Tenant, "select 'kept'")
}

func TestAnAccountIsStoppedByAFolderItCannotPass(t *testing.T) {
	t.Parallel()
	folder := workFolder(t)
	private := filepath.Join(folder, "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := account{uid: 12345, gid: 12345}
	if found := stranger.barrier(filepath.Join(private, "data")); found != private {
		t.Errorf("barrier %q, want %q", found, private)
	}
	if found := stranger.barrier(filepath.Join(folder, "not there")); found != "" {
		t.Errorf("barrier %q for a folder that can be made", found)
	}
}

func TestTheDefaultDataDirIsOneThatTheAccountCanReach(t *testing.T) { //nolint:paralleltest // changes the working folder
	folder := workFolder(t)
	t.Chdir(folder)
	if got := DefaultDataDir(); got != "./data" {
		t.Errorf("in a folder that all may pass: %s", got)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	want := "./data"
	if os.Geteuid() == 0 {
		want = "/var/lib/frontdesk"
	}
	if got := DefaultDataDir(); got != want {
		t.Errorf("in a private folder: %s, want %s", got, want)
	}
}
