package cache_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/internal/cache"
	"frontdesk/internal/clock"
	"frontdesk/internal/testkit"
)

// A page loses some 75 ms to a Redis that hangs (hazard 77). The bounds tell that
// from waiting for it, on a machine however busy: the client's own patience is
// seconds, and a thousand decisions that each waited would take over a minute.
const (
	patience        = 2 * time.Second
	slowestPatience = 5 * time.Second
)

func connect(t *testing.T, redisURL string) *cache.Connection {
	t.Helper()
	connection, err := cache.Connect(redisURL)
	return closeLater(t, connection, err)
}

// limiter returns a limiter that Redis decides for, however busy the machine is.
func limiter(t *testing.T, redisURL string) *cache.Limiter {
	t.Helper()
	connection, err := cache.ConnectWithin(redisURL, 10*time.Second)
	return cache.NewLimiter(closeLater(t, connection, err), clock.System)
}

func closeLater(t *testing.T, connection *cache.Connection, err error) *cache.Connection {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
	})
	return connection
}

// ask asks the limiter count times side by side and returns how many were
// allowed.
func ask(t *testing.T, l *cache.Limiter, limit cache.Limit, key string, count int) int {
	t.Helper()
	allowed, _ := askTimed(t, l, limit, key, count)
	return allowed
}

// askQuickly is ask for when Redis is in trouble: it fails the test when the
// answers take longer than a page may wait.
func askQuickly(t *testing.T, l *cache.Limiter, limit cache.Limit, key string, count int) int {
	t.Helper()
	allowed, waits := askTimed(t, l, limit, key, count)
	slices.Sort(waits)
	if median, slowest := waits[count/2], waits[count-1]; median > patience || slowest > slowestPatience {
		t.Errorf("%d decisions at once took %s, the slowest %s", count, median, slowest)
	}
	return allowed
}

func askTimed(t *testing.T, l *cache.Limiter, limit cache.Limit, key string, count int) (allowed int, waits []time.Duration) {
	t.Helper()
	decisions, waits := make([]cache.Decision, count), make([]time.Duration, count)
	var asking sync.WaitGroup
	for i := range count {
		asking.Go(func() {
			started := time.Now()
			decisions[i] = l.Allow(t.Context(), limit, key)
			waits[i] = time.Since(started)
		})
	}
	asking.Wait()
	for _, decision := range decisions {
		if decision.Allowed {
			allowed++
		} else if decision.RetryAfter <= 0 || decision.RetryAfter > limit.Per*11/10 {
			t.Errorf("refused with a wait of %s", decision.RetryAfter)
		}
	}
	return allowed, waits
}

func TestHazard078TwoCopiesTogetherAllowNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	redisURL := testkit.RedisURL(t)
	limit := cache.Limit{Name: "writes", Max: 100, Per: time.Hour}
	copies := []*cache.Limiter{limiter(t, redisURL), limiter(t, redisURL)}
	allowed := make([]int, len(copies))
	var both sync.WaitGroup
	for i, l := range copies {
		both.Go(func() { allowed[i] = ask(t, l, limit, "clinic/person", 500) })
	}
	both.Wait()
	if total := allowed[0] + allowed[1]; total != limit.Max {
		t.Errorf("1000 requests to two copies: %v were allowed, want %d together", allowed, limit.Max)
	}
}

func TestHazard078TwoCopiesTogetherAllowNoMoreInAnyStretchOfTheTime(t *testing.T) {
	t.Parallel()
	redisURL := testkit.RedisURL(t)
	limit := cache.Limit{Name: "writes", Max: 10, Per: 500 * time.Millisecond}
	copies := []*cache.Limiter{limiter(t, redisURL), limiter(t, redisURL)}
	var asked []time.Time // before each question that was answered with yes
	turn := 0
	testkit.Eventually(t, "three times as many as the limit were allowed", func() bool {
		before := time.Now()
		turn++ // neither copy alone knows more than half of what was allowed
		if !copies[turn%2].Allow(t.Context(), limit, "clinic/person").Allowed {
			return false
		}
		asked = append(asked, before)
		if n := len(asked) - 1 - limit.Max; n >= 0 {
			if apart := time.Since(asked[n]); apart < limit.Per {
				t.Errorf("%d were allowed within %s", limit.Max+1, apart)
			}
		}
		return len(asked) == 3*limit.Max
	})
}

func TestHazard078PeopleAndClassesHaveLimitsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, redisURL := range map[string]string{"with Redis": testkit.RedisURL(t), "without Redis": ""} {
		l := limiter(t, redisURL)
		reads := cache.Limit{Name: "reads", Max: 2, Per: time.Hour}
		writes := cache.Limit{Name: "writes", Max: 1, Per: time.Hour}
		for i, step := range []struct {
			limit     cache.Limit
			key       string
			allowed   bool
			remaining int
		}{
			{reads, cache.Key("clinic", "ana"), true, 1},
			{reads, cache.Key("clinic", "ana"), true, 0},
			{reads, cache.Key("clinic", "ana"), false, 0},
			{writes, cache.Key("clinic", "ana"), true, 0},
			{writes, cache.Key("clinic", "ana"), false, 0},
			{reads, cache.Key("clinic", "dan"), true, 1},
			{reads, cache.Key("other", "ana"), true, 1},
		} {
			decision := l.Allow(t.Context(), step.limit, step.key)
			if decision.Allowed != step.allowed || decision.Remaining != step.remaining || decision.Degraded {
				t.Errorf("%s, step %d: %+v, want allowed %v, remaining %d", name, i, decision, step.allowed, step.remaining)
			}
		}
	}
}

func TestHazard081PartsOfAKeyDoNotRunTogether(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"a:b"}, {"a", "b"}, {"ab"}, {"a\nb"}, {"a", "", "b"}, {"\x01a"}, {"\x01", "a"},
		{"a:b", "c"}, {"a", "b:c"}, {"a\n", "b"}, {"a", "\nb"}, {strings.Repeat("x", 300)}, {strings.Repeat("x", 299), "x"},
	} {
		key := cache.Key(parts...)
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q give the same key", parts, other)
		}
		seen[key] = parts
	}

	l := limiter(t, testkit.RedisURL(t))
	if !l.Allow(t.Context(), cache.Limit{Name: "a", Max: 1, Per: time.Hour}, "b:c").Allowed ||
		!l.Allow(t.Context(), cache.Limit{Name: "a:b", Max: 1, Per: time.Hour}, "c").Allowed {
		t.Error("the name of a limit and its key run together")
	}
}

func TestOneMoreIsAllowedAfterTheTimeThatWasTold(t *testing.T) {
	t.Parallel()
	l := limiter(t, testkit.RedisURL(t))
	limit := cache.Limit{Name: "writes", Max: 3, Per: 300 * time.Millisecond}
	started := time.Now()
	if allowed := ask(t, l, limit, "a", limit.Max); allowed != limit.Max {
		t.Fatalf("%d of %d were allowed", allowed, limit.Max)
	}
	var told time.Duration
	testkit.Eventually(t, "one more was allowed", func() bool {
		decision := l.Allow(t.Context(), limit, "a")
		told = max(told, decision.RetryAfter)
		return decision.Allowed
	})
	if elapsed := time.Since(started); elapsed < limit.Per {
		t.Errorf("four were allowed within %s", elapsed)
	}
	if told > limit.Per*11/10 {
		t.Errorf("the wait that was told is %s, longer than the limit's time", told)
	}
}

func TestCountsInRedisEndByThemselvesAndDoNotNameAnyone(t *testing.T) {
	t.Parallel()
	redisURL := testkit.RedisURL(t)
	l := limiter(t, redisURL)
	l.Allow(t.Context(), cache.Limit{Name: "login", Max: 3, Per: time.Minute}, "ana@example.com")

	client := inspect(t, redisURL)
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys: %q, %v", keys, err)
	}
	if strings.Contains(keys[0], "ana") {
		t.Errorf("the key %q names a person", keys[0])
	}
	lifetime, err := client.PTTL(t.Context(), keys[0]).Result()
	if err != nil || lifetime <= 0 || lifetime > 80*time.Second {
		t.Errorf("the count lives for %s (%v)", lifetime, err)
	}
}

func TestALimitHoldsWhenRedisLosesItsData(t *testing.T) {
	t.Parallel()
	redisURL := testkit.RedisURL(t)
	l := limiter(t, redisURL)
	limit := cache.Limit{Name: "login", Max: 5, Per: time.Hour}
	ask(t, l, limit, "ana", 10)
	if err := inspect(t, redisURL).FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if allowed := ask(t, l, limit, "ana", 10); allowed != 0 {
		t.Errorf("after the loss %d more were allowed", allowed)
	}
}

func TestHazard077RedisDownAtTheStart(t *testing.T) {
	t.Parallel()
	server := testkit.NewPrivateRedis(t)
	connection := connect(t, server.URL)
	l := cache.NewLimiter(connection, clock.System)
	limit := cache.Limit{Name: "login", Max: 5, Per: time.Hour}

	if state := connection.State(t.Context()); state != cache.Degraded {
		t.Errorf("the state is %q, want degraded", state)
	}
	if allowed := askQuickly(t, l, limit, "ana", 40); allowed != limit.Max {
		t.Errorf("without Redis %d were allowed, want %d", allowed, limit.Max)
	}
	if decision := l.Allow(t.Context(), limit, "dan"); !decision.Allowed || !decision.Degraded {
		t.Errorf("without Redis: %+v", decision)
	}

	server.Start()
	testkit.Eventually(t, "Redis is used once it is there", func() bool { return connection.State(t.Context()) == cache.OK })
	if decision := l.Allow(t.Context(), limit, "eva"); !decision.Allowed || decision.Degraded {
		t.Errorf("with Redis: %+v", decision)
	}
	if l.Allow(t.Context(), limit, "ana").Allowed {
		t.Error("Redis coming back freed one who had reached the limit")
	}
}

