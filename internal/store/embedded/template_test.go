package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// template is a stopped cluster that tests copy: initdb costs a second of
// processor time, a copy a tenth. The last test that uses it removes it.
var template struct {
	mutex  sync.Mutex
	users  int
	folder string
}

// madeFolder is workFolder with a DATA_DIR that holds a stopped cluster.
func madeFolder(t *testing.T) string {
	t.Helper()
	dataDir := workFolder(t)
	if output, err := exec.CommandContext(t.Context(), "cp", "-a", takeTemplate(t), dataDir).CombinedOutput(); err != nil {
		t.Fatalf("copy the template: %v: %s", err, output)
	}
	return dataDir
}

// takeTemplate returns the DATA_DIR/postgres to copy.
func takeTemplate(t *testing.T) string {
	t.Helper()
	template.mutex.Lock()
	defer template.mutex.Unlock()
	if template.users == 0 {
		makeTemplate(t)
	}
	template.users++
	t.Cleanup(func() {
		template.mutex.Lock()
		defer template.mutex.Unlock()
		if template.users--; template.users == 0 {
			if err := os.RemoveAll(template.folder); err != nil {
				t.Error(err)
			}
		}
	})
	return filepath.Join(template.folder, folderName)
}

func makeTemplate(t *testing.T) {
	t.Helper()
	folder, err := os.MkdirTemp("", "embedded-test-")
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := Start(t.Context(), folder, testLog(t))
	if err == nil {
		err = cluster.Stop(context.Background())
	}
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(folder)))
	}
	template.folder = folder
}
