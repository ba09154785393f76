package embedded

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// installation is a copy of this machine's Postgres that a test may upgrade. Its path is a
// link to a folder per version, as some package managers have it.
type installation struct {
	t      *testing.T
	folder string
	major  int
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	runner, err := accountFor("")
	if err != nil {
		t.Fatal(err)
	}
	found, err := machine(runner).find(0)
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, folder: workFolder(t), major: found.Major}
	real, err := filepath.EvalSymlinks(found.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	// Beside one another, as they are compiled to be found from one another.
	i.run("mkdir first first/bin first/lib && cp " + filepath.Dir(real) + "/{postgres,initdb} first/bin && cp " + filepath.Dir(real) + "/../lib/*.so first/lib && ln -s first current")
	return i
}

// run runs a shell's command in the folder.
func (i *installation) run(command string) {
	i.t.Helper()
	shell := exec.CommandContext(i.t.Context(), "bash", "-euc", command)
	shell.Dir = i.folder
	if output, err := shell.CombinedOutput(); err != nil {
		i.t.Fatalf("%s: %v: %s", command, err, output)
	}
}

// begin starts a cluster on the installation, with a log of its own.
func (i *installation) begin() (*Cluster, *lines) {
	i.t.Helper()
	log := &lines{also: i.t.Output()}
	runner, err := accountFor("")
	if err != nil {
		i.t.Fatal(err)
	}
	here := &search{path: i.folder + "/current/bin:" + i.folder + "/elsewhere/bin", runner: runner}
	cluster, err := Start(i.t.Context(), madeFolder(i.t), slog.New(slog.NewTextHandler(log, nil)), func(s *server) { s.search = here })
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { end(i.t, cluster) })
	return cluster, log
}

// lines is a log that counts.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
	also  io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.text.Write(line)
	return l.also.Write(line)
}

func (l *lines) count(part string) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return strings.Count(l.text.String(), part)
}

// loads is what a new session needs a library for.
const loads = "create function pg_temp.loaded() returns text language plpgsql as $$ begin return 'loaded'; end $$; select pg_temp.loaded()"

func newSessionLoads(t *testing.T, cluster *Cluster) error {
	t.Helper()
	connection, err := connect(t.Context(), cluster.URLs().Superuser, Database)
	if err != nil {
		return err
	}
	defer connection.Close(context.Background())
	return run(t.Context(), connection, loads)
}

func TestHazard108ADatabaseWhosePackageIsUpgradedIsStartedAnewOnIt(t *testing.T) {
	t.Parallel()
	for name, upgrade := range map[string]string{
		// What Debian does: new files beside the old ones, renamed over them.
		"files are renamed over": `for file in first/bin/* first/lib/*; do cp $file $file.new; mv $file.new $file; done`,
		// Another version's folder, and the link put there; the old one is removed.
		"a folder for each version": `cp -r first second && ln -sfn second current && rm -r first`,
		// The old folder is moved away, and for a while there is none.
		"removed and installed": `mv first removed && cp -r removed incoming && rm -r removed && mv incoming first`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t)
			cluster, log := i.begin()
			before := pid(cluster)
			mustRun(t, cluster.URLs().Owner, "create table kept (id int); insert into kept values (1)")
			i.run(upgrade)
			eventually(t, "the database is started anew", func() bool { return pid(cluster) != before })
			eventually(t, "a new session loads what it needs", func() bool { return newSessionLoads(t, cluster) == nil })
			if kept := mustAsk(t, cluster.URLs().Owner, "select count(*)::text from kept"); kept != "1" {
				t.Errorf("kept are %s rows", kept)
			}
			if said := log.count("were replaced, so it is stopped"); said != 1 {
				t.Errorf("it is said %d times", said)
			}
			if log.count("ended unexpectedly") > 0 {
				t.Error("it is called a crash")
			}
			if state := mustAsk(t, cluster.URLs().Superuser, "select pg_is_in_recovery()::text"); state != "false" {
				t.Errorf("in recovery: %s", state)
			}
			i.assertRunsWhatIsInstalled(cluster)
		})
	}
}

// assertRunsWhatIsInstalled compares the files, whose names are those of before.
func (i *installation) assertRunsWhatIsInstalled(cluster *Cluster) {
	i.t.Helper()
	running, installed := onDiskAt("/proc/"+pid(cluster)+"/exe"), onDiskAt(filepath.Join(i.folder, "current/bin/postgres"))
	if running != installed {
		i.t.Errorf("it runs %+v, installed is %+v", running, installed)
	}
}

func TestHazard108AnotherMajorVersionInItsPlaceLeavesTheDatabaseAsItIsAndIsSaid(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	cluster, log := i.begin()
	before := pid(cluster)
	i.run(fmt.Sprintf("cp first/bin/postgres kept; printf '#!/bin/sh\\necho \"postgres (PostgreSQL) %d.1\"\\n' > other; chmod 755 other; mv other first/bin/postgres", i.major+1))
	eventually(t, "it is said", func() bool { return log.count("were replaced beneath it") == 1 })
	if pid(cluster) != before {
		t.Error("it was stopped, and could not be started")
	}
	mustAsk(t, cluster.URLs().Tenant, "select 'a new session'")
	i.run("mv kept first/bin/postgres")
	eventually(t, "it is started anew on its own version", func() bool { return pid(cluster) != before })
	if said := log.count("were replaced beneath it"); said != 1 {
		t.Errorf("it is said %d times", said)
	}
}

func TestHazard108ADatabaseThatDiesAfterItsProgramsMovedIsStartedFromTheirNewPlace(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	cluster, _ := i.begin()
	before := cluster.current()
	i.run("mv first elsewhere; rm current")
	if err := before.process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is started from there", func() bool { return cluster.current() != before && newSessionLoads(t, cluster) == nil })
}
