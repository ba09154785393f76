package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// serviceDataDir is where root keeps the data when the database's account
// cannot enter the working folder, for instance below /root.
const serviceDataDir = "/var/lib/frontdesk"

// account is the operating system's account that initdb and postgres run under.
type account struct {
	uid, gid uint32
	// drop is true when this program is root: both binaries refuse root.
	drop bool
}

// accountFor returns the account for a database folder: our own, or for root the
// folder's present owner (so that a cluster that a plain user made goes on
// working under root, and nothing is chowned), else postgres, else nobody.
func accountFor(folder string) (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	if info, err := os.Lstat(folder); err == nil {
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 {
			return account{uid: owner.Uid, gid: owner.Gid, drop: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{uid: uint32(uid), gid: uint32(gid), drop: true}, nil
		}
	}
	return account{}, errors.New("no account to run Postgres under: it refuses root, and this machine has neither an account postgres nor nobody: start the program as a plain user")
}

// canEnter reports whether the account may pass through one folder.
func (a account) canEnter(folder fs.FileInfo) bool {
	owner, mode := folder.Sys().(*syscall.Stat_t), folder.Mode().Perm()
	switch {
	case a.uid == owner.Uid:
		return mode&0o100 != 0
	case a.gid == owner.Gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// barrier returns the topmost folder on the way to path (path included) that the
// account cannot pass, or "". What does not exist yet is no barrier.
func (a account) barrier(path string) string {
	if parent := filepath.Dir(path); parent != path {
		if found := a.barrier(parent); found != "" {
			return found
		}
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && a.canEnter(info)) {
		return ""
	}
	return path
}

// own gives path itself, never what a link there points to, to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("give %s to the database's account: %w", path, err)
	}
	return nil
}

// DefaultDataDir returns the default of DATA_DIR: ./data, or /var/lib/frontdesk
// for root where the account that the database runs under cannot reach ./data.
func DefaultDataDir() string {
	const local = "./data"
	if os.Geteuid() != 0 {
		return local
	}
	runner, err := accountFor(filepath.Join(local, folderName))
	if err != nil {
		return local
	}
	path, err := resolve(local)
	if err != nil || runner.barrierAbove(path) != "" {
		return serviceDataDir
	}
	return local
}

// barrierAbove is barrier for a DATA_DIR: the folder itself counts only when it
// belongs to somebody else, since prepare opens one that is root's.
func (a account) barrierAbove(dataDir string) string {
	if info, err := os.Stat(dataDir); err == nil && info.Sys().(*syscall.Stat_t).Uid != 0 {
		return a.barrier(dataDir)
	}
	return a.barrier(filepath.Dir(dataDir))
}

// resolve returns the absolute path with links followed as far as it exists.
func resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the working folder: %w", err)
	}
	real, err := filepath.EvalSymlinks(absolute)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(absolute) != absolute {
		parent, err := resolve(filepath.Dir(absolute))
		return filepath.Join(parent, filepath.Base(absolute)), err
	}
	return real, err
}
