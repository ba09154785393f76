package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"frontdesk/internal/testkit"
)

// writer creates clients over HTTP, each with a key of its own that it sends
// again until it hears where the client is.
type writer struct {
	visitor *visitor
	name    string
	stop    atomic.Bool
	// created is how many were answered 303, away how often it heard to come back.
	created, away atomic.Int64
	locations     sync.Map
}

func (w *writer) run(t *testing.T) {
	for number := 0; !w.stop.Load(); number++ {
		fields := w.visitor.signed(newClient(fmt.Sprintf("%s %d", w.name, number)))
		for {
			location, err := w.send(fields)
			if err != nil {
				t.Error(err)
				return
			}
			if location != "" {
				if _, twice := w.locations.LoadOrStore(location, number); twice {
					t.Errorf("%s was answered to two keys", location)
				}
				w.created.Add(1)
				break
			}
			w.away.Add(1)
			select {
			case <-t.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}

func (w *writer) send(fields url.Values) (location string, err error) {
	got, err := w.visitor.ask(http.MethodPost, "/clients", fields)
	if err != nil {
		return "", fmt.Errorf("the program's own line broke: %w", err)
	}
	if err := acceptable(got); err != nil {
		return "", err
	}
	return got.header.Get("Location"), nil
}

func TestHazard087NoWriteIsLostOrDoubledWhenPostgresDies_Slow(t *testing.T) {
	t.Parallel()
	dataDir := folder(t) + "/data"
	program := serveProgram(t, settings{"DATA_DIR": dataDir, "DEMO": "true"})
	staff := reception(t, program.url)
	var writers []*writer
	var ended sync.WaitGroup
	for n := range 4 {
		w := &writer{visitor: staff, name: fmt.Sprintf("Survivor%d", n)}
		writers = append(writers, w)
		ended.Go(func() { w.run(t) })
	}
	total := func() (sum int64) {
		for _, w := range writers {
			sum += w.created.Load()
		}
		return sum
	}
	for name, signal := range map[string]syscall.Signal{"kill -9": syscall.SIGKILL, "fast": syscall.SIGINT, "immediate": syscall.SIGQUIT} {
		before := total()
		testkit.Eventually(t, "writes before "+name, func() bool { return t.Failed() || total() > before+10 })
		killed := postmaster(t, dataDir)
		if err := syscall.Kill(killed, signal); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "another postgres after "+name, func() bool { return !alive(killed) && answers(t, dataDir) })
		back := time.Now()
		again := total()
		testkit.Eventually(t, "writes after "+name, func() bool { return t.Failed() || total() > again })
		t.Logf("%s: writes again %s after the database is back", name, time.Since(back).Round(time.Millisecond))
	}
	var away int64
	for _, w := range writers {
		w.stop.Store(true)
		away += w.away.Load()
	}
	ended.Wait()
	kept := psql(t, superuserURL(t, dataDir), "select count(*), count(distinct first_name) from clients where first_name like 'Survivor%'")
	if want := fmt.Sprintf("%d|%d", total(), total()); kept != want {
		t.Errorf("%s rows and names, and %s were answered", kept, want)
	}
	t.Logf("%d clients created, %d answers said to come back later", total(), away)
	for _, line := range strings.Split(program.logged(), "\n") {
		if strings.Contains(line, "panic") {
			t.Error(line)
		}
	}
}

// answers reports whether the cluster takes connections.
func answers(t *testing.T, dataDir string) bool {
	t.Helper()
	connection, err := connect(t, superuserURL(t, dataDir))
	if err != nil {
		return false
	}
	return connection.Close(t.Context()) == nil
}
