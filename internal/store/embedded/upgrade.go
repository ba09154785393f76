package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// A package manager may put other programs in the place of those that run. The postmaster
// goes on with the old one, but what a new session loads beside it (the language of our
// triggers, the operators of our indexes) is then of the new version, or gone: "could not
// load library". So postgres is stopped in good order and started on what is there now.

// lookPause is between two looks at the program's file. It is acted on when two looks saw
// the same: a package manager puts its files in place one by one.
const lookPause = time.Second

// onDisk identifies a file, so that another one in its place differs; zero when there is none.
type onDisk struct {
	device, inode uint64
	size          int64
	modified      time.Time
	named         bool // false for one that runs and was removed
}

func onDiskAt(path string) onDisk {
	info, err := os.Stat(path)
	if err != nil {
		return onDisk{}
	}
	status := info.Sys().(*syscall.Stat_t)
	return onDisk{device: status.Dev, inode: status.Ino, size: info.Size(), modified: info.ModTime(), named: status.Nlink > 0}
}

// isReplaced reports whether what was started is no longer what its path leads to, or has
// no name left at all, as where the path is that of a script or of a folder per version.
// A file system that counts no names is not believed.
func (p *postmaster) isReplaced() bool {
	now := onDiskAt(p.program)
	if now.device != p.started.device || now.inode != p.started.inode {
		return true
	}
	running := onDiskAt(filepath.Join("/proc", strconv.Itoa(p.process.Pid), "exe"))
	return running != (onDisk{}) && !running.named && now.named
}

// lookout is what the looks at one postmaster's program have seen.
type lookout struct {
	path string
	seen onDisk
	// complained is true once it was said that there is nothing to start anew on.
	complained bool
}

// replacement returns the programs that have taken the place of the postmaster's, once
// they are settled; false while there are none, and with an error where they cannot be run
// on this cluster, which is said once.
func (l *lookout) replacement(s server, running *postmaster) (Binaries, bool, error) {
	if !running.isReplaced() {
		*l = lookout{}
		return Binaries{}, false, nil
	}
	found, err := s.find(s.binaries.Major)
	path, seen := found.Postgres, onDiskAt(found.Postgres)
	settled := path == l.path && seen == l.seen
	l.path, l.seen = path, seen
	if !settled {
		return Binaries{}, false, nil
	}
	if err == nil {
		if major, ok := majorOf(found.Postgres); !ok || major != s.binaries.Major {
			err = fmt.Errorf("%s is not Postgres %d any more", found.Postgres, s.binaries.Major)
		}
	}
	if err != nil && l.complained {
		return Binaries{}, false, nil
	}
	l.complained = err != nil
	return found, err == nil, err
}

// watch returns when postgres has ended: by itself, or because other programs lie in the
// place of its own. Runs on supervise's thread.
func (c *Cluster) watch(running *postmaster) (replaced bool) {
	ticker := time.NewTicker(lookPause)
	defer ticker.Stop()
	for look := (lookout{}); ; {
		select {
		case <-running.exited:
			return false
		case <-ticker.C:
		}
		found, ok, err := look.replacement(c.server, running)
		if err != nil {
			c.log.Error("the database's programs were replaced beneath it, and new sessions may fail until it is started on others of its version", "error", err)
		}
		if !ok {
			continue
		}
		c.log.Warn("the database's programs were replaced, so it is stopped and started anew on them", "program", found.Postgres)
		c.use(found)
		if err := running.stop(c.stopping); err != nil {
			c.log.Error("cannot stop the database to start it anew", "error", err)
			continue
		}
		return true
	}
}

// use has the next start take other programs.
func (c *Cluster) use(found Binaries) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.server.binaries = found
}
