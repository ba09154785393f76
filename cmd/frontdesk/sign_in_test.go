package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"frontdesk/internal/password"
	"frontdesk/internal/testkit"
)

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// mostMemory is the most that a process ever held, in KiB.
func mostMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM of process %d", pid)
	}
	most, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return most
}

func TestHazard007AHundredSignInsAtOnceTakeTheMemoryOfAFew_Slow(t *testing.T) {
	t.Parallel()
	variables := external(testkit.NewDatabase(t))
	must(t, variables, "migrate", "up")
	program := serveProgram(t, variables)
	before := mostMemory(t, program.command.Process.Pid)
	var signing sync.WaitGroup
	for range 100 {
		guest := visit(t, program.url)
		guest.readToken("/login")
		signing.Go(func() {
			got, err := guest.ask(http.MethodPost, "/login", guest.signed(url.Values{"email": {"nobody@x.example"}, "password": {"not the password"}}))
			if err != nil || got.status != http.StatusUnprocessableEntity && got.status != http.StatusServiceUnavailable {
				t.Errorf("a sign-in: %d %v", got.status, err)
			}
		})
	}
	signing.Wait()
	// Each hash that is made holds its memory, and beside it Go keeps four times as much
	// that nobody holds any more (garbagePercent); a hundred at once would hold a hundred
	// times as much.
	grown, atOnce := mostMemory(t, program.command.Process.Pid)-before, max(2, runtime.NumCPU())
	if limit := (5*atOnce + 15) * int(password.DefaultCost.MemoryKiB); grown > limit {
		t.Errorf("%d MiB more than before, of at most %d", grown>>10, limit>>10)
	}
	t.Logf("at most %d MiB before, and %d MiB more with a hundred sign-ins", before>>10, grown>>10)
}
