package session_test

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

const wrong = "not the password"

// later makes so many seconds pass for who failed.
const later = "update sign_in_failures set last_failed_at = last_failed_at - make_interval(secs => $1), locked_until = locked_until - make_interval(secs => $1)"

func TestHazard006AfterFiveFailuresOneWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	world := limited(t)
	alfa := world.Clinic("alfa")
	browser := world.Browser()
	var said *clinic.Answer
	for n := range 5 {
		said = from(browser, fmt.Sprintf("198.51.100.%d", n), alfa.Staff.Email, wrong)
	}
	locked := from(browser, "198.51.100.9", alfa.Staff.Email, clinic.Password)
	if locked.Status != http.StatusUnprocessableEntity || locked.Masked() != said.Masked() {
		t.Fatalf("the right password during the wait: %d, as after a wrong one: %v", locked.Status, locked.Masked() == said.Masked())
	}
	world.Database.Execute(t, later, 25)
	if status := from(browser, "198.51.100.9", alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("after 25 seconds: %d", status)
	}
	world.Database.Execute(t, later, 6)
	from(browser, "198.51.100.9", alfa.Staff.Email, wrong)
	world.Database.Execute(t, later, 31)
	if status := from(browser, "198.51.100.9", alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("31 seconds after the sixth failure: %d", status)
	}
	world.Database.Execute(t, later, 30)
	if status := from(browser, "198.51.100.9", alfa.Staff.Email, clinic.Password).Status; status != http.StatusSeeOther {
		t.Errorf("61 seconds after the sixth failure: %d", status)
	}
	if n := recorded(t, world, "session_fail", alfa.Staff.ID); n != 6 {
		t.Errorf("%d failures recorded", n)
	}
	if n := recorded(t, world, "session_lock", alfa.Staff.ID); n != 2 {
		t.Errorf("%d locks recorded", n)
	}
	if n := world.Database.Count(t, "select count(*) from sign_in_failures where subject_kind = 'email'"); n != 0 {
		t.Error("a right password did not forget the failures")
	}
}

func TestHazard006TheWaitEndsAtFifteenMinutesAndAfterAQuietHourAllIsForgotten(t *testing.T) {
	t.Parallel()
	world := limited(t)
	world.Clinic("alfa")
	browser := world.Browser()
	from(browser, "198.51.100.1", "staff@alfa.example", wrong)
	world.Database.Execute(t, "update sign_in_failures set failures = 40")
	world.Database.Execute(t, later, 14*60)
	if status := from(browser, "198.51.100.2", "staff@alfa.example", clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("after 14 minutes: %d", status)
	}
	world.Database.Execute(t, later, 61)
	from(browser, "198.51.100.2", "staff@alfa.example", wrong)
	world.Database.Execute(t, later, 61*60)
	from(browser, "198.51.100.2", "staff@alfa.example", wrong)
	if n := world.Database.Count(t, "select failures from sign_in_failures where subject_kind = 'email'"); n != 1 {
		t.Errorf("after a quiet hour %d failures", n)
	}
}

func TestHazard006ParallelGuessesAreLookedAtNoOftenerThanOneAfterTheOther(t *testing.T) {
	t.Parallel()
	world := limited(t)
	second := world.Copy(clinic.With(func(c *config.Config) {
		c.RateLimit, c.RateLimitWrites, c.TrustedProxies = true, world.Config.RateLimitWrites, world.Config.TrustedProxies
	}))
	var group sync.WaitGroup
	for n := range 40 {
		browser := []*clinic.World{world, second}[n%2].Browser()
		group.Go(func() {
			if status := from(browser, fmt.Sprintf("198.51.100.%d", n), "nobody@alfa.example", wrong).Status; status != http.StatusUnprocessableEntity {
				t.Errorf("status %d", status)
			}
		})
	}
	group.Wait()
	if n := world.Database.Count(t, "select failures from sign_in_failures where subject_kind = 'email'"); n != 5 {
		t.Errorf("%d of 40 guesses were looked at", n)
	}
	if n := recorded(t, world, "session_lock", uuid.Nil); n != 1 {
		t.Errorf("%d locks recorded", n)
	}
}

