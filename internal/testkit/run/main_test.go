package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/testkit"
)

// part returns a starter whose part notes in stopped that it was stopped.
func part(name string, env []string, stopped chan<- string) starter {
	return starter{name, func(context.Context, string) (*testkit.Part, error) {
		return &testkit.Part{Env: env, Stop: func() { stopped <- name }}, nil
	}}
}

func TestTheCommandGetsThePartsEnvironmentAndGivesItsCode(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		`test "$TEST_PART_URL" = here`: 0,
		`exit 7`:                       7,
		`kill -TERM $$`:                128 + 15,
	} {
		stopped := make(chan string, 1)
		code, err := runWithParts([]starter{part("a", []string{"TEST_PART_URL=here"}, stopped)}, []string{"sh", "-c", script})
		if err != nil || code != want {
			t.Errorf("%s: code %d (%v), want %d", script, code, err, want)
		}
		if len(stopped) != 1 {
			t.Errorf("%s: the part was not stopped", script)
		}
	}
}

func TestAPartThatCannotStartStopsTheOthersAndRunsNothing(t *testing.T) {
	t.Parallel()
	stopped := make(chan string, 1)
	var dir string
	broken := starter{"b", func(_ context.Context, own string) (*testkit.Part, error) {
		dir = own
		return nil, errors.New("no such program")
	}}
	ran := filepath.Join(t.TempDir(), "ran")
	code, err := runWithParts([]starter{part("a", nil, stopped), broken}, []string{"touch", ran})
	if code != 1 || err == nil || !strings.Contains(err.Error(), "the part b did not start: no such program") {
		t.Errorf("code %d, %v", code, err)
	}
	if len(stopped) != 1 {
		t.Error("the other part was not stopped")
	}
	for _, gone := range []string{ran, filepath.Dir(dir)} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is there: %v", gone, err)
		}
	}
}

func TestAnUnknownPartIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := choose("redis,nothing"); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("got %v", err)
	}
	chosen, err := choose("s3,redis")
	if err != nil || len(chosen) != 2 || chosen[0].name != "s3" {
		t.Errorf("chose %v, %v", names(chosen), err)
	}
}