func TestHazard077RedisHung(t *testing.T) {
	t.Parallel()
	server := testkit.NewPrivateRedis(t)
	server.Start()
	connection := connect(t, server.URL)
	l := cache.NewLimiter(connection, clock.System)
	limit := cache.Limit{Name: "login", Max: 20, Per: time.Hour}
	testkit.Eventually(t, "Redis is used", func() bool { return connection.State(t.Context()) == cache.OK })
	before := askQuickly(t, l, limit, "ana", 5)

	server.Hang()
	during := askQuickly(t, l, limit, "ana", 40)
	if before != 5 || before+during != limit.Max {
		t.Errorf("%d were allowed before and %d while Redis hung, want %d together", before, during, limit.Max)
	}
	if state := connection.State(t.Context()); state != cache.Degraded {
		t.Errorf("the state is %q, want degraded", state)
	}
	// Once the breaker has tripped, nobody waits at all.
	started := time.Now()
	for range 1000 {
		if decision := l.Allow(t.Context(), limit, "dan"); !decision.Degraded {
			t.Fatalf("while Redis hung: %+v", decision)
		}
	}
	if waited := time.Since(started); waited > 3*patience {
		t.Errorf("1000 decisions took %s while Redis hung", waited)
	}

	server.Resume()
	testkit.Eventually(t, "Redis is used again", func() bool { return connection.State(t.Context()) == cache.OK })
	if decision := l.Allow(t.Context(), limit, "eva"); !decision.Allowed || decision.Degraded {
		t.Errorf("with Redis back: %+v", decision)
	}
}

func TestHazard077RedisAnswersWithErrors(t *testing.T) {
	t.Parallel()
	server := testkit.NewPrivateRedis(t)
	server.Start()
	l := cache.NewLimiter(connect(t, server.URL), clock.System)
	client := inspect(t, server.URL)
	// Out of memory: every write is refused.
	if err := client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	limit := cache.Limit{Name: "login", Max: 5, Per: time.Hour}
	if allowed := askQuickly(t, l, limit, "ana", 50); allowed != limit.Max {
		t.Errorf("%d were allowed, want %d", allowed, limit.Max)
	}
	if decision := l.Allow(t.Context(), limit, "dan"); !decision.Allowed || !decision.Degraded {
		t.Errorf("while Redis refuses: %+v", decision)
	}
}

func TestHazard077RedisStopsAndComesBack(t *testing.T) {
	t.Parallel()
	server := testkit.NewPrivateRedis(t)
	server.Start()
	connection := connect(t, server.URL)
	l := cache.NewLimiter(connection, clock.System)
	limit := cache.Limit{Name: "login", Max: 5, Per: time.Hour}
	allowed := askQuickly(t, l, limit, "ana", 3)
	server.Stop()
	allowed += askQuickly(t, l, limit, "ana", 50)
	server.Start()
	testkit.Eventually(t, "Redis is used again", func() bool { return connection.State(t.Context()) == cache.OK })
	allowed += askQuickly(t, l, limit, "ana", 50)
	if allowed != limit.Max {
		t.Errorf("over a restart of Redis %d were allowed, want %d", allowed, limit.Max)
	}
}

func TestWithoutAnAddressThereIsNoRedisAndTheLimitHolds(t *testing.T) {
	t.Parallel()
	connection := connect(t, "")
	if state := connection.State(t.Context()); state != cache.Off {
		t.Errorf("the state is %q, want off", state)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := cache.NewLimiter(connection, func() time.Time { return now })
	limit := cache.Limit{Name: "login", Max: 5, Per: time.Minute}
	if allowed := askQuickly(t, l, limit, "ana", 500); allowed != limit.Max {
		t.Errorf("%d were allowed, want %d", allowed, limit.Max)
	}
	now = now.Add(66 * time.Second)
	if allowed := askQuickly(t, l, limit, "ana", 500); allowed != limit.Max {
		t.Errorf("after the time %d were allowed, want %d", allowed, limit.Max)
	}
}

func TestAMalformedAddressIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"localhost", "http://:hunter2@localhost", "redis://:hunter2@localhost:6379/x", "redis://:hunter2@[::1", "redis://:hunter2@localhost?no_such=1"} {
		_, err := cache.Connect(address)
		if err == nil || !strings.HasPrefix(err.Error(), "REDIS_URL ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// inspect returns a plain client of the same Redis.
func inspect(t *testing.T, redisURL string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}
