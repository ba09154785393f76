package testkit

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// CorpusMessage is a message of the mail corpus.
type CorpusMessage struct {
	Name string
	// Raw is the message with lines that end in CRLF, as mail servers hold it.
	Raw []byte
}

// corpusDirectories are the folders of the library and of this module. The compiler's
// own paths would not do: builds trim them.
var corpusDirectories = sync.OnceValues(func() ([]string, error) {
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2", "frontdesk").Output()
	return strings.Fields(string(output)), err
})

// MailCorpus returns over a hundred messages of every make-up: those that the
// mail library enmime carries for its own tests, read from the module cache,
// and our own hostile ones, and those that were once read wrong, in
// internal/mail/testdata.
func MailCorpus(t testing.TB) []CorpusMessage {
	t.Helper()
	directories, err := corpusDirectories()
	if err != nil || len(directories) != 2 {
		t.Fatalf("find the mail corpus: %v, %v", directories, err)
	}
	library, module := directories[0], directories[1]
	var corpus []CorpusMessage
	for _, pattern := range []string{
		filepath.Join(library, "testdata/*/*.raw"),
		filepath.Join(library, "dsn/testdata/*.raw"),
		filepath.Join(module, "internal/mail/testdata/*.eml"),
		filepath.Join(module, "internal/mail/testdata/cases/*.eml"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("the mail corpus has nothing at %s: %v", pattern, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("read the mail corpus: %v", err)
			}
			corpus = append(corpus, CorpusMessage{Name: filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file), Raw: withCRLF(raw)})
		}
	}
	return corpus
}

// withCRLF gives every line the ending that mail has on the wire.
func withCRLF(raw []byte) []byte {
	lines := bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n"))
}
