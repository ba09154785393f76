package server_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

// asked is one request of those who never stop asking.
type asked struct {
	client, status int
	// before and after are the phase when it began and when it was answered. The phase
	// is odd from when a suspension was confirmed until its end is asked for.
	before, after int64
}

func TestHazard003RaceNoRequestThatBeginsAfterASuspensionIsAnswered(t *testing.T) {
	t.Parallel()
	const clients = 8
	rounds := clinic.Rounds(t)
	first := clinic.New(t)
	second := first.Copy()
	staff, admin := peopleAt(t, first, "alfa").staff, first.SuperAdmin()
	change := func(transition string) {
		answer := admin.Post("/admin/tenants/"+staff.TenantID.String()+"/"+transition, url.Values{"reason": {"one round of the race"}})
		if answer.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d", transition, answer.Status)
		}
	}
	var phase atomic.Int64
	var asking sync.WaitGroup
	answers, stop := make(chan asked), make(chan struct{})
	defer asking.Wait()
	defer close(stop)
	for client := range clients {
		browser := []*clinic.World{first, second}[client%2].Enter(staff)
		asking.Go(func() {
			for {
				before := phase.Load()
				answer := asked{client: client, status: browser.Get("/clients").Status, before: before, after: phase.Load()}
				select {
				case answers <- answer:
				case <-stop:
					return
				}
			}
		})
	}
	served, turnedAway := 0, 0
	// everybody waits until each client has had a whole request in this phase.
	everybody := func(wanted int) (others int) {
		seen := map[int]bool{}
		for len(seen) < clients {
			answer := <-answers
			if answer.before != phase.Load() || answer.after != answer.before {
				continue
			}
			seen[answer.client] = true
			if answer.status != wanted {
				others++
			}
		}
		return others
	}
	for range rounds {
		if others := everybody(http.StatusOK); others > 0 {
			t.Fatalf("of an active clinic's requests %d were refused", others)
		}
		served += clients
		change("suspension")
		phase.Add(1)
		if others := everybody(http.StatusSeeOther); others > 0 {
			t.Fatalf("after the suspension %d requests were answered", others)
		}
		turnedAway += clients
		phase.Add(1)
		change("activation")
		// A request that began between the two may have been refused.
		phase.Add(2)
	}
	t.Logf("%d rounds on two copies: at least %d requests were answered while the clinic was active, and %d turned away while it was not", rounds, served, turnedAway)
}
