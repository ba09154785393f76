package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	logLimit     = 10 << 20 // bytes; then postgres.log becomes postgres.log.1
	readyPause   = 5 * time.Millisecond
	fastLimit    = 15 * time.Second // for a clean stop, its checkpoint included
	quickLimit   = 7 * time.Second  // postgres itself kills its children after 5 s of an immediate stop
	staleMessage = "pre-existing shared memory block"
)

// server starts the programs of one cluster.
type server struct {
	folder   folder
	binaries Binaries
	socket   string
	settings map[string]string
	// search overrules where the programs are looked for; nil: on this machine.
	search *search
}

// find looks for the programs of the cluster's version, 0 for any.
func (s server) find(major int) (Binaries, error) {
	if s.search != nil {
		return s.search.find(major)
	}
	return machine(s.folder.account).find(major)
}

// environment is all that the children get: PG… variables of ours are not theirs.
func (s server) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + s.folder.path}
}

func (s server) command(ctx context.Context, whenDead syscall.Signal, program string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, arguments...)
	command.WaitDelay = quickLimit // a killed initdb's own children may keep the output open
	command.Dir, command.Env = s.folder.path, s.environment()
	command.SysProcAttr = s.folder.account.attributes(whenDead)
	return command
}

// arguments are the settings of every start. They stand on the command line, so
// that neither postgresql.conf nor ALTER SYSTEM can open a port or let a clinic's
// data into the log.
func (s server) arguments() []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"port":                    strconv.Itoa(socketPort),
		"unix_socket_directories": `"` + s.socket + `"`,
		"unix_socket_permissions": "0700",
		"password_encryption":     "scram-sha-256",

		// No personal data in the log (hazard 36): a failed statement's text,
		// its parameters, the DETAIL that quotes a row, and the error itself,
		// which quotes what could not be read. The client gets them all.
		"log_destination":                   "stderr",
		"logging_collector":                 "off",
		"log_statement":                     "none",
		"log_min_duration_statement":        "-1",
		"log_min_error_statement":           "panic",
		"log_min_messages":                  "log",
		"log_error_verbosity":               "terse",
		"log_parameter_max_length":          "0",
		"log_parameter_max_length_on_error": "0",
		"log_line_prefix":                   "%m [%p] ",
		"log_checkpoints":                   "off",

		// A small machine with a solid-state disk.
		"max_connections":                 "100",
		"shared_buffers":                  "128MB",
		"effective_cache_size":            "512MB",
		"random_page_cost":                "1.1",
		"max_wal_size":                    "512MB",
		"max_worker_processes":            "4",
		"max_parallel_workers_per_gather": "1",
		"autovacuum_max_workers":          "2",
		"jit":                             "off",
	}
	maps.Copy(settings, s.settings)
	arguments := []string{"-D", s.folder.cluster()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	return arguments
}

// initialise makes the cluster beside its place and renames it, so that a crash
// half-way leaves no folder that looks like one.
func (s server) initialise(ctx context.Context, password string) error {
	unfinished := s.folder.file("cluster.new")
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove an unfinished cluster: %w", err)
	}
	if err := s.folder.write("password", password+"\n"); err != nil {
		return err
	}
	output, err := runToEnd(s.command(ctx, syscall.SIGKILL, s.binaries.Initdb,
		"-D", unfinished, "-U", SuperuserRole, "-E", "UTF8", "--locale=C.UTF-8",
		"--auth=scram-sha-256", "--pwfile="+s.folder.file("password"), "--no-instructions"))
	if err = errors.Join(err, os.Remove(s.folder.file("password"))); err != nil {
		return fmt.Errorf("make the database's cluster with initdb: %w: %s", err, lastLines(output))
	}
	if err := os.Rename(unfinished, s.folder.cluster()); err != nil {
		return fmt.Errorf("put the database's cluster in place: %w", err)
	}
	return nil
}

// resetPassword gives the superuser a password without knowing the old one, for
// when the file that held it is gone. Nothing else may run the cluster.
func (s server) resetPassword(ctx context.Context, password string) error {
	command := s.command(ctx, syscall.SIGINT, s.binaries.Postgres, "--single", "-D", s.folder.cluster(), "postgres")
	command.Stdin = strings.NewReader("ALTER ROLE " + SuperuserRole + " PASSWORD '" + password + "'\n")
	if output, err := runToEnd(command); err != nil {
		return fmt.Errorf("give the database's superuser a new password: %w: %s", err, lastLines(output))
	}
	return nil
}

