//go:build !linux

package embedded

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes are how every child starts: under the account, in a process group
// of its own so that Ctrl-C in a terminal reaches us alone. Only Linux can end
// it with us; elsewhere the next start ends what a crash left.
func (a account) attributes(syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attributes
}

// isPostmaster reports whether the process is a postgres that was started with
// the cluster's folder as its argument.
func isPostmaster(pid int, cluster string) bool {
	output, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // a number
	if err != nil {
		return false
	}
	program, _, _ := strings.Cut(string(output), " ")
	return filepath.Base(program) == "postgres" && strings.Contains(string(output), " -D "+cluster+" ")
}
