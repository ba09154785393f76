// Package testkit starts the real parts that tests talk to (Postgres, Redis,
// Dovecot, an S3 server, Chromium) and hands each test its own corner of them:
// a database, a key prefix, an account, a bucket, a browser tab.
//
// The parts live as long as one run of internal/testkit/run, which `make test`
// calls; it tells the tests where they are through the environment.
package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Part is a running server that tests use.
type Part struct {
	// Env holds NAME=value pairs through which tests find the part.
	Env []string
	// Stop ends the server, by the process id that was started, and waits.
	Stop func()
}

// process is a server started as a child in a group of its own.
type process struct {
	command *exec.Cmd
	exited  chan error
}

// startProcess starts a server whose output goes to logPath. The kernel kills it
// when this program dies, so that a crashed test run leaves nothing behind;
// Linux ties that to the starting thread, hence the goroutine that keeps it.
func startProcess(logPath, name string, arguments ...string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	command := exec.Command(name, arguments...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{command: command, exited: make(chan error, 1)}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer log.Close()
		err := command.Start()
		started <- err
		if err == nil {
			p.exited <- command.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// stop asks the process to end, and kills it after five seconds.
func (p *process) stop() {
	if err := p.command.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return
	}
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
		p.command.Process.Kill()
		<-p.exited
	}
}

// waitForPort returns when something accepts connections at address, or an
// error that holds the end of the server's log.
func (p *process) waitForPort(ctx context.Context, address, logPath string) error {
	for {
		connection, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return connection.Close()
		}
		select {
		case exit := <-p.exited:
			p.exited <- exit
			log, _ := os.ReadFile(logPath)
			return fmt.Errorf("%s ended at its start (%w): %s", p.command.Path, exit, log)
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on %s: %w", p.command.Path, address, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePort returns a TCP port on loopback that nothing listens on now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// environment is lookup, and fails the test.
func environment(t testing.TB, name string) string {
	t.Helper()
	value, err := lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// lookup returns the variable through which the run tells tests of a part, or an error
// that says what to type when it is missing.
func lookup(name string) (string, error) {
	value := os.Getenv(name)
	if value == "" {
		return "", fmt.Errorf("%s is not set: run the tests with `make test`, or some of them with `go run ./internal/testkit/run go test ./internal/...`", name)
	}
	return value, nil
}

// never is when Eventually gives up: far beyond what a busy machine takes.
const never = 90 * time.Second

// Eventually waits until something holds that the test cannot hurry: what another
// process, or a job, does in its own time. It fails the test where that never comes.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	end, tick := time.After(never), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-end:
			t.Fatalf("it did not come to pass in %s: %s", never, what)
		case <-tick.C:
		}
	}
}