// runToEnd runs a child on a thread that stays, and returns its output.
func runToEnd(command *exec.Cmd) ([]byte, error) {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		ended <- command.Run()
	}()
	err := <-ended
	return output.Bytes(), err
}

// postmaster is a running postgres that we started.
type postmaster struct {
	process *os.Process
	exited  chan struct{} // closed once it is reaped
	state   string        // how it ended; read after exited
	logFrom int64         // where its lines begin in the log
	program string        // the path that it was started by
	started onDisk        // what lay there
}

// start runs postgres; call it on a locked thread that outlives the child.
// SIGINT is what the kernel sends when we die: a fast shutdown, which rolls
// back, writes a checkpoint and leaves a clean cluster. SIGKILL would leave
// orphans and a recovery, and SIGTERM waits for clients to leave by themselves.
func (s server) start() (*postmaster, error) {
	log, from, err := s.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := s.command(context.Background(), syscall.SIGINT, s.binaries.Postgres, s.arguments()...)
	command.Stdout, command.Stderr = log, log
	lay := onDiskAt(s.binaries.Postgres)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	running := &postmaster{
		process: command.Process, exited: make(chan struct{}), logFrom: from, program: s.binaries.Postgres, started: lay,
	}
	go func() {
		defer close(running.exited)
		running.state = "exit status 0"
		if err := command.Wait(); err != nil {
			running.state = err.Error()
		}
	}()
	return running, nil
}

// openLog opens postgres.log at its end, for appending, so that rotate may
// empty it while postgres writes.
func (s server) openLog() (log *os.File, size int64, err error) {
	log, err = os.OpenFile(s.folder.file("postgres.log"), os.O_RDWR|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open the database's log: %w", err)
	}
	info, err := log.Stat()
	if err == nil {
		err = s.folder.account.own(log.Name())
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open the database's log: %w", err), log.Close())
	}
	return log, info.Size(), nil
}

// rotate keeps the log and one before it below logLimit each (and what was
// written within a minute). It copies and empties: postgres keeps its file open.
func (s server) rotate() error {
	log, size, err := s.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	if size < logLimit {
		return nil
	}
	kept := make([]byte, logLimit)
	count, err := log.ReadAt(kept, max(0, size-logLimit))
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the database's log: %w", err)
	}
	return errors.Join(s.folder.write("postgres.log.1", string(kept[:count])), log.Truncate(0))
}

// awaitReady returns when the postmaster accepts connections, which it notes in
// the last line of its own pid file (pg_ctl reads the same).
func (s server) awaitReady(ctx context.Context, running *postmaster) error {
	ticker := time.NewTicker(readyPause)
	defer ticker.Stop()
	for {
		noted := readPidFile(s.folder.cluster())
		if noted.pid == running.process.Pid && noted.status == "ready" {
			return nil
		}
		select {
		case <-running.exited:
			return fmt.Errorf("postgres ended at its start (%s): %s", running.state, s.logSince(running.logFrom))
		case <-ctx.Done():
			return fmt.Errorf("wait for postgres to answer: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// logSince returns the last lines that were logged after an offset.
func (s server) logSince(from int64) string {
	log, size, err := s.openLog()
	if err != nil {
		return err.Error()
	}
	defer log.Close()
	content, err := io.ReadAll(io.NewSectionReader(log, min(from, size), size))
	if err != nil {
		return err.Error()
	}
	return lastLines(content)
}

// lastLines fits what a program said into one line of an error.
func lastLines(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], " / ")
}

// stop ends a postmaster: fast, then at once, then by force. ctx shortens the
// first step only, since what is skipped then is paid by the next start.
func (p *postmaster) stop(ctx context.Context) error {
	steps := []struct {
		signal syscall.Signal
		limit  time.Duration
	}{{syscall.SIGINT, fastLimit}, {syscall.SIGQUIT, quickLimit}, {syscall.SIGKILL, quickLimit}}
	for number, step := range steps {
		if err := p.process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop postgres: %w", err)
		}
		var hurry <-chan struct{}
		if number == 0 {
			hurry = ctx.Done()
		}
		select {
		case <-p.exited:
			return nil
		case <-hurry:
		case <-time.After(step.limit):
		}
	}
	return fmt.Errorf("postgres (process %d) does not end", p.process.Pid)
}
