package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileName is the file in DATA_DIR that holds the keys when SECRET_KEYS is
// empty: one a line, newest first.
const fileName = "secret_keys"

// LoadOrCreate returns the keys that stand in dataDir, and makes them at the
// first start. Processes that start at once end up with the same keys. A file
// that other users may read or that cannot be parsed is an error: replacing it
// would lose everything sealed with it.
func LoadOrCreate(dataDir string) (*Ring, error) {
	path := filepath.Join(dataDir, fileName)
	ring, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	if err := create(dataDir, path); err != nil {
		return nil, fmt.Errorf("make secret keys in DATA_DIR: %w", err)
	}
	return load(path)
}

func load(path string) (*Ring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret keys: %w", err)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return nil, fmt.Errorf("%s may be read by other users: run `chmod 600 %s`", path, path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret keys: %w", err)
	}
	ring, err := parse(strings.Fields(string(content)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// create writes a new key beside path, whole and on disk, and then links it to
// path: the link fails when another process was first, so nobody ever reads
// half a file or loses a key.
func create(dataDir, path string) error {
	// The account of the embedded database must reach its own folder in here.
	if err := os.MkdirAll(dataDir, 0o755); err != nil { //nolint:gosec // see above; the file itself is 0600
		return err
	}
	draft, err := os.CreateTemp(dataDir, fileName+".*")
	if err != nil {
		return err
	}
	err = link(draft, path)
	return errors.Join(err, draft.Close(), os.Remove(draft.Name()), syncFolder(dataDir))
}

// link fills the draft with a new key and links it to path.
func link(draft *os.File, path string) error {
	root := make([]byte, KeySize)
	if _, err := rand.Read(root); err != nil {
		return err
	}
	if _, err := draft.WriteString(base64.StdEncoding.EncodeToString(root) + "\n"); err != nil {
		return err
	}
	if err := draft.Sync(); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
