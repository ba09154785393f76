// Package architecture holds the test of which room may know which.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors lists the rooms from the ground up. A room imports its own floor's
// neighbours only where that is said below, and lower floors freely.
var floors = [][]string{
	{"actor", "address", "clock", "config", "fault", "lifecycle", "locale", "localtime", "password", "phone", "seal", "search", "submission", "vouch"},
	{"db", "views", "static", "migrations"},
	{"cache", "imap", "live", "mail", "outbound", "storage", "store", "web"},
	{"audit", "chain", "delivery", "guard", "job", "revision", "seat", "transition"},
	{"booking"},
	{"nouns"},
	{"demo", "server"},
	{"cmd", "bench", "testkit", "architecture"},
}

// nouns never import each other: what two share is SQL, a lower room, or a job.
var nouns = []string{
	"appointment", "client", "console", "conversation", "dashboard", "factor", "invite", "mailbox", "membership", "passwordreset",
	"provider", "resource", "security", "service", "session", "support", "sweep", "tenant", "user",
}

// neighbours may be imported on the same floor.
var neighbours = map[string][]string{
	"actor":     {"clock"},
	"config":    {"clock"},
	"locale":    {"clock", "phone"},
	"password":  {"fault"},
	"vouch":     {"seal"},
	"search":    {"address", "phone"},
	"views":     {"views", "static"},
	"imap":      {"outbound", "mail"},
	"mail":      {"outbound"},
	"store":     {"store"},
	"lifecycle": {"fault"},
	"guard":     {"audit", "job", "revision"},
	"chain":     {"audit"},
	"delivery":  {"audit"},
	"seat":      {"audit", "delivery", "guard"},
	"server":    {"demo"},
	"db":        {"migrations"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrowsRunDownOnly(t *testing.T) {
	t.Parallel()
	for _, pkg := range list(t) {
		from := room(pkg.ImportPath)
		for _, imported := range pkg.Imports {
			if !strings.HasPrefix(imported, "frontdesk/") {
				continue
			}
			to := room(imported)
			if from == to && floor(t, from) >= 0 {
				continue
			}
			if floor(t, to) > floor(t, from) || floor(t, to) == floor(t, from) && !slices.Contains(neighbours[from], to) && floor(t, from) != len(floors)-1 {
				t.Errorf("%s imports %s: %s may not know %s", pkg.ImportPath, imported, from, to)
			}
		}
	}
}

func floor(t *testing.T, name string) int {
	t.Helper()
	if slices.Contains(nouns, name) {
		name = "nouns"
	}
	for level, rooms := range floors {
		if slices.Contains(rooms, name) {
			return level
		}
	}
	t.Fatalf("room %s stands on no floor: add it to the list, with thought", name)
	return -1
}

// room is the part of a package's path that a floor lists.
func room(path string) string {
	switch path = strings.TrimPrefix(path, "frontdesk/"); {
	case strings.HasPrefix(path, "views/"):
		return "views"
	case strings.HasPrefix(path, "cmd/"):
		return "cmd"
	case path == "db/migrations":
		return "migrations"
	case path == "static":
		return "static"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "internal/"), "/")
	return strings.TrimPrefix(name, "frontdesk/")
}

func list(t *testing.T) []listed {
	t.Helper()
	output, err := exec.Command("go", "list", "-json=ImportPath,Imports", "frontdesk/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg listed
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg)
	}
}
