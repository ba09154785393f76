package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/seal"
)

// encodedKey returns a key of the length, made of one repeated byte.
func encodedKey(fill byte, size int) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, size))
}

func ring(t *testing.T, fills ...byte) *seal.Ring {
	t.Helper()
	var keys []string
	for _, fill := range fills {
		keys = append(keys, encodedKey(fill, seal.KeySize))
	}
	parsed, err := seal.Parse(strings.Join(keys, ","))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func column() seal.AssociatedData {
	return seal.AAD(uuid.MustParse("018f0000-0000-7000-8000-000000000001"), "mailboxes",
		uuid.MustParse("018f0000-0000-7000-8000-000000000002"), "imap_password")
}

func TestASealedValueOpensInItsPlace(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	for _, plain := range []string{"", "correct horse", strings.Repeat("ș", 10_000), "\x00"} {
		opened, err := keys.Open(keys.Seal([]byte(plain), column()), column())
		if err != nil || string(opened) != plain {
			t.Errorf("opened %q (%v), want %q", opened, err, plain)
		}
	}
}

func TestTheSameValueNeverSealsTheSameTwice(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	if bytes.Equal(keys.Seal([]byte("x"), column()), keys.Seal([]byte("x"), column())) {
		t.Error("two seals of one value are equal: equal secrets would show in a dump")
	}
}

func TestHazard067ASealedValueMovedToAnotherPlaceDoesNotOpen(t *testing.T) {
	t.Parallel()
	tenant, row := uuid.New(), uuid.New()
	keys := ring(t, 1)
	sealed := keys.Seal([]byte("secret"), seal.AAD(tenant, "mailboxes", row, "imap_password"))
	if bytes.Contains(sealed, []byte("secret")) {
		t.Fatal("the plain text stands in the sealed value")
	}
	for name, moved := range map[string]seal.AssociatedData{
		"another tenant":    seal.AAD(uuid.New(), "mailboxes", row, "imap_password"),
		"another row":       seal.AAD(tenant, "mailboxes", uuid.New(), "imap_password"),
		"another table":     seal.AAD(tenant, "users", row, "imap_password"),
		"another column":    seal.AAD(tenant, "mailboxes", row, "smtp_password"),
		"tenant and row":    seal.AAD(row, "mailboxes", tenant, "imap_password"),
		"nowhere":           {},
		"letters moved":     seal.AAD(tenant, "mailboxesi", row, "map_password"),
		"an emptied column": seal.AAD(tenant, "mailboxes", row, ""),
	} {
		if _, err := keys.Open(sealed, moved); !errors.Is(err, seal.ErrNotGenuine) {
			t.Errorf("%s: got %v, want ErrNotGenuine", name, err)
		}
	}
}

func TestAChangedOrCutValueDoesNotOpen(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	sealed := keys.Seal([]byte("secret"), column())
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := keys.Open(changed, column()); err == nil {
			t.Errorf("a value with byte %d changed opened", i)
		}
		if _, err := keys.Open(sealed[:i], column()); err == nil {
			t.Errorf("the first %d bytes of a value opened", i)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	before, during, after := ring(t, 1), ring(t, 2, 1), ring(t, 2)
	old := before.Seal([]byte("secret"), column())
	if opened, err := during.Open(old, column()); err != nil || string(opened) != "secret" {
		t.Errorf("an old value under the rotated ring: %q, %v", opened, err)
	}
	if _, err := after.Open(old, column()); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("an old value after its key was dropped: got %v, want ErrUnknownKey", err)
	}
	if _, err := after.Open(during.Seal([]byte("secret"), column()), column()); err != nil {
		t.Errorf("a new value is not sealed with the newest key: %v", err)
	}
	mac := before.MAC("cursor", []byte("data"))
	if !during.VerifyMAC("cursor", []byte("data"), mac) {
		t.Error("an old hash is not accepted while its key is in the ring")
	}
	if after.VerifyMAC("cursor", []byte("data"), mac) {
		t.Error("an old hash is accepted after its key was dropped")
	}
}

func TestAMACIsGoodForItsPurposeAndDataOnly(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	mac := keys.MAC("cursor", []byte("data"))
	if len(mac) != 32 || !keys.VerifyMAC("cursor", []byte("data"), mac) {
		t.Fatalf("the hash %x does not verify", mac)
	}
	if keys.VerifyMAC("csrf", []byte("data"), mac) || keys.VerifyMAC("cursor", []byte("datb"), mac) || keys.VerifyMAC("cursor", []byte("data"), nil) {
		t.Error("a hash verifies for another purpose, other data, or empty")
	}
}

func TestMalformedKeysAreRefusedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	good := encodedKey(7, seal.KeySize)
	for name, c := range map[string]struct{ keys, want string }{
		"none":       {"", "SECRET_KEYS: key 1 has 0 bytes"},
		"not base64": {good + ",!!!", "SECRET_KEYS: key 2 is not base64"},
		"too short":  {encodedKey(7, 16), "SECRET_KEYS: key 1 has 16 bytes, not 32"},
		"too long":   {encodedKey(7, 33), "SECRET_KEYS: key 1 has 33 bytes, not 32"},
		"twice":      {good + "," + good, "SECRET_KEYS: key 2 is in the list twice"},
		"a comma":    {good + ",", "SECRET_KEYS: key 2 has 0 bytes"},
	} {
		_, err := seal.Parse(c.keys)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), good) {
			t.Errorf("%s: the error shows a key", name)
		}
	}
}
