package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/testkit"
)

// The system's Postgres is copied, so that it can be upgraded: to another folder, as some
// package managers do, which takes from the running one what its sessions have yet to load.
func TestHazard108AProgramWritesOnWhilePostgresIsUpgradedBeneathIt(t *testing.T) {
	t.Parallel()
	home := folder(t)
	shell(t, home, `real=$(readlink -f "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres | tail -n 1)")
		mkdir first first/bin first/lib; cp "$real" "${real%/*}/initdb" first/bin; cp "${real%/*}"/../lib/*.so first/lib; ln -s first current`)
	path := filepath.Join(home, "current", "bin") + ":" + os.Getenv("PATH")
	program := serveProgram(t, settings{"DATA_DIR": filepath.Join(folder(t), "data"), "DEMO": "true", "PATH": path})
	staff := &writer{visitor: reception(t, program.url), name: "Upgraded"}
	var ended sync.WaitGroup
	ended.Go(func() { staff.run(t) })
	testkit.Eventually(t, "the first write", func() bool { return staff.created.Load() > 0 })
	shell(t, home, "cp -r first second; ln -sfn second current; rm -r first")
	testkit.Eventually(t, "the database is started anew", func() bool { return strings.Contains(program.logged(), "were replaced, so it is stopped") })
	before := staff.created.Load()
	testkit.Eventually(t, "writes go on", func() bool { return staff.created.Load() > before+20 })
	staff.stop.Store(true)
	ended.Wait()
	if code := program.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, program.logged())
	}
	if strings.Contains(program.logged(), `"status":500`) {
		t.Error("something was answered with 500")
	}
}
