package password_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/password"
)

// cheap is what a hash of these tests costs.
var cheap = password.Cost{MemoryKiB: 64, Iterations: 1, Threads: 1}

func TestAHashIsMadeAnewWhenItsCostHasRisenAndNeverWhenItFell(t *testing.T) {
	t.Parallel()
	middle := password.Cost{MemoryKiB: 128, Iterations: 2, Threads: 1}
	hash, err := password.NewHasher(middle).Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("the settings are not used: %s", hash)
	}
	for today, outdated := range map[password.Cost]bool{
		middle: false,
		{MemoryKiB: 256, Iterations: 2, Threads: 1}:  true,
		{MemoryKiB: 128, Iterations: 3, Threads: 1}:  true,
		{MemoryKiB: 128, Iterations: 2, Threads: 2}:  true,
		{MemoryKiB: 64, Iterations: 2, Threads: 1}:   false,
		{MemoryKiB: 128, Iterations: 1, Threads: 1}:  false,
		{MemoryKiB: 128, Iterations: 1, Threads: 4}:  false,
		{MemoryKiB: 1024, Iterations: 1, Threads: 1}: true,
	} {
		hasher := password.NewHasher(today)
		if hasher.Outdated(hash) != outdated {
			t.Errorf("at %+v: outdated %v", today, !outdated)
		}
		if matches, err := hasher.Matches(t.Context(), "correct horse battery", hash); !matches || err != nil {
			t.Errorf("at %+v it no longer matches: %v", today, err)
		}
	}
}

func TestHazard005AnUnknownPersonNeverMatches(t *testing.T) {
	t.Parallel()
	if matches, err := password.NewHasher(cheap).Matches(t.Context(), "", ""); matches || err != nil {
		t.Errorf("%v %v", matches, err)
	}
}

func TestAStoredHashThatIsNoneIsAnErrorAndNoPanic(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=0$AAAA$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$argon2id$v=19$m=64,t=1,p=1$*$AAAA", "$argon2id$v=19$m=64$AAAA$AAAA",
	} {
		if matches, err := password.NewHasher(cheap).Matches(t.Context(), "x", hash); matches || err == nil {
			t.Errorf("%s: %v %v", hash, matches, err)
		}
	}
}

func TestHazard007WhoCannotWaitForASlotIsToldToComeBack(t *testing.T) {
	t.Parallel()
	hasher := password.NewHasher(cheap)
	gone, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	free := hasher.FillSlots()
	if _, err := hasher.Hash(gone, "correct horse battery"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	free()
	if _, err := hasher.Hash(t.Context(), "correct horse battery"); err != nil {
		t.Errorf("after that: %v", err)
	}
}