func TestHazard006OneAddressThatTriesManyAccountsWaits(t *testing.T) {
	t.Parallel()
	world := limited(t)
	alfa := world.Clinic("alfa")
	browser := world.Browser()
	// Everybody in the same IPv6 network is one.
	for n := range 50 {
		from(browser, fmt.Sprintf("2001:db8:1:2::%x", n+1), fmt.Sprintf("guess%d@alfa.example", n), wrong)
	}
	if status := from(browser, "2001:db8:1:2::ffff", alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("the right password from there: %d", status)
	}
	if status := from(browser, "2001:db8:1:3::1", alfa.Staff.Email, clinic.Password).Status; status != http.StatusSeeOther {
		t.Errorf("from elsewhere: %d", status)
	}
	if n := world.Database.Count(t, "select count(*) from platform_audit_events where action = 'session_lock' and target_kind = 'ip' and target_name = '2001:db8:1:2::/64'"); n != 1 {
		t.Errorf("%d locks recorded", n)
	}
}

func TestRightPasswordsDoNotProlongTheWaitOfAnAddress(t *testing.T) {
	t.Parallel()
	world := limited(t)
	alfa := world.Clinic("alfa")
	const address = "198.51.100.1"
	for n := range 50 {
		from(world.Browser(), address, fmt.Sprintf("guess%d@alfa.example", n), wrong)
	}
	if status := from(world.Browser(), address, alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("during the wait: %d", status)
	}
	world.Database.Execute(t, later, 31)
	for _, person := range []clinic.Person{alfa.Staff, alfa.Owner} {
		if status := from(world.Browser(), address, person.Email, clinic.Password).Status; status != http.StatusSeeOther {
			t.Errorf("%s after the wait: %d", person.Email, status)
		}
	}
	from(world.Browser(), address, "guess@alfa.example", wrong)
	if status := from(world.Browser(), address, alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("after one more guess: %d", status)
	}
}

func TestHazard007AFloodFromOneNetworkOfIPv6AddressesIsOneFlood(t *testing.T) {
	t.Parallel()
	world := limited(t)
	browser := world.Browser()
	last := 0
	for n := range 101 {
		last = from(browser, fmt.Sprintf("2001:db8:1:2::%x", n+1), fmt.Sprintf("guess%d@alfa.example", n), wrong).Status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 101st from one network: %d", last)
	}
	if status := from(browser, "2001:db8:1:3::1", "guess@alfa.example", wrong).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("the first from another: %d", status)
	}
}

func TestHazard006AGoodAccountBuysNoGuessesAtOthers(t *testing.T) {
	t.Parallel()
	world := limited(t)
	alfa := world.Clinic("alfa")
	for n := range 4 {
		from(world.Browser(), "198.51.100.1", fmt.Sprintf("guess%d@alfa.example", n), wrong)
		from(world.Browser(), "198.51.100.1", alfa.Staff.Email, clinic.Password)
	}
	if n := world.Database.Count(t, "select failures from sign_in_failures where subject_kind = 'ip'"); n != 4 {
		t.Errorf("%d failures of the address", n)
	}
}

func TestHazard079TheWaitStandsInPostgresAndHoldsOnEveryCopy(t *testing.T) {
	t.Parallel()
	// Neither copy has Redis: what one counts in memory the other does not know.
	world := limited(t)
	second := world.Copy(clinic.With(func(c *config.Config) { c.RateLimit = true }))
	alfa := world.Clinic("alfa")
	for n := range 5 {
		from(world.Browser(), fmt.Sprintf("198.51.100.%d", n), alfa.Staff.Email, wrong)
	}
	if status := from(second.Browser(), "", alfa.Staff.Email, clinic.Password).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("on the second copy: %d", status)
	}
}

func TestWithLimitsOffNobodyWaits(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	browser := world.Browser()
	for range 7 {
		from(browser, "", alfa.Staff.Email, wrong)
	}
	if status := from(browser, "", alfa.Staff.Email, clinic.Password).Status; status != http.StatusSeeOther {
		t.Errorf("status %d", status)
	}
	if n := recorded(t, world, "session_fail", alfa.Staff.ID); n != 7 {
		t.Errorf("%d failures recorded", n)
	}
}

// credentials are what is typed into the sign-in page.
type credentials struct{ email, password string }

