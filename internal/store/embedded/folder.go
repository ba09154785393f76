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

const (
	folderName  = "postgres"      // below DATA_DIR
	socketPort  = 5432            // names the socket's file only, nothing listens on TCP
	socketFile  = ".s.PGSQL.5432" // made by postgres from the port
	socketLimit = 107             // bytes that fit sockaddr_un.sun_path on Linux, its NUL aside
	shortFolder = "frontdesk-pg-" // begins the name of a socket folder under the temporary one
	lockTries   = 25              // an Attach holds the lock for microseconds
	lockPause   = 10 * time.Millisecond
	lockReady   = "ready\n"
)

// folder is DATA_DIR/postgres. It belongs to the database's account; the rest of
// DATA_DIR need not.
type folder struct {
	path    string // absolute, links resolved
	account account
}

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// cluster is the data folder in Postgres's sense.
func (f folder) cluster() string { return f.file("cluster") }

// prepare makes DATA_DIR/postgres for the account when it is missing.
func prepare(dataDir string) (folder, error) {
	resolved, err := resolve(dataDir)
	if err != nil {
		return folder{}, fmt.Errorf("find the data folder: %w", err)
	}
	f := folder{path: filepath.Join(resolved, folderName)}
	if f.account, err = accountFor(f.path); err != nil {
		return folder{}, err
	}
	if err := f.open(resolved); err != nil {
		return folder{}, err
	}
	err = os.Mkdir(f.path, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return folder{}, fmt.Errorf("make the database's folder: %w", err)
	}
	if err := f.account.own(f.path); err != nil {
		return folder{}, err
	}
	return f, f.checkOwner()
}

// open makes DATA_DIR, and lets the account pass through it where it is root's.
// Folders above that exist already are the administrator's and stay as they are.
func (f folder) open(dataDir string) error {
	mode := fs.FileMode(0o700)
	if f.account.drop {
		mode = 0o711
	}
	if err := makeFolders(dataDir, mode); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	info, err := os.Stat(dataDir)
	if err != nil {
		return fmt.Errorf("read the data folder: %w", err)
	}
	if f.account.drop && info.Sys().(*syscall.Stat_t).Uid == 0 && !f.account.canEnter(info) {
		if err := os.Chmod(dataDir, info.Mode().Perm()|0o011); err != nil {
			return fmt.Errorf("let the database's account into the data folder: %w", err)
		}
	}
	if barrier := f.account.barrier(dataDir); barrier != "" {
		return fmt.Errorf("the account that the database runs under (uid %d) cannot enter %s: choose a DATA_DIR that it can reach, such as %s", f.account.uid, barrier, serviceDataDir)
	}
	return nil
}

// makeFolders is os.MkdirAll with a mode that the umask does not narrow.
func makeFolders(path string, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolders(filepath.Dir(path), mode); err != nil {
			return err
		}
		err = os.Mkdir(path, mode)
	}
	if err == nil {
		return os.Chmod(path, mode)
	}
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		return nil
	}
	return err
}

// checkOwner refuses a cluster that postgres itself would refuse, in a sentence.
func (f folder) checkOwner() error {
	for _, path := range []string{f.path, f.cluster()} {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the database's folder: %w", err)
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner != f.account.uid {
			return fmt.Errorf("%s belongs to uid %d and not to uid %d, which the database runs under: start the program as its owner, or give the folder away with chown -R", path, owner, f.account.uid)
		}
	}
	return nil
}

// lock takes the folder for one program, until the file is closed or the program
// dies. The error is ErrRunning when another one has it.
func (f folder) lock(ctx context.Context) (*os.File, error) {
	file, err := os.OpenFile(f.file("lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database's lock: %w", err)
	}
	for range lockTries {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(lockPause):
		}
	}
	if err == nil {
		// Not ready from here on, whatever a crash left in it.
		err = errors.Join(f.account.own(file.Name()), file.Truncate(0))
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrRunning
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// supervised reports whether a program holds the folder, and whether its
// database is ready for others.
func (f folder) supervised() (held, ready bool) {
	file, err := os.Open(f.file("lock"))
	if err != nil {
		return false, false
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return false, false
	}
	content, err := os.ReadFile(file.Name())
	return true, err == nil && string(content) == lockReady
}

// socketFolder returns where the socket goes: the folder itself, or a short one
// that only the account can enter when the address would not fit a socket or
// could not be written in a URL or setting. previous is the last start's.
func (f folder) socketFolder(previous string, log *slog.Logger) (string, error) {
	if fitsSocket(f.path) {
		return f.path, nil
	}
	if info, err := os.Lstat(previous); err == nil && isShort(previous) && info.IsDir() &&
		info.Sys().(*syscall.Stat_t).Uid == f.account.uid && info.Mode().Perm() == 0o700 {
		return previous, nil
	}
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		if !fitsSocket(filepath.Join(parent, shortFolder+"0123456789")) || f.account.barrier(parent) != "" {
			continue
		}
		short, err := os.MkdirTemp(parent, shortFolder)
		if err != nil {
			return "", fmt.Errorf("make a short folder for the database's socket: %w", err)
		}
		log.Warn("the path of the data folder does not fit a Unix socket, so the database's socket is in a short private folder",
			"data_folder", f.path, "socket_folder", short)
		return short, f.account.own(short)
	}
	return "", errors.New("the data folder's path is too long for a Unix socket, and so is the temporary folder's: choose a shorter DATA_DIR")
}

// fitsSocket also refuses commas, which separate hosts in libpq and folders in
// unix_socket_directories, and quotes.
func fitsSocket(folder string) bool {
	return len(folder)+len("/"+socketFile) <= socketLimit && !strings.ContainsAny(folder, `,"`)
}

// isShort reports whether a socket's folder is one that socketFolder made.
func isShort(folder string) bool { return strings.HasPrefix(filepath.Base(folder), shortFolder) }

// major returns the version that made the cluster, 0 when there is none yet.
func (f folder) major() (int, error) {
	content, err := os.ReadFile(filepath.Join(f.cluster(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(f.cluster()); err == nil {
			return 0, fmt.Errorf("%s is not a Postgres data folder (it holds no PG_VERSION): move it away, or restore it from a backup", f.cluster())
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	return version, nil
}
