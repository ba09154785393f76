// Command run starts the real parts that tests talk to, runs a command with the
// TEST_… variables that say where they are, and stops the parts again:
//
//	go run ./internal/testkit/run go test ./...
//	go run ./internal/testkit/run -only redis,s3 go test ./internal/storage/...
//
// Its exit code is the command's; 1 when a part does not start, 2 when it is
// called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"frontdesk/internal/testkit"
)

// startTime is how long all parts together may take to start.
const startTime = 90 * time.Second

// starter is a part that this command knows how to start.
type starter struct {
	name  string
	start func(ctx context.Context, dir string) (*testkit.Part, error)
}

var starters = []starter{
	{"postgres", testkit.StartPostgres},
	{"dovecot", testkit.StartDovecot},
	{"redis", testkit.StartRedis},
	{"s3", testkit.StartS3},
}

func main() {
	only := flag.String("only", "", "comma-separated parts to start; all of them when empty")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: run [-only %s] command [argument…]\n", strings.Join(names(starters), ","))
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	chosen, err := choose(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(2)
	}
	code, err := runWithParts(chosen, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
	}
	os.Exit(code)
}

// choose returns the starters that the -only flag names.
func choose(only string) ([]starter, error) {
	if only == "" {
		return starters, nil
	}
	var chosen []starter
	for name := range strings.SplitSeq(only, ",") {
		at := slices.IndexFunc(starters, func(s starter) bool { return s.name == name })
		if at < 0 {
			return nil, fmt.Errorf("-only: there is no part %q; the parts are %s", name, strings.Join(names(starters), ", "))
		}
		chosen = append(chosen, starters[at])
	}
	return chosen, nil
}

func names(all []starter) []string {
	var found []string
	for _, s := range all {
		found = append(found, s.name)
	}
	return found
}

// runWithParts starts the parts in a temporary folder, runs the command, stops
// the parts and removes the folder, whatever happened in between.
func runWithParts(chosen []starter, command []string) (code int, err error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)

	dir, err := temporaryFolder()
	if err != nil {
		return 1, err
	}
	defer func() {
		if removal := os.RemoveAll(dir); removal != nil && err == nil {
			code, err = 1, fmt.Errorf("remove the temporary folder: %w", removal)
		}
	}()

	parts, err := startAll(chosen, dir, signals)
	defer stopAll(parts)
	if err != nil {
		return 1, err
	}
	// What tests and compilers put aside is of this run as well.
	environment := append(os.Environ(), "TMPDIR="+dir)
	for _, part := range parts {
		environment = append(environment, part.Env...)
	}
	return runCommand(command, environment, signals)
}

// memory is a file system in memory, which most of Linux has. On it the suite takes
// about half of what it takes on a disk.
const memory = "/dev/shm"

// roomNeeded is what the suite leaves in its folder at the worst: databases, the log of
// their changes, profiles of Chromium, linked test programs.
const roomNeeded = 4 << 30

// temporaryFolder makes the folder of this run. Others may pass through it, but
// not list it: Postgres refuses to run as root, so its account needs a way in.
func temporaryFolder() (string, error) {
	dir, err := os.MkdirTemp(parentFolder(), "frontdesk-test-")
	if err != nil {
		return "", fmt.Errorf("make a temporary folder: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", fmt.Errorf("open the temporary folder: %w", err)
	}
	return dir, nil
}

// parentFolder is where TMPDIR says; else in memory, where there is room and programs
// may be run; else the system's usual place.
func parentFolder() string {
	if os.Getenv("TMPDIR") != "" {
		return ""
	}
	var system syscall.Statfs_t
	err := syscall.Statfs(memory, &system)
	const noExecution = 0x8 // ST_NOEXEC of statfs(2)
	if err != nil || system.Flags&noExecution != 0 || system.Bavail*uint64(system.Bsize) < roomNeeded || available() < roomNeeded {
		return ""
	}
	return memory
}

// available is how much memory the machine could give now, in bytes: a file system in
// memory is as large as it says only while nobody else uses that memory.
func available() uint64 {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(content), "MemAvailable:")
	var kibibytes uint64
	if _, err := fmt.Sscan(line, &kibibytes); err != nil {
		return 0
	}
	return kibibytes << 10
}

// startAll starts the parts side by side. It returns those that run even when
// another failed, so that the caller stops them. The first failure ends the
// starts that are still under way, and so does a signal.
func startAll(chosen []starter, dir string, signals <-chan os.Signal) ([]*testkit.Part, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()

	type result struct {
		name string
		part *testkit.Part
		err  error
	}
	results := make(chan result, len(chosen))
	for _, s := range chosen {
		go func() {
			part, err := startOne(ctx, s, dir)
			results <- result{s.name, part, err}
		}()
	}

	var parts []*testkit.Part
	var failure error
	for waiting := len(chosen); waiting > 0; {
		select {
		case r := <-results:
			waiting--
			if r.part != nil {
				parts = append(parts, r.part)
			}
			if r.err != nil && failure == nil {
				failure = fmt.Errorf("the part %s did not start: %w", r.name, r.err)
				cancel()
			}
		case received := <-signals:
			if failure == nil {
				failure = fmt.Errorf("stopped by %s while the parts started", received)
			}
			cancel()
		}
	}
	return parts, failure
}

func startOne(ctx context.Context, s starter, dir string) (*testkit.Part, error) {
	own := filepath.Join(dir, s.name)
	if err := os.Mkdir(own, 0o711); err != nil {
		return nil, err
	}
	return s.start(ctx, own)
}

func stopAll(parts []*testkit.Part) {
	var stopping sync.WaitGroup
	for _, part := range parts {
		stopping.Go(part.Stop)
	}
	stopping.Wait()
}

// runCommand runs the command in a process group of its own and hands it every
// signal that arrives, so that `go test` and the test programs below it end
// together. On a terminal the group is brought to the foreground: it could not
// read from the keyboard otherwise.
func runCommand(command, environment []string, signals <-chan os.Signal) (int, error) {
	child := exec.Command(command[0], command[1:]...)
	child.Env = environment
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if isatty.IsTerminal(os.Stdin.Fd()) {
		child.SysProcAttr.Foreground = true
		child.SysProcAttr.Ctty = int(os.Stdin.Fd())
	}
	if err := child.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case received := <-signals:
			err := syscall.Kill(-child.Process.Pid, received.(syscall.Signal))
			if err != nil && !errors.Is(err, syscall.ESRCH) {
				fmt.Fprintf(os.Stderr, "run: pass %s on: %v\n", received, err)
			}
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode turns the end of the command into an exit code: its own, or 128 and
// the number of the signal that ended it, as shells do.
func exitCode(err error) (int, error) {
	if err == nil {
		return 0, nil
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 1, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
