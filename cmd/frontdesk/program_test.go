package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/internal/testkit"
)

// programVariable makes the test binary the program itself, so that tests run it
// as a process without a second build.
const programVariable = "FRONTDESK_TEST_PROGRAM"

func init() {
	if os.Getenv(programVariable) == "" {
		return
	}
	main()
	os.Exit(0)
}

// patience is how long a test waits for another process: machines are busy.
const patience = 90 * time.Second

// folder returns a temporary folder that Postgres's account can pass, which the
// 0700 of testing's own keeps out under root.
func folder(t *testing.T) string {
	t.Helper()
	made, err := os.MkdirTemp("", "frontdesk-program-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(made); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(made, 0o711); err != nil {
		t.Fatal(err)
	}
	return made
}

// settings are environment variables of the program.
type settings map[string]string

// external are those for a database that somebody else keeps.
func external(database testkit.Database) settings {
	return settings{
		"DATABASE_URL": database.OwnerURL, "TENANT_DATABASE_URL": database.TenantURL, "PLATFORM_DATABASE_URL": database.PlatformURL,
		"DATABASE_POOL_SIZE": "4",
	}
}

// with returns a copy in which some are changed.
func (s settings) with(changes settings) settings {
	changed := settings{}
	for _, source := range []settings{s, changes} {
		for name, value := range source {
			changed[name] = value
		}
	}
	return changed
}

// prepare returns the program as a command that sees these settings only.
func prepare(t *testing.T, variables settings, arguments ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, arguments...)
	command.Dir = folder(t) // without a file .env
	command.Env = []string{programVariable + "=1", "PATH=" + os.Getenv("PATH"), "RATE_LIMIT=off", "REQUIRE_ADMIN_2FA=false"}
	if variables["DATA_DIR"] == "" {
		command.Env = append(command.Env, "DATA_DIR="+filepath.Join(command.Dir, "data"))
	}
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// result is what a command that has ended left.
type result struct {
	code           int
	stdout, stderr string
}

// runProgram runs the program to its end.
func runProgram(t *testing.T, variables settings, input string, arguments ...string) result {
	t.Helper()
	command := prepare(t, variables, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &stdout, &stderr
	err := command.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs the program and fails the test unless it exits 0.
func must(t *testing.T, variables settings, arguments ...string) string {
	t.Helper()
	done := runProgram(t, variables, "", arguments...)
	if done.code != 0 {
		t.Fatalf("%s: exit %d: %s%s", strings.Join(arguments, " "), done.code, done.stdout, done.stderr)
	}
	return done.stdout
}

// running is a program that serves.
type running struct {
	t       *testing.T
	url     string
	command *exec.Cmd
	ended   chan struct{}
	mutex   sync.Mutex
	stdout  bytes.Buffer
	stderr  bytes.Buffer
}

// serveProgram starts `frontdesk serve` and waits until it says where it is.
func serveProgram(t *testing.T, variables settings, arguments ...string) *running {
	t.Helper()
	address := freeAddress(t)
	command := prepare(t, variables.with(settings{"LISTEN_ADDR": address}), append([]string{"serve"}, arguments...)...)
	r := &running{t: t, url: "http://" + address, command: command, ended: make(chan struct{})}
	said, announced := r.listen(t)
	command.Stderr = locked{&r.mutex, &r.stderr}
	// Linux ties the parent-death signal to the thread that started the child.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			<-said
			command.Wait() // the exit code is asked of ProcessState
		}
		close(r.ended)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.kill)
	select {
	case <-announced:
	case <-r.ended:
		t.Fatalf("serve ended at its start: %s", r.logged())
	case <-time.After(patience):
		t.Fatalf("serve says nothing: %s", r.logged())
	}
	return r
}

// listen collects standard output; announced closes at the line that says where
// the program is, said at the end of output.
func (r *running) listen(t *testing.T) (said, announced chan struct{}) {
	t.Helper()
	output, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, announced = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(said)
		lines := bufio.NewScanner(output)
		once := sync.OnceFunc(func() { close(announced) })
		for lines.Scan() {
			r.mutex.Lock()
			r.stdout.WriteString(lines.Text() + "\n")
			r.mutex.Unlock()
			if strings.HasPrefix(lines.Text(), "Frontdesk is at ") {
				once()
			}
		}
	}()
	return said, announced
}

func (r *running) printed() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.stdout.String()
}

func (r *running) logged() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.stderr.String()
}

// signal sends the program a signal.
func (r *running) signal(signal os.Signal) {
	r.t.Helper()
	if err := r.command.Process.Signal(signal); err != nil {
		r.t.Fatal(err)
	}
}

// stop ends the program as an operator does, and returns its exit code.
func (r *running) stop() int {
	r.t.Helper()
	r.signal(syscall.SIGTERM)
	return r.wait()
}

func (r *running) wait() int {
	r.t.Helper()
	select {
	case <-r.ended:
		return r.command.ProcessState.ExitCode()
	case <-time.After(patience):
		r.t.Fatalf("the program does not end: %s", r.logged())
		return -1
	}
}

func (r *running) kill() {
	select {
	case <-r.ended:
	default:
		r.command.Process.Signal(syscall.SIGTERM) // it may have ended meanwhile
		select {
		case <-r.ended:
		case <-time.After(patience):
			r.command.Process.Kill() // likewise
			<-r.ended
		}
	}
	if r.t.Failed() {
		r.t.Logf("the program logged: %s", r.logged())
	}
}

// locked writes under a lock.
type locked struct {
	mutex *sync.Mutex
	into  *bytes.Buffer
}

func (l locked) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.into.Write(text)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// postmaster returns the process id of the cluster of a DATA_DIR.
func postmaster(t *testing.T, dataDir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dataDir, "postgres", "cluster", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// psql asks the database one question and returns the answer as psql prints it.
func psql(t *testing.T, databaseURL, question string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", databaseURL, "-c", question).CombinedOutput()
	if err != nil {
		t.Fatalf("psql %s: %v: %s", question, err, output)
	}
	return strings.TrimSpace(string(output))
}

// superuserURL is what the embedded cluster leaves for psql.
func superuserURL(t *testing.T, dataDir string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dataDir, "postgres", "url"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}
