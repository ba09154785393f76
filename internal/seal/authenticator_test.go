package seal_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"frontdesk/internal/seal"
)

// ringOf is a ring of keys that consist of one byte each.
func ringOf(t *testing.T, bytesOf ...byte) *seal.Ring {
	t.Helper()
	var keys string
	for n, b := range bytesOf {
		if n > 0 {
			keys += ","
		}
		keys += base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, seal.KeySize))
	}
	ring, err := seal.Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestATagStandsForItsTextPurposeAndKeyOnly(t *testing.T) {
	t.Parallel()
	old, both, other := ringOf(t, 1), ringOf(t, 2, 1), ringOf(t, 3)
	text := []byte("a session")
	tag := old.Authenticator("session").Tag(text)
	if len(tag) != seal.TagSize || !bytes.HasPrefix(tag, old.Authenticator("session").NewestID()) {
		t.Fatalf("a tag is %x", tag)
	}
	for name, check := range map[string]struct {
		by        *seal.Authenticator
		text, tag []byte
		want      seal.Standing
	}{
		"the key that made it":        {old.Authenticator("session"), text, tag, seal.Genuine},
		"a ring with a newer key":     {both.Authenticator("session"), text, tag, seal.Older},
		"a ring without the key":      {other.Authenticator("session"), text, tag, seal.Forged},
		"another purpose":             {old.Authenticator("invite"), text, tag, seal.Forged},
		"another text":                {old.Authenticator("session"), []byte("a sessiom"), tag, seal.Forged},
		"no tag":                      {old.Authenticator("session"), text, nil, seal.Forged},
		"a cut one":                   {old.Authenticator("session"), text, tag[:len(tag)-1], seal.Forged},
		"the key's id and no more":    {old.Authenticator("session"), text, tag[:8], seal.Forged},
		"another key's id over it":    {both.Authenticator("session"), text, append(both.Authenticator("session").NewestID(), tag[8:]...), seal.Forged},
		"a bit of it":                 {old.Authenticator("session"), text, flipped(tag, len(tag)-1), seal.Forged},
		"a bit of the key's id of it": {old.Authenticator("session"), text, flipped(tag, 0), seal.Forged},
	} {
		if got := check.by.Check(check.text, check.tag); got != check.want {
			t.Errorf("%s: %d, want %d", name, got, check.want)
		}
	}
}

func flipped(tag []byte, at int) []byte {
	changed := bytes.Clone(tag)
	changed[at] ^= 1
	return changed
}
