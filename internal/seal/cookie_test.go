package seal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/seal"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestASealedCookieOpensUntilItExpires(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	value := keys.SealCookie("invite link", []byte("/invite/abc"), noon.Add(time.Minute))
	if strings.ContainsAny(value, "=;, \"\\") {
		t.Errorf("%q cannot stand in a cookie", value)
	}
	payload, err := keys.OpenCookie("invite link", value, noon.Add(59*time.Second))
	if err != nil || string(payload) != "/invite/abc" {
		t.Errorf("before its end: %q, %v", payload, err)
	}
	if _, err := keys.OpenCookie("invite link", value, noon.Add(time.Minute)); !errors.Is(err, seal.ErrExpired) {
		t.Errorf("at its end: got %v, want ErrExpired", err)
	}
}

func TestACookieForAnotherPurposeOrFromAStrangerDoesNotOpen(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	value := keys.SealCookie("invite link", []byte("/invite/abc"), noon.Add(time.Minute))
	if _, err := keys.OpenCookie("toast", value, noon); !errors.Is(err, seal.ErrNotGenuine) {
		t.Errorf("another purpose: got %v, want ErrNotGenuine", err)
	}
	for _, forged := range []string{"", "x", "%00", strings.Repeat("A", 5000), value[:len(value)-1], value + "A", "\x00"} {
		if payload, err := keys.OpenCookie("invite link", forged, noon); err == nil {
			t.Errorf("the forged cookie %.20q opened: %q", forged, payload)
		}
	}
}
