package server_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"frontdesk/internal/testkit/clinic"
)

// A window that is closed says nothing but that its connection ends: it is let go at once,
// and not when something is next written to it, which is an hour away here.
func TestStreamsWhoseReadersVanishAreNotHeld(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, beatingEvery(time.Hour))
	ctx, vanish := context.WithCancel(t.Context())
	defer vanish()
	streams := []*stream{}
	for _, slug := range []string{"alfa", "beta", "gama"} {
		of := world.Clinic(slug)
		for _, browser := range []*clinic.Browser{of.SignInOwner(), of.SignInStaff()} {
			for range 8 {
				streams = append(streams, follow(ctx, t, browser))
			}
		}
	}
	admin := world.SuperAdmin()
	streams = append(streams, follow(ctx, t, admin), follow(t.Context(), t, admin))
	if held := streamsHeld(t, world); held != "50" {
		t.Fatalf("%s streams are held", held)
	}
	vanish()
	waiting, giveUp := context.WithTimeout(t.Context(), bound)
	defer giveUp()
	eventually(waiting, t, "the stream that is still read is held alone", func() bool { return streamsHeld(t, world) == "1" })
	execute(t, world.Database, sql("delete from sessions"))
	streams[len(streams)-1].assertEnds("the one that is still read")
}

var streamsMetric = regexp.MustCompile(`(?m)^frontdesk_streams (\d+)$`)

// streamsHeld is what a monitor is told of the copy's open streams.
func streamsHeld(t *testing.T, world *clinic.World) string {
	t.Helper()
	found := streamsMetric.FindSubmatch(world.Browser().Get("/metrics").Body)
	if found == nil {
		t.Fatal("monitors are not told how many streams are open")
	}
	return string(found[1])
}
