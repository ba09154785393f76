package seal_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/seal"
)

func TestKeysAreMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, err := seal.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := seal.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(first.Seal([]byte("secret"), column()), column()); err != nil {
		t.Errorf("the second start has other keys: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret_keys"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's permissions are %o, want 600", info.Mode().Perm())
	}
}

func TestProcessesThatStartAtOnceShareTheirKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rings := make([]*seal.Ring, 40)
	var starts sync.WaitGroup
	for i := range rings {
		starts.Go(func() {
			made, err := seal.LoadOrCreate(dir)
			if err != nil {
				t.Error(err)
			}
			rings[i] = made
		})
	}
	starts.Wait()
	if t.Failed() {
		return
	}
	sealed := rings[0].Seal([]byte("secret"), column())
	for i, other := range rings {
		if _, err := other.Open(sealed, column()); err != nil {
			t.Errorf("process %d has other keys: %v", i, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("drafts are left behind: %v, %v", left, err)
	}
}

func TestAFileOfKeysThatIsBrokenOrOpenToOthersStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"empty":          {"", 0o600, "no keys"},
		"cut":            {encodedKey(1, 20) + "\n", 0o600, "key 1 has 20 bytes"},
		"open to others": {encodedKey(1, seal.KeySize) + "\n", 0o644, "may be read by other users"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "secret_keys")
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.LoadOrCreate(dir)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want the path and %q", name, err, c.want)
		}
		after, err := os.ReadFile(path)
		if err != nil || string(after) != c.content {
			t.Errorf("%s: the file was changed", name)
		}
	}
}
