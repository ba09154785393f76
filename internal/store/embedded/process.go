package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes are how every child starts: under the account, in a process group
// of its own so that Ctrl-C in a terminal reaches us alone, and ended by the
// kernel with the signal whenDead if we die without ending it. Linux ties the
// last to the thread that starts the child: keep that thread locked.
func (a account) attributes(whenDead syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: whenDead}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attributes
}

// isPostmaster reports whether the process is a postgres that works in the
// cluster's folder, which a postmaster enters at its start and never leaves. A
// process that has ended and waits to be reaped is none.
func isPostmaster(pid int, cluster string) bool {
	process := filepath.Join("/proc", strconv.Itoa(pid))
	name, err := os.ReadFile(filepath.Join(process, "comm"))
	if err != nil || !strings.HasPrefix(string(name), "postgres") && !strings.HasPrefix(string(name), "postmaster") {
		return false
	}
	works, err := os.Stat(filepath.Join(process, "cwd"))
	if err != nil {
		return false
	}
	ours, err := os.Stat(cluster)
	return err == nil && os.SameFile(works, ours)
}
