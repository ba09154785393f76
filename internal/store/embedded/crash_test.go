package embedded

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// superviseVariable makes the test binary a program that supervises a cluster
// until its standard input ends.
const superviseVariable = "EMBEDDED_TEST_SUPERVISE"

func init() {
	dataDir := os.Getenv(superviseVariable)
	if dataDir == "" {
		return
	}
	cluster, err := Start(context.Background(), dataDir, slog.Default())
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("postmaster", pid(cluster))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Println("error:", err)
	}
	if err := cluster.Stop(context.Background()); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("stopped")
	os.Exit(0)
}

func pid(cluster *Cluster) string { return strconv.Itoa(cluster.current().process.Pid) }

// program is a re-executed test binary that supervises a cluster.
type program struct {
	*exec.Cmd
	postmaster int
	input      io.Closer
	output     *bufio.Scanner
}

func supervise(t *testing.T, binary, dataDir string, attributes *syscall.SysProcAttr) program {
	t.Helper()
	command := exec.Command(binary)
	command.Env = append(os.Environ(), superviseVariable+"="+dataDir)
	command.Dir = filepath.Dir(dataDir)
	command.SysProcAttr = attributes
	command.Stderr = t.Output()
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if command.ProcessState == nil {
			t.Log(command.Process.Kill(), command.Wait())
		}
	})
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatal("the program ended at its start")
	}
	number, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "postmaster "))
	if err != nil {
		t.Fatal(lines.Text())
	}
	return program{command, number, input, lines}
}

// kill ends the program as a crash does.
func (p program) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil {
		t.Fatal("the program ended well after kill -9")
	}
}

func ourBinary(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func TestAKilledProgramTakesItsClusterWithItCleanly(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(workFolder(t), "data")
	crashed := supervise(t, ourBinary(t), dataDir, nil)
	cluster := filepath.Join(dataDir, "postgres", "cluster")
	if !isPostmaster(crashed.postmaster, cluster) {
		t.Fatal("the postmaster is not recognised")
	}
	crashed.kill(t)
	eventually(t, "the postmaster ends with its program", func() bool { return !isPostmaster(crashed.postmaster, cluster) })
	log, err := os.ReadFile(filepath.Join(dataDir, "postgres", "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("not a clean stop: %s", log)
	}
}

func TestHazard093AClusterLeftByACrashIsPickedUp(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(workFolder(t), "data")
	crashed := supervise(t, ourBinary(t), dataDir, nil)
	urls, ok := Attach(dataDir)
	if !ok {
		t.Fatal("cannot attach to another program's cluster")
	}
	mustRun(t, urls.Owner, "create table kept as select 1 as one")
	crashed.kill(t)
	cluster := begin(t, dataDir)
	if pid(cluster) == strconv.Itoa(crashed.postmaster) {
		t.Error("supervises a process that is not its child")
	}
	if isPostmaster(crashed.postmaster, cluster.server.folder.cluster()) {
		t.Error("the old postmaster still runs")
	}
	if one := mustAsk(t, cluster.URLs().Owner, "select one::text from kept"); one != "1" {
		t.Errorf("kept %q", one)
	}
}

// orphan starts a postmaster that nobody supervises, as a crash on a system
// without parent-death signals leaves it.
func orphan(t *testing.T, s server) *exec.Cmd {
	t.Helper()
	command := s.command(context.Background(), syscall.SIGINT, s.binaries.Postgres, s.arguments()...)
	command.SysProcAttr.Pdeathsig = 0
	command.Stderr = t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		t.Log(command.Process.Signal(syscall.SIGQUIT), <-ended)
	})
	eventually(t, "the orphan is ready", func() bool { return readPidFile(s.folder.cluster()).status == "ready" })
	return command
}

func TestAnOrphanInOurFolderIsStoppedAndOneElsewhereIsNot(t *testing.T) {
	t.Parallel()
	ours, theirs := begin(t, madeFolder(t)), begin(t, madeFolder(t))
	end(t, ours)
	end(t, theirs)
	ourOrphan, theirOrphan := orphan(t, ours.server), orphan(t, theirs.server)

	again := begin(t, filepath.Dir(ours.server.folder.path))
	mustAsk(t, again.URLs().Tenant, "select 'in'")
	if isPostmaster(ourOrphan.Process.Pid, ours.server.folder.cluster()) {
		t.Error("the orphan in our folder still runs")
	}
	if !isPostmaster(theirOrphan.Process.Pid, theirs.server.folder.cluster()) {
		t.Error("another cluster was stopped")
	}
	mustAsk(t, theirs.URLs().Tenant, "select 'untouched'")
}