// refused makes somebody for each reason why a sign-in is refused.
func refused(t *testing.T, world *clinic.World) (active *clinic.Clinic, cases map[string]credentials) {
	t.Helper()
	active = world.Clinic("active")
	closed := world.Clinic("closed")
	suspended, deleted, waits, removed := world.Member(active, "Suspended"), world.Member(active, "Deleted"), world.Member(active, "Waits"), world.Member(active, "Removed")
	browser := world.Browser()
	for range 5 {
		from(browser, "", waits.Email, wrong)
	}
	world.Database.Execute(t, "update users set status = 'suspended' where id = $1", suspended.ID)
	world.Database.Execute(t, "update users set status = 'deleted', deleted_at = now() where id = $1", deleted.ID)
	world.Database.Execute(t, "update tenants set status = 'suspended' where id = $1", closed.ID)
	world.Database.Execute(t, "update memberships set status = 'revoked' where user_id = $1", removed.ID)
	return active, map[string]credentials{
		"wrong password": {active.Staff.Email, wrong}, "unknown address": {"nobody@active.example", clinic.Password},
		"suspended": {suspended.Email, clinic.Password}, "deleted": {deleted.Email, clinic.Password}, "removed": {removed.Email, clinic.Password},
		"suspended clinic": {closed.Staff.Email, clinic.Password}, "has to wait": {waits.Email, clinic.Password},
	}
}

// TestHazard005EveryRefusalHashesOnce sees a hash by the memory that it takes: Argon2
// allocates all of it, and nothing else of a sign-in comes near. It runs alone, as
// tests that are not parallel do, since what is counted is the whole process's.
func TestHazard005EveryRefusalHashesOnce(t *testing.T) {
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.RateLimit, c.RateLimitWrites, c.PasswordMemoryKiB = true, 10_000, 64<<10 }))
	hash := uint64(world.Config.PasswordMemoryKiB) << 10
	active, cases := refused(t, world)
	cases["unknown, again"], cases["wrong password, again"] = cases["unknown address"], credentials{active.Owner.Email, wrong}
	browser := world.Browser()
	browser.Token()
	for name, typed := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if status := from(browser, "", typed.email, typed.password).Status; status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took < hash || took > hash+hash/2 {
			t.Errorf("%s took %d MiB, where one hash takes %d", name, took>>20, hash>>20)
		}
	}
}

// TestHazard005… compares what can be seen and what is done: each refusal hashes
// once at the same cost (internal/password), and asks the database as often, but for
// the row that a known person's failure leaves in the log.
func TestHazard005EveryRefusalLooksAndCostsTheSame(t *testing.T) {
	t.Parallel()
	database := testkit.NewDatabase(t)
	line, platformURL := testkit.NewDatabaseProxy(t, database.PlatformURL)
	opened, err := store.Open(t.Context(), store.Config{TenantURL: database.TenantURL, PlatformURL: platformURL, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	world := clinic.Around(t, database, opened, clinic.With(func(c *config.Config) { c.RateLimit, c.RateLimitWrites = true, 10_000 }))
	active, cases := refused(t, world)
	browser := world.Browser()
	from(browser, "", "warm@active.example", wrong)
	from(browser, "", active.Owner.Email, wrong)
	pages, trips := map[string]bool{}, map[string]int64{}
	for name, c := range cases {
		before := line.Trips.Load()
		answer := from(browser, "", c.email, c.password)
		trips[name] = line.Trips.Load() - before
		if answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer.Status)
		}
		if answer.Header.Get("Set-Cookie") != "" || answer.Header.Get("Retry-After") != "" {
			t.Errorf("%s: headers %v", name, answer.Header)
		}
		pages[answer.Masked(c.email)] = true
	}
	if len(pages) != 1 {
		t.Errorf("%d different pages", len(pages))
	}
	counts := slices.Sorted(maps.Values(trips))
	if counts[len(counts)-1]-counts[0] > 1 {
		t.Errorf("round trips %v", trips)
	}
}

func TestHazard007AHundredSignInsWaitForSlotsAndPagesDoNot_Slow(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.PasswordMemoryKiB, c.PasswordIterations = 19<<10, 4 }))
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	var ended atomic.Int32
	var group sync.WaitGroup
	for range 100 {
		browser := world.Browser()
		browser.Token()
		group.Go(func() {
			defer ended.Add(1)
			switch answer := from(browser, "", "nobody@alfa.example", wrong); answer.Status {
			case http.StatusUnprocessableEntity:
			case http.StatusServiceUnavailable:
				if answer.Header.Get("Retry-After") == "" {
					t.Error("503 without Retry-After")
				}
			default:
				t.Errorf("status %d", answer.Status)
			}
		})
	}
	for range 5 {
		if status := staff.Get("/clients").Status; status != http.StatusOK {
			t.Errorf("a page meanwhile: %d", status)
		}
	}
	if n := ended.Load(); n > 90 {
		t.Errorf("the pages waited until %d sign-ins had ended", n)
	}
	group.Wait()
}
