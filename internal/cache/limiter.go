package cache

import (
	"context"
	"crypto/sha256"
	_ "embed" // the limiter's script
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/internal/clock"
)

// Limit is how often something may happen: at most Max times in any stretch of
// time as long as Per.
type Limit struct {
	// Name tells classes apart, such as reads and writes: the same key has a
	// count of its own in each.
	Name string
	// Max is at least 1.
	Max int
	// Per is at least 10 ms.
	Per time.Duration
}

// Decision is the limiter's answer.
type Decision struct {
	Allowed bool
	// Remaining is how many more would be allowed now.
	Remaining int
	// RetryAfter is how long to wait when it is not allowed, else zero.
	RetryAfter time.Duration
	// Degraded means that Redis was away and this copy decided alone.
	Degraded bool
}

// Limiter counts what happened, in Redis for all copies of the program together.
//
// It counts in slices of a tenth of Per and forgets a slice only when all of it
// is older than Per, so never more than Max get through in any stretch of Per
// (hazard 78); one more is allowed up to a tenth of Per late.
//
// redis_rate v10 was tried in the script's place, with rate and burst of Max, and does
// not hold that: it is a leaky bucket (GCRA), which fills again while it is used, so two
// copies let 11 of 10 through within a fifth of Per, and up to twice Max in all of it;
// the test of any stretch of time fails. A burst of half of Max would hold, and refuse
// people half of what they may do at once. Hazards 77 and 79 it holds, since
// Connection and the local count do. throttled is a GCRA as well; a fixed window, as
// ulule/limiter has, lets twice Max through at its border; httprate estimates the
// window before, and counts in a step after it has asked.
//
// Each copy also counts what it let through itself, in bounded memory. That
// count answers alone while there is no Redis, starts from what it saw when
// Redis goes away or loses its data, and refuses floods without asking Redis.
type Limiter struct {
	connection *Connection
	local      *localCounts
	now        clock.Clock
}

// NewLimiter returns a limiter on the connection, which may be off.
func NewLimiter(connection *Connection, now clock.Clock) *Limiter {
	return &Limiter{connection: connection, local: newLocalCounts(localKeys), now: now}
}

// Key makes one key of several parts, so that no two lists of parts give the
// same key, whatever characters they hold (hazard 81).
func Key(parts ...string) string {
	var key []byte
	for _, part := range parts {
		key = binary.AppendUvarint(key, uint64(len(part)))
		key = append(key, part...)
	}
	return string(key)
}

// Allow counts one more for the key and says whether it stays within the limit;
// what is refused does not count. It always decides, within about 75 ms.
func (l *Limiter) Allow(ctx context.Context, limit Limit, key string) Decision {
	id := sha256.Sum256([]byte(Key(limit.Name, key)))
	now := l.now()
	if wait, full := l.local.full(id, limit, now); full {
		return Decision{RetryAfter: wait, Degraded: l.connection.away()}
	}
	decision, err := l.ask(ctx, id, limit)
	if err != nil {
		decision = l.local.take(id, limit, now)
		decision.Degraded = l.connection.storage != nil
		return decision
	}
	if decision.Allowed {
		l.local.add(id, limit, now)
	}
	return decision
}

//go:embed limiter.lua
var limiterSource string

var limiterScript = redis.NewScript(limiterSource)

// ask lets Redis decide, in one step and by its own clock.
func (l *Limiter) ask(ctx context.Context, id keyID, limit Limit) (Decision, error) {
	var answer []int64
	err := l.connection.do(ctx, func(ctx context.Context, client redis.UniversalClient) error {
		key := "frontdesk:limit:" + hex.EncodeToString(id[:])
		var err error
		answer, err = limiterScript.Run(ctx, client, []string{key},
			limit.Max, sliceWidth(limit.Per).Milliseconds(), slicesPerLimit).Int64Slice()
		if err == nil && len(answer) != 3 {
			err = fmt.Errorf("the limiter's script answered %v", answer)
		}
		return err
	})
	if err != nil {
		return Decision{}, err
	}
	return Decision{
		Allowed:    answer[0] == 1,
		Remaining:  int(answer[1]),
		RetryAfter: time.Duration(answer[2]) * time.Millisecond,
	}, nil
}
