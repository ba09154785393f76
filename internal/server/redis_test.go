package server_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/internal/cache"
	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// longWait is for a copy that asks Redis however busy the machine is; quickly is what
// the program itself has patience for.
const (
	longWait = 10 * time.Second
	quickly  = 75 * time.Millisecond
)

// sharing lets each copy of the program use this Redis through a connection of its own,
// with its limits on.
func sharing(t *testing.T, redisURL string, wait time.Duration, change func(*config.Config)) clinic.Option {
	t.Helper()
	return func(p *server.Parts) {
		connection, err := cache.ConnectWithin(redisURL, wait)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := connection.Close(); err != nil {
				t.Error(err)
			}
		})
		p.Cache = connection
		p.Config.RateLimit, p.Config.RateLimitReads, p.Config.RateLimitWrites = true, 100_000, 100_000
		change(&p.Config)
	}
}

func asIs(*config.Config) {}

// eventually waits until the condition holds, and no longer than ctx.
func eventually(ctx context.Context, t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatalf("it did not come to pass: %s", what)
		case <-tick.C:
		}
	}
}

// redisState is how a copy says on /readyz that it stands with Redis.
func redisState(t *testing.T, world *clinic.World) cache.State {
	t.Helper()
	answer := world.Browser().Get("/readyz")
	if answer.Status != http.StatusOK {
		t.Fatalf("/readyz without Redis: %d", answer.Status)
	}
	var said struct {
		Status string      `json:"status"`
		Redis  cache.State `json:"redis"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		t.Fatal(err)
	}
	if (said.Status == "degraded") != (said.Redis == cache.Degraded) {
		t.Errorf("/readyz says %+v", said)
	}
	return said.Redis
}

func TestHazard003AccessEndsOnBothCopiesAlsoWhenRedisStopsMidway(t *testing.T) {
	t.Parallel()
	redis := testkit.NewPrivateRedis(t)
	redis.Start()
	first := clinic.New(t, sharing(t, redis.URL, quickly, asIs))
	copies := []*clinic.World{first, first.Copy(sharing(t, redis.URL, quickly, asIs))}
	for i, ending := range []string{
		"update tenants set status = 'suspended' where id = $1", "update memberships set status = 'revoked' where tenant_id = $1",
		"update users set status = 'deleted', deleted_at = now() where id in (select user_id from memberships where tenant_id = $1)",
	} {
		alfa := first.Clinic("alfa-" + string(rune('a'+i)))
		session := clinic.Session{UserID: alfa.Staff.ID, TenantID: alfa.ID}
		browsers := []*clinic.Browser{copies[0].Enter(session), copies[1].Enter(session)}
		for _, browser := range browsers {
			if status := browser.Get("/clients").Status; status != http.StatusOK {
				t.Fatalf("with Redis: %d", status)
			}
		}
		redis.Stop()
		execute(t, first.Database, sql(ending, alfa.ID))
		for i, browser := range browsers {
			if answer := browser.Get("/clients"); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
				t.Errorf("without Redis, copy %d, after %q: %d", i, ending, answer.Status)
			}
		}
		redis.Start()
	}
}

func TestHazard004RedisHoldsNoCookieAndNamesNobody(t *testing.T) {
	t.Parallel()
	address := testkit.RedisURL(t)
	world := clinic.New(t, sharing(t, address, longWait, asIs))
	alfa := world.Clinic("alfa")
	browser := alfa.SignInStaff()
	browser.Get("/clients")
	browser.Post("/preferences", url.Values{"theme": {"dark"}})
	world.Browser().Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {"not the password"}})
	kept := dumpOfRedis(t, address)
	if !strings.Contains(kept, "frontdesk:") {
		t.Fatalf("nothing of ours is in Redis: %q", kept)
	}
	for _, cookie := range strings.Split(cookies(t, browser, world.URL), "; ") {
		_, value, _ := strings.Cut(cookie, "=")
		hash, isToken := guard.HashToken(value)
		for _, form := range []string{value, hex.EncodeToString(hash), string(hash)} {
			if isToken && strings.Contains(kept, form) {
				t.Error("the session's cookie can be found in Redis")
			}
		}
	}
	for _, personal := range []string{"alfa", "example", alfa.Staff.ID.String(), alfa.Owner.ID.String(), "127.0.0.1"} {
		if strings.Contains(kept, personal) {
			t.Errorf("Redis holds %q", personal)
		}
	}
}

// dumpOfRedis is every key with its value as Redis would write it to disk.
func dumpOfRedis(t *testing.T, address string) string {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	var dump strings.Builder
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		value, err := client.Dump(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		dump.WriteString(key + "\n" + value + "\n")
	}
	return dump.String()
}

func TestHazard077WithoutRedisPagesAreServedSignInsAreLimitedAndReadinessSaysSo(t *testing.T) {
	t.Parallel()
	redis := testkit.NewPrivateRedis(t)
	world := clinic.New(t, sharing(t, redis.URL, quickly, func(c *config.Config) { c.RateLimitReads = 100 }))
	alfa := world.Clinic("alfa")
	if state := redisState(t, world); state != cache.Degraded {
		t.Errorf("Redis is away at the start, and /readyz says %q", state)
	}
	staff := alfa.SignInStaff()
	for _, trouble := range []func(){func() {}, redis.Start, redis.Hang} {
		trouble()
		for range 5 {
			if status := staff.Get("/clients").Status; status != http.StatusOK {
				t.Errorf("a page: %d", status)
			}
		}
	}
	guesser := world.Browser()
	for range 5 {
		guesser.Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {"not the password"}})
	}
	if status := guesser.Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {clinic.Password}}).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("while Redis hangs, the right password after five wrong ones: %d", status)
	}
	limited := 0
	for range 150 {
		if answer := world.Browser().Get("/login"); answer.Status == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "" {
			limited++
		}
	}
	if limited < 50 {
		t.Errorf("while Redis hangs, of 150 pages where 100 are allowed %d are refused", limited)
	}
	redis.Resume()
	eventually(t.Context(), t, "Redis is used again", func() bool { return redisState(t, world) == cache.OK })
}

func TestHazard078TwoCopiesShareALimitThatEachPersonHasInEachClinic(t *testing.T) {
	t.Parallel()
	const most, asked = 40, 60
	address := testkit.RedisURL(t)
	few := func(c *config.Config) { c.RateLimitReads, c.RateLimitWrites = most, most }
	copies := clinic.Racing(t, sharing(t, address, longWait, few))
	first := copies[0]
	alfa, beta := first.Clinic("alfa"), first.Clinic("beta")
	execute(t, first.Database, sql("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, alfa.Staff.ID))
	for name, session := range map[string]clinic.Session{
		"a receptionist": {UserID: alfa.Staff.ID, TenantID: alfa.ID}, "her colleague": {UserID: alfa.Owner.ID, TenantID: alfa.ID},
		"the receptionist in another clinic": {UserID: alfa.Staff.ID, TenantID: beta.ID},
	} {
		browsers := []*clinic.Browser{copies[0].Enter(session), copies[1].Enter(session)}
		counted := clinic.Race(2*asked, func(racer int) int { return browsers[racer%2].Get("/clients").Status })
		if counted[http.StatusOK] != most || counted[http.StatusTooManyRequests] != 2*asked-most {
			t.Errorf("%s, %d pages of each copy: %v", name, asked, counted)
		}
		// Writes have a count of their own: the CSRF token is missed, and the limit is not reached.
		if status := browsers[0].Do(browsers[0].Request(http.MethodPost, "/preferences", url.Values{"theme": {"dark"}})).Status; status != http.StatusForbidden {
			t.Errorf("%s, a write after that: %d", name, status)
		}
	}
	visitors := clinic.Race(2*asked, func(racer int) int { return copies[racer%2].Browser().Get("/login").Status })
	if visitors[http.StatusOK] != most {
		t.Errorf("visitors of one address: %v", visitors)
	}
}

func TestHazard079RedisLosesEverythingAndNobodyNotices(t *testing.T) {
	t.Parallel()
	redis := testkit.NewPrivateRedis(t)
	redis.Start()
	world := clinic.New(t, sharing(t, redis.URL, longWait, asIs))
	staff := world.Clinic("alfa").SignInStaff()
	staff.Token()
	client := url.Values{"first_name": {"Ana"}, "last_name": {"Pop"}}
	for name, loss := range map[string]func(){"FLUSHALL": func() { flush(t, redis.URL) }, "a restart": func() { redis.Stop(); redis.Start() }} {
		if status := staff.Get("/clients").Status; status != http.StatusOK {
			t.Fatalf("before %s: %d", name, status)
		}
		loss()
		var asking sync.WaitGroup
		for range 5 {
			asking.Go(func() {
				if status := staff.Get("/clients").Status; status != http.StatusOK {
					t.Errorf("after %s: a page %d", name, status)
				}
				if status := staff.Post("/clients", client).Status; status != http.StatusSeeOther {
					t.Errorf("after %s: a form of before %d", name, status)
				}
			})
		}
		asking.Wait()
		eventually(t.Context(), t, "the counts are in Redis again", func() bool {
			staff.Get("/clients")
			return strings.Contains(dumpOfRedis(t, redis.URL), "frontdesk:")
		})
	}
}

func flush(t *testing.T, address string) {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}
