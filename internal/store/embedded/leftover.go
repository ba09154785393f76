package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what a postmaster notes about itself in its data folder.
type pidFile struct {
	pid     int // 0: there is no file, or none that can be read
	cluster string
	status  string
}

func readPidFile(cluster string) pidFile {
	content, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(content), "\n")
	if len(lines) < 2 {
		return pidFile{}
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return pidFile{}
	}
	noted := pidFile{pid: pid, cluster: lines[1]}
	if len(lines) > 7 {
		noted.status = strings.TrimSpace(lines[7])
	}
	return noted
}

// endLeftover clears what a crash left in our data folder: it stops a postmaster
// that still runs there, and disarms a pid file that names somebody else's
// process. We hold the folder's lock, so none of it belongs to a living program
// of ours. Another cluster is never signalled: the process must be a postgres
// inside our data folder, and the file must say the same.
func (s server) endLeftover(ctx context.Context, log *slog.Logger) error {
	cluster := s.folder.cluster()
	path := filepath.Join(cluster, "postmaster.pid")
	noted := readPidFile(cluster)
	if noted.pid == 0 {
		// An empty file, from a disk that was full, stops postgres for ever.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a broken pid file: %w", err)
		}
		return s.removeSocketLock()
	}
	// Before the check: the handle stays with this process if its number is reused.
	process, err := os.FindProcess(noted.pid)
	if err != nil {
		return fmt.Errorf("look up the process of the pid file: %w", err)
	}
	defer process.Release()
	if isPostmaster(noted.pid, cluster) {
		if noted.cluster != cluster {
			return fmt.Errorf("a postgres (process %d) works in %s but calls it %s: stop it first", noted.pid, cluster, noted.cluster)
		}
		log.Warn("stopping a postgres that an earlier run left in the data folder", "pid", noted.pid)
		if err := endProcess(ctx, process, cluster); err != nil {
			return err
		}
	} else if err := s.disarm(path, noted.pid); err != nil {
		return err
	}
	return s.removeSocketLock()
}

// endProcess is stop for a postmaster that is not our child.
func endProcess(ctx context.Context, process *os.Process, cluster string) error {
	ticker := time.NewTicker(readyPause)
	defer ticker.Stop()
	for _, step := range []struct {
		signal syscall.Signal
		limit  time.Duration
	}{{syscall.SIGINT, fastLimit}, {syscall.SIGQUIT, quickLimit}, {syscall.SIGKILL, quickLimit}} {
		if err := process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop the postgres of an earlier run: %w", err)
		}
		for deadline := time.After(step.limit); deadline != nil; {
			if !isPostmaster(process.Pid, cluster) {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("stop the postgres of an earlier run: %w", ctx.Err())
			case <-deadline:
				deadline = nil
			case <-ticker.C:
			}
		}
	}
	return fmt.Errorf("the postgres of an earlier run (process %d) does not end", process.Pid)
}

// disarm makes postgres take a pid file for stale although a process with that
// number lives. Removing it would also remove postgres's own guard against
// orphans that still use the shared memory which the file names; a file with the
// number of the new postmaster's parent, ours, is stale to it and keeps that.
func (s server) disarm(path string, pid int) error {
	if pid == os.Getpid() || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil // stale to postgres already
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the pid file of an earlier run: %w", err)
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	name, err := filepath.Rel(s.folder.path, path)
	if err != nil {
		return fmt.Errorf("name the pid file of an earlier run: %w", err)
	}
	return s.folder.write(name, strconv.Itoa(os.Getpid())+"\n"+rest)
}

// removeSocketLock drops the socket's own pid file, which has no second guard.
func (s server) removeSocketLock() error {
	err := os.Remove(filepath.Join(s.socket, socketFile+".lock"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the socket's stale lock: %w", err)
	}
	return nil
}
