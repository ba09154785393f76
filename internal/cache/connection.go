// Package cache is what copies of the program share for a short time: a Redis
// connection that may be absent, away or hung without anyone waiting for it,
// and the rate limiter on it. Nothing here is the only place of a truth: Redis
// may lose everything at any time (hazard 79).
package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	storage "github.com/gofiber/storage/redis/v3"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"
)

// State says for /readyz how the program stands with Redis.
type State string

// The states. Degraded means that REDIS_URL is set but Redis does not answer:
// limits are kept by each copy for itself meanwhile.
const (
	OK       State = "ok"
	Degraded State = "degraded"
	Off      State = "off"
)

const (
	// deadline is how long a page may wait for Redis (hazard 77).
	deadline = 75 * time.Millisecond
	// After breakAfter failures in a row Redis is not asked for retryAfter;
	// then one request tries it.
	breakAfter = 3
	retryAfter = time.Second
)

// errOff means that there is no Redis to ask, as configured.
var errOff = errors.New("REDIS_URL is empty")

// Connection is a pool of connections to Redis behind a circuit breaker. It is
// safe for concurrent use.
type Connection struct {
	// storage is nil without REDIS_URL.
	storage  *storage.Storage
	breaker  *gobreaker.CircuitBreaker[any]
	deadline time.Duration
}

// Connect returns the connection to the Redis at REDIS_URL's address, or one
// that is off when the address is empty. It does not dial: Redis may come later.
// The error does not repeat the address, which may hold a password.
func Connect(redisURL string) (*Connection, error) {
	return ConnectWithin(redisURL, deadline)
}

// ConnectWithin is Connect with another deadline for each call: one that a busy
// machine does not miss, for tests of what Redis decides.
func ConnectWithin(redisURL string, deadline time.Duration) (*Connection, error) {
	if redisURL == "" {
		return &Connection{}, nil
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, errors.New("REDIS_URL is not an address such as redis://user:password@host:6379/0 or rediss://…")
	}
	useLogger()
	// Every call has its own deadline; nothing is worth a second attempt in it.
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = deadline, deadline, deadline
	options.PoolTimeout = deadline
	options.MaxRetries = -1
	options.DialerRetries = 1
	// Messages about the client at each connect would eat into the deadline.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	return &Connection{
		// The storage's own New panics when Redis is away at the start.
		storage: storage.NewFromConnection(redis.NewClient(options)),
		breaker: gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
			Name:          "redis",
			Timeout:       retryAfter,
			ReadyToTrip:   func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakAfter },
			OnStateChange: logState,
		}),
		deadline: deadline,
	}, nil
}

// State asks Redis whether it is there, for at most 75 ms.
func (c *Connection) State(ctx context.Context) State {
	err := c.do(ctx, func(ctx context.Context, client redis.UniversalClient) error {
		return client.Ping(ctx).Err()
	})
	switch {
	case errors.Is(err, errOff):
		return Off
	case err != nil:
		return Degraded
	}
	return OK
}

// Close closes the connections to Redis.
func (c *Connection) Close() error {
	if c.storage == nil {
		return nil
	}
	if err := c.storage.Close(); err != nil {
		return fmt.Errorf("close the connection to Redis: %w", err)
	}
	return nil
}

// away reports whether Redis is configured but failed lately.
func (c *Connection) away() bool {
	return c.storage != nil && c.breaker.State() != gobreaker.StateClosed
}

// do calls ask with a client and a context that ends at the deadline, unless the
// breaker is open. A request whose reader has gone still gets its answer: a
// cancelled call would look to the breaker as if Redis had failed.
func (c *Connection) do(ctx context.Context, ask func(context.Context, redis.UniversalClient) error) error {
	if c.storage == nil {
		return errOff
	}
	_, err := c.breaker.Execute(func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.deadline)
		defer cancel()
		return nil, ask(ctx, c.storage.Conn())
	})
	return err
}

func logState(_ string, _, to gobreaker.State) {
	switch to {
	case gobreaker.StateOpen:
		slog.Warn("Redis does not answer: each copy keeps its own rate limits meanwhile")
	case gobreaker.StateClosed:
		slog.Info("Redis answers again")
	}
}

// clientLog takes what go-redis would print to standard error: it is repeated
// for every attempt, and logState says the same once.
type clientLog struct{}

// Printf implements the logger of go-redis.
func (clientLog) Printf(ctx context.Context, format string, values ...any) {
	slog.DebugContext(ctx, "redis client: "+fmt.Sprintf(format, values...))
}

var useLogger = sync.OnceFunc(func() { redis.SetLogger(clientLog{}) })
