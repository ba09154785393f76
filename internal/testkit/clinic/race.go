package clinic

import (
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// Patient is for races on a slow machine: a racer that gives up proves nothing.
var Patient = store.Patience{Lock: 30 * time.Second, Statement: 30 * time.Second, Transaction: time.Minute, Acquire: 30 * time.Second}

// Racing starts two copies of the program on one database, each with connections
// enough for racers to meet in the database, and patient.
func Racing(t testing.TB, options ...Option) [2]*World {
	t.Helper()
	database := testkit.NewDatabase(t)
	first := Around(t, database, wide(t, database), options...)
	return [2]*World{first, Around(t, database, wide(t, database), append(options, Keys(first.Keys))...)}
}

func wide(t testing.TB, database testkit.Database) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), store.Config{
		TenantURL: database.TenantURL, PlatformURL: database.PlatformURL, PoolSize: 12,
		Patience: Patient,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// Rounds is how often a race is run: 20 times in the ordinary tests, which should
// not take long, and as often as TEST_RACE_ROUNDS says in `make race`, 200 times.
func Rounds(t testing.TB) int {
	t.Helper()
	rounds, err := strconv.Atoi(os.Getenv("TEST_RACE_ROUNDS"))
	if err != nil {
		return 20
	}
	return rounds
}

// SubmitFive sends the form that stands below the list's path five times at once, as an
// impatient hand does, and fails unless all are answered with one address.
func SubmitFive(t testing.TB, browser *Browser, path string, fields url.Values) {
	t.Helper()
	fields.Set("_idempotency_key", browser.Get(path+"/new").Value(`main input[name="_idempotency_key"]`))
	browser.Token()
	locations := make([]string, 5)
	Race(len(locations), func(racer int) int {
		answer := browser.Post(path, fields)
		locations[racer] = answer.Location()
		return answer.Status
	})
	if first := locations[0]; first == "" || slices.ContainsFunc(locations, func(at string) bool { return at != first }) {
		t.Errorf("the answers lead to %q", locations)
	}
}

// Race lets the racers go at once, and counts the statuses that they come back with.
func Race(racers int, run func(racer int) (status int)) map[int]int {
	start, statuses := make(chan struct{}), make([]int, racers)
	var group sync.WaitGroup
	for racer := range racers {
		group.Go(func() {
			<-start
			statuses[racer] = run(racer)
		})
	}
	close(start)
	group.Wait()
	counted := map[int]int{}
	for _, status := range statuses {
		counted[status]++
	}
	return counted
}
