package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"testing"

	"github.com/andybalholm/brotli"
)

// The first visit to the calendar may load 120 kB; these are the parts of it that
// grow unseen.
func TestTheFrontEndStaysWithinItsBudget(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 24_000, "app.js": 26_000, "favicon.svg": 1_000, "logo.svg": 2_000} {
		compressed, err := fs.ReadFile(Files, "dist/"+name+".br")
		if err != nil {
			t.Fatal(err)
		}
		if size := len(compressed); size == 0 || size > limit {
			t.Errorf("%s has %d bytes in brotli, of %d", name, size, limit)
		}
	}
}

func TestWhatStandsCompressedIsTheFileItself(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"app.css", "app.js", "favicon.svg", "logo.svg"} {
		plain, err := fs.ReadFile(Files, "dist/"+name)
		if err != nil {
			t.Fatal(err)
		}
		for end, open := range map[string]func(io.Reader) (io.Reader, error){
			".br": func(from io.Reader) (io.Reader, error) { return brotli.NewReader(from), nil },
			".gz": func(from io.Reader) (io.Reader, error) { return gzip.NewReader(from) },
		} {
			compressed, err := fs.ReadFile(Files, "dist/"+name+end)
			if err != nil {
				t.Fatal(err)
			}
			reader, err := open(bytes.NewReader(compressed))
			if err != nil {
				t.Fatal(err)
			}
			if unpacked, err := io.ReadAll(reader); err != nil || !bytes.Equal(unpacked, plain) {
				t.Errorf("%s%s is another file, by `make generate` it is made anew (%v)", name, end, err)
			}
		}
	}
}

// The calendar places appointments by these classes, without inline styles.
func TestTheStylesHoldEveryTimeOfADay(t *testing.T) {
	t.Parallel()
	css, err := fs.ReadFile(Files, "dist/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range []string{".at-0{", ".at-287{", ".span-1{", ".span-288{", ".day-from-23{", ".day-until-24{", ".day-columns-12{", ".lanes-4{", ".lane-3{", ".color-teal", ".color-slate"} {
		if !bytes.Contains(css, []byte(class)) {
			t.Errorf("%s is not in app.css", class)
		}
	}
}
