package mail

import (
	"slices"
	"strings"
	"testing"
)

// Of a text that is longer than what is shown no letter is cut in decoding the rest of it.
func TestALongTextIsFlaggedForItsLengthAlone(t *testing.T) {
	t.Parallel()
	for charset, line := range map[string]string{
		"utf-8": "Ș\r\n", "shift_jis": "\x83\x89\x83\x8f\r\n", "iso-2022-jp": "\x1b$B$\"\x1b(B\r\n", "utf-16le": "\x15\x20\x0d\x00\x0a\x00",
	} {
		raw := "From: a@x.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\nContent-Type: text/plain; charset=" + charset + "\r\n\r\n" +
			strings.Repeat(line, (decodedBytes+1000)/len(line))
		parsed := Parse([]byte(raw))
		if !slices.Equal(parsed.Broken, []Broken{BrokenTooLong}) || len(parsed.Text) < maxBodyBytes-10 {
			t.Errorf("%s: %v, and %d bytes of text", charset, parsed.Broken, len(parsed.Text))
		}
	}
}