func TestAPidFileThatNamesAnotherProcessIsDisarmed(t *testing.T) {
	t.Parallel()
	other := begin(t, madeFolder(t))
	for name, foreign := range map[string]string{
		"another cluster's postmaster": pid(other),
		"no process":                   "4194000",
		"this program":                 strconv.Itoa(os.Getpid()),
	} {
		t.Run(name, func(t *testing.T) {
			dataDir := madeFolder(t)
			cluster := begin(t, dataDir)
			path := filepath.Join(cluster.server.folder.cluster(), "postmaster.pid")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			end(t, cluster)
			_, rest, _ := strings.Cut(string(content), "\n")
			for _, stale := range []string{path, filepath.Join(cluster.server.socket, socketFile+".lock")} {
				if err := os.WriteFile(stale, []byte(foreign+"\n"+rest), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := cluster.server.folder.account.own(stale); err != nil {
					t.Fatal(err)
				}
			}
			mustAsk(t, begin(t, dataDir).URLs().Tenant, "select 'in'")
			mustAsk(t, other.URLs().Tenant, "select 'untouched'")
		})
	}
}

func TestAnEmptyPidFileIsRemoved(t *testing.T) {
	t.Parallel()
	dataDir := madeFolder(t)
	cluster := begin(t, dataDir)
	end(t, cluster)
	if err := os.WriteFile(filepath.Join(cluster.server.folder.cluster(), "postmaster.pid"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, begin(t, dataDir).URLs().Tenant, "select 'in'")
}

func TestHazard087PostgresIsStartedAgainAfterAnyDeath(t *testing.T) {
	t.Parallel()
	cluster := begin(t, madeFolder(t))
	mustRun(t, cluster.URLs().Owner, "create table kept as select 1 as one")
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGTERM} {
		before := cluster.current()
		died := time.Now()
		if err := before.process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		eventually(t, "postgres answers after "+signal.String(), func() bool {
			if cluster.current() == before {
				return false
			}
			one, err := ask(t, cluster.URLs().Owner, "select one::text from kept")
			return err == nil && one == "1"
		})
		t.Logf("%s: answers again after %s", signal, time.Since(died))
	}
	select {
	case <-cluster.Done():
		t.Error("Done is closed although postgres came back")
	default:
	}
}

func TestSupervisionEndsWhenTheDataFolderIsGone(t *testing.T) {
	t.Parallel()
	dataDir := madeFolder(t)
	cluster := begin(t, dataDir)
	place, elsewhere := cluster.server.folder.cluster(), cluster.server.folder.file("moved")
	if err := os.Rename(place, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := cluster.current().process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-cluster.Done():
	case <-time.After(time.Minute):
		t.Error("Done stays open")
	}
	end(t, cluster)
	// A killed Postgres leaves its shared memory to the machine. The next one on the same
	// folder frees it, so the test does not end without one.
	if err := os.Rename(elsewhere, place); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, begin(t, dataDir).URLs().Tenant, "select 'in'")
}

func TestAPlainUserRunsTheClusterAndRootGoesOnWithIt(t *testing.T) {
	t.Parallel()
	folder := workFolder(t)
	dataDir := filepath.Join(folder, "theirs", "data")
	if err := os.Mkdir(filepath.Dir(dataDir), 0o755); err != nil {
		t.Fatal(err)
	}
	binary, attributes := ourBinary(t), (*syscall.SysProcAttr)(nil)
	if os.Geteuid() == 0 {
		binary, attributes = nobodyBinary(t, folder, binary), nobody(t)
		if err := os.Chown(filepath.Dir(dataDir), int(attributes.Credential.Uid), int(attributes.Credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	plain := supervise(t, binary, dataDir, attributes)
	urls, ok := Attach(dataDir)
	if !ok {
		t.Fatal("cannot attach to the plain user's cluster")
	}
	mustRun(t, urls.Owner, "create table kept as select 1 as one")
	if err := plain.input.Close(); err != nil {
		t.Fatal(err)
	}
	if !plain.output.Scan() || plain.output.Text() != "stopped" {
		t.Errorf("the plain user's program said %q", plain.output.Text())
	}
	if err := plain.Wait(); err != nil {
		t.Error(err)
	}
	if one := mustAsk(t, begin(t, dataDir).URLs().Owner, "select one::text from kept"); one != "1" {
		t.Errorf("kept %q", one)
	}
}

// nobody returns how to start a process as the account nobody.
func nobody(t *testing.T) *syscall.SysProcAttr {
	t.Helper()
	found, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, uidErr := strconv.Atoi(found.Uid)
	gid, gidErr := strconv.Atoi(found.Gid)
	if uidErr != nil || gidErr != nil {
		t.Fatal(uidErr, gidErr)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// nobodyBinary copies the test binary to where nobody can run it.
func nobodyBinary(t *testing.T, folder, binary string) string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "program")
	// A process that another test forks meanwhile would hold the file open for writing
	// until it has become its program, and what is open for writing cannot be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
