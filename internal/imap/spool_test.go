package imap

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// large is a message of so many bytes that has come into a file.
func large(t *testing.T, bytes int64) *Message {
	t.Helper()
	spooled, err := newSpool(zeros{}, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return &Message{spooled: spooled}
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { clear(into); return len(into), nil }

func TestOneLargeMessageIsInMemoryAtATime(t *testing.T) {
	t.Parallel()
	first, second, small := large(t, 20<<20), large(t, 20<<20), &Message{Raw: []byte("small")}
	leave, err := enter(t.Context(), first)
	if err != nil || len(first.Raw) != 20<<20 {
		t.Fatalf("%d bytes, %v", len(first.Raw), err)
	}
	if leaveSmall, err := enter(t.Context(), small); err != nil || string(small.Raw) != "small" {
		t.Errorf("a small one beside it: %v", err)
	} else {
		leaveSmall()
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := enter(over, second); !errors.Is(err, ErrNoRoom) || second.Raw != nil {
		t.Errorf("a second large one: %d bytes, %v", len(second.Raw), err)
	}
	leave()
	third := large(t, 20<<20)
	leave, err = enter(t.Context(), third)
	if err != nil {
		t.Fatal(err)
	}
	leave()
}

func TestALargeMessageWaitsInAFileWithoutAName(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("A line.\r\n"), batchBytes/9+1)
	came, err := readContent(bytes.NewReader(content), int64(len(content)))
	if err != nil || came.spool == nil || came.raw != nil {
		t.Fatalf("%+v, %v", came, err)
	}
	if named, err := filepath.Glob(filepath.Join(os.TempDir(), filepath.Base(came.spool.file.Name()))); err != nil || len(named) > 0 {
		t.Errorf("it is at %v, %v", named, err)
	}
	if header := came.header(); !bytes.Equal(header, content[:headerBytes]) {
		t.Errorf("its beginning is %d bytes", len(header))
	}
	if _, err := readContent(strings.NewReader("cut"), batchBytes+1); err == nil || errors.Is(err, ErrSpool) {
		t.Errorf("one that is cut: %v", err)
	}
}
