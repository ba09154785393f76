package appointment_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// crowdedPractice has a pool of so many connections.
func crowdedPractice(t *testing.T, poolSize int) *practice {
	t.Helper()
	database := testkit.NewDatabase(t)
	opened, err := store.Open(t.Context(), store.Config{
		TenantURL: database.TenantURL, PlatformURL: database.PlatformURL, PoolSize: poolSize,
		Patience: clinic.Patient,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return practiceIn(t, clinic.Around(t, database, opened, clinic.At(morning)), "alfa")
}

// race sends the posts at once and counts the answers by status.
func race(browser *clinic.Browser, posts []post) map[int]int {
	browser.Token()
	var (
		statuses = map[int]int{}
		mu       sync.Mutex
		ended    sync.WaitGroup
		start    = make(chan struct{})
	)
	for _, sent := range posts {
		ended.Go(func() {
			<-start
			status := browser.Post(sent.path, sent.fields).Status
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	close(start)
	ended.Wait()
	return statuses
}

type post struct {
	path   string
	fields url.Values
}

func TestHazard097OfTwoHundredOverlappingBookingsOneSucceeds(t *testing.T) {
	t.Parallel()
	for _, poolSize := range []int{2, 10} {
		p := crowdedPractice(t, poolSize)
		hour := p.addService("An hour", 60, 0, 0).String()
		var posts []post
		for i := range 200 {
			clock := []string{"10:00", "10:10", "10:20", "09:45"}[i%4]
			posts = append(posts, post{"/appointments", with(p.fields(clock), "service_id", hour)})
		}
		statuses := race(p.browser, posts)
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 199 || p.count() != 1 {
			t.Errorf("pool of %d: %v, %d rows", poolSize, statuses, p.count())
		}
	}
}

func TestHazard097OfTwentyRacersForOneSlotOneGetsIt(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	var posts []post
	for range 20 {
		posts = append(posts, post{"/appointments", p.fields("09:00")})
	}
	if statuses := race(p.browser, posts); statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("%v", statuses)
	}
}

func TestHazard097NeighboursInTimeOtherProvidersAndOtherClinicsDoNotMeet(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.At(morning))
	alfa, beta := practiceIn(t, world, "alfa"), practiceIn(t, world, "beta")
	alfa.book(alfa.fields("10:00"))
	alfa.book(alfa.fields("10:30"))
	alfa.book(alfa.fields("09:30"))
	alfa.book(with(alfa.fields("10:00"), "provider_id", alfa.addProvider("Dr. Other").String()))
	beta.book(beta.fields("10:00"))
	if answer := alfa.browser.Post("/appointments", alfa.fields("10:15")); answer.Status != http.StatusConflict {
		t.Errorf("an overlap answered %d", answer.Status)
	}
}

func TestHazard097TwoMovesIntoOneSlotLeaveOneThere(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	for range 5 {
		other := p.addProvider("Dr. Moved")
		first, second := p.book(with(p.fields("09:00"), "provider_id", other.String())), p.book(with(p.fields("11:00"), "provider_id", other.String()))
		into := url.Values{"time": {"14:00"}}
		statuses := race(p.browser, []post{{first, into}, {second, into}})
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 1 {
			t.Errorf("%v", statuses)
		}
	}
}

func TestMovesThatSwapProvidersDoNotLockEachOtherOut(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	other := p.addProvider("Dr. Other")
	mine, theirs := p.book(p.fields("09:00")), p.book(with(p.fields("11:00"), "provider_id", other.String()))
	to := func(id uuid.UUID) url.Values { return url.Values{"provider_id": {id.String()}} }
	for round := range 20 {
		statuses := race(p.browser, []post{{mine, to(other)}, {theirs, to(p.provider)}})
		if round%2 == 1 {
			statuses = race(p.browser, []post{{mine, to(p.provider)}, {theirs, to(other)}})
		}
		if statuses[http.StatusSeeOther] != 2 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
	if strings.Contains(p.world.Log.String(), "40P01") {
		t.Error("a deadlock was met")
	}
}

func TestHazard072OneFormSentFiveTimesMakesOneAppointment(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	fields := with(p.fields("10:00"), "_idempotency_key", uuid.NewString())
	var posts []post
	for range 5 {
		posts = append(posts, post{"/appointments", fields})
	}
	if statuses := race(p.browser, posts); statuses[http.StatusSeeOther] != 5 || p.count() != 1 {
		t.Fatalf("%v, %d rows", statuses, p.count())
	}
	if first, again := p.book(fields), p.book(fields); first != again {
		t.Errorf("one key leads to %s and to %s", first, again)
	}
}
