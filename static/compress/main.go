// Command compress puts beside each file of a folder that is text what browsers are sent
// of it: FILE.br and FILE.gz. It is not the front end's own build that does this, since
// the same bytes must come of the same source everywhere: Node's zlib is the machine's,
// and these libraries stand in go.mod.
//
//	go run ./static/compress static/dist
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// text are the ends of the names of what is worth compressing; pictures and fonts are
// compressed already.
var text = []string{".css", ".js", ".svg"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: compress folder")
		os.Exit(2)
	}
	if err := compressFolder(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "compress:", err)
		os.Exit(1)
	}
}

func compressFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !slices.Contains(text, filepath.Ext(entry.Name())) {
			continue
		}
		if err := compressFile(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func compressFile(name string) error {
	plain, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for end, open := range map[string]func(io.Writer) (io.WriteCloser, error){".br": openBrotli, ".gz": openGzip} {
		var small bytes.Buffer
		writer, err := open(&small)
		if err != nil {
			return err
		}
		if _, err := writer.Write(plain); err != nil {
			return err
		}
		if err := writer.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(name+end, small.Bytes(), 0o644); err != nil { //nolint:gosec // served to everybody
			return err
		}
	}
	return nil
}

func openBrotli(to io.Writer) (io.WriteCloser, error) {
	return brotli.NewWriterLevel(to, brotli.BestCompression), nil
}

func openGzip(to io.Writer) (io.WriteCloser, error) {
	return gzip.NewWriterLevel(to, gzip.BestCompression)
}
