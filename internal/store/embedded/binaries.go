package embedded

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldestMajor is the oldest Postgres that the migrations are written for.
const oldestMajor = 15

// ErrNoBinaries is in the chain of the error for a machine without Postgres.
var ErrNoBinaries = errors.New("no Postgres server found")

// Binaries are the programs of one Postgres installation.
type Binaries struct {
	Postgres, Initdb string // absolute paths
	Major            int
}

// usualFolders are where distributions put the server's programs.
var usualFolders = []string{
	"/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                // Red Hat, from postgresql.org
	"/usr/libexec/postgresql*",                        // Alpine
	"/usr/lib/postgresql*/bin",                        // SUSE
	"/usr/lib64/postgresql-*/bin",                     // Gentoo
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew
	"/usr/bin",             // Fedora, Arch, when PATH is bare
	"/usr/local/pgsql/bin", // built from source
}

// search is where to look for binaries.
type search struct {
	path    string   // in the form of PATH
	folders []string // patterns of filepath.Glob
	runner  account  // who must be able to run them
}

// Find returns the server's programs: the first on PATH, then the newest in the
// folders that distributions use, of version 15 or newer. The error is one
// sentence that says what to install.
func Find() (Binaries, error) {
	runner, err := accountFor("")
	if err != nil {
		return Binaries{}, err
	}
	return machine(runner).find(0)
}

// machine searches this machine.
func machine(runner account) search {
	return search{path: os.Getenv("PATH"), folders: usualFolders, runner: runner}
}

// find returns the first usable binaries; major is 0 for any that is new enough,
// else the one that a data folder was made by.
func (s search) find(major int) (Binaries, error) {
	for _, folder := range s.candidates() {
		found, ok := s.inspect(folder, major)
		if ok && found.Major >= oldestMajor && (major == 0 || found.Major == major) {
			return found, nil
		}
	}
	if major != 0 {
		return Binaries{}, fmt.Errorf("%w: the data folder was made by Postgres %d, so install that version beside any other (Debian: apt-get install postgresql-%d), or dump and restore into a new DATA_DIR", ErrNoBinaries, major, major)
	}
	return Binaries{}, fmt.Errorf("%w: install Postgres %d or newer (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; Alpine: apk add postgresql), or set DATABASE_URL", ErrNoBinaries, oldestMajor)
}

// candidates returns PATH's folders in their order, then the usual ones, newest
// version first.
func (s search) candidates() []string {
	var usual []string
	for _, pattern := range s.folders {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			continue // only for a malformed pattern, and ours are constants
		}
		usual = append(usual, matches...)
	}
	slices.SortStableFunc(usual, func(a, b string) int { return cmp.Compare(versionIn(b), versionIn(a)) })
	return append(filepath.SplitList(s.path), usual...)
}

var digits = regexp.MustCompile(`[0-9]+`)

// versionIn returns the last number in a folder's name, 0 without one.
func versionIn(folder string) int {
	numbers := digits.FindAllString(folder, -1)
	if len(numbers) == 0 {
		return 0
	}
	number, err := strconv.Atoi(numbers[len(numbers)-1])
	if err != nil {
		return 0
	}
	return number
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ([0-9]+)`)

// inspect returns the binaries in a folder when both are there, the account can
// reach them, and they run. A folder that is named after the version that is
// looked for is believed: asking takes a fifth of a warm start, and postgres
// itself refuses another version's data folder.
func (s search) inspect(folder string, major int) (Binaries, bool) {
	if !filepath.IsAbs(folder) {
		return Binaries{}, false // a relative entry of PATH changes with the working folder
	}
	found := Binaries{Postgres: filepath.Join(folder, "postgres"), Initdb: filepath.Join(folder, "initdb")}
	for _, file := range []string{found.Postgres, found.Initdb} {
		real, err := filepath.EvalSymlinks(file)
		if err != nil || s.runner.barrier(real) != "" {
			return Binaries{}, false
		}
	}
	if major != 0 && versionIn(folder) == major {
		found.Major = major
		return found, true
	}
	var ok bool
	found.Major, ok = majorOf(found.Postgres)
	return found, ok
}

// majorOf asks a postgres for its version.
func majorOf(postgres string) (major int, ok bool) {
	output, err := exec.Command(postgres, "--version").Output()
	version := versionLine.FindSubmatch(output)
	if err != nil || version == nil {
		return 0, false
	}
	major, err = strconv.Atoi(string(version[1]))
	return major, err == nil
}
