package cache

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func id(text string) keyID { return sha256.Sum256([]byte(text)) }

func TestNoStretchOfTimeHoldsMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	limit := Limit{Name: "reads", Max: 20, Per: time.Minute}
	random := rand.New(rand.NewPCG(1, 2))
	counts := newLocalCounts(10)
	var allowed []time.Time
	now := noon
	for range 20_000 {
		now = now.Add(time.Duration(random.ExpFloat64() * float64(time.Second)))
		decision := counts.take(id("a"), limit, now)
		if !decision.Allowed {
			continue
		}
		allowed = append(allowed, now)
		if first := len(allowed) - 1 - limit.Max; first >= 0 && now.Sub(allowed[first]) < limit.Per {
			t.Fatalf("%d were allowed within %s", limit.Max+1, now.Sub(allowed[first]))
		}
	}
	// Something asks every second, so nearly all that is allowed again is
	// taken: 20 in at most 66 s.
	if elapsed := now.Sub(noon); float64(len(allowed)) < 0.9*20*elapsed.Seconds()/66 {
		t.Errorf("only %d were allowed in %s", len(allowed), elapsed)
	}
}

func TestOneWhoWaitsAsToldIsAllowed(t *testing.T) {
	t.Parallel()
	limit := Limit{Name: "login", Max: 3, Per: 15 * time.Minute}
	for start := range 200 {
		counts := newLocalCounts(10)
		now := noon.Add(time.Duration(start) * 7 * time.Second)
		for range limit.Max {
			if !counts.take(id("a"), limit, now).Allowed {
				t.Fatal("refused below the limit")
			}
			now = now.Add(40 * time.Second)
		}
		refused := counts.take(id("a"), limit, now)
		if refused.Allowed || refused.RetryAfter <= 0 || refused.RetryAfter > limit.Per+limit.Per/slicesPerLimit {
			t.Fatalf("over the limit: %+v", refused)
		}
		if counts.take(id("a"), limit, now.Add(refused.RetryAfter-time.Millisecond)).Allowed {
			t.Fatal("allowed a millisecond before the time that was told")
		}
		if !counts.take(id("a"), limit, now.Add(refused.RetryAfter)).Allowed {
			t.Fatal("refused after the time that was told")
		}
	}
}

func TestHazard100AClockSetBackNeitherFreesNorLocks(t *testing.T) {
	t.Parallel()
	limit := Limit{Name: "login", Max: 2, Per: time.Minute}
	counts := newLocalCounts(10)
	counts.take(id("a"), limit, noon)
	counts.take(id("a"), limit, noon)
	if counts.take(id("a"), limit, noon.Add(-20*time.Second)).Allowed {
		t.Error("a clock set back by seconds allowed more")
	}
	if !counts.take(id("a"), limit, noon.Add(-time.Hour)).Allowed {
		t.Error("a clock set back by an hour locks for an hour")
	}
	if !counts.take(id("b"), limit, time.Time{}).Allowed {
		t.Error("an instant before 1970 is refused")
	}
}

func TestMemoryIsBoundedAndTheBusyStay(t *testing.T) {
	t.Parallel()
	limit := Limit{Name: "login", Max: 1, Per: time.Hour}
	counts := newLocalCounts(100)
	counts.take(id("attacker"), limit, noon)
	for i := range 10_000 {
		counts.take(id(string(rune(i))+"other"), limit, noon)
		if _, full := counts.full(id("attacker"), limit, noon); !full {
			t.Fatalf("after %d other keys one that is refused was forgotten", i+1)
		}
		if len(counts.byID) > 100 || counts.recent.Len() != len(counts.byID) {
			t.Fatalf("%d keys are kept (%d in order), not 100", len(counts.byID), counts.recent.Len())
		}
	}
	later := noon.Add(2 * time.Hour)
	for i := range 100 {
		counts.take(id(string(rune(i))+"later"), limit, later)
	}
	for element := counts.recent.Front(); element != nil; element = element.Next() {
		if element.Value.(*localCount).window.over(later) {
			t.Fatal("counts that no longer say anything are kept")
		}
	}
}

func TestSlicesAreWholeMillisecondsAndCoverTheStretch(t *testing.T) {
	t.Parallel()
	for per, want := range map[time.Duration]time.Duration{
		0:                       time.Millisecond,
		10 * time.Millisecond:   time.Millisecond,
		11 * time.Millisecond:   2 * time.Millisecond,
		time.Minute:             6 * time.Second,
		time.Hour + time.Second: 360100 * time.Millisecond,
	} {
		if got := sliceWidth(per); got != want {
			t.Errorf("a slice of %s is %s, want %s", per, got, want)
		}
	}
}

func TestTheListOfRecentKeysFollowsTheirUse(t *testing.T) {
	t.Parallel()
	limit := Limit{Name: "login", Max: 9, Per: time.Hour}
	counts := newLocalCounts(3)
	for _, name := range []string{"a", "b", "c", "a", "d"} {
		counts.take(id(name), limit, noon)
	}
	var kept []keyID
	for element := counts.recent.Front(); element != nil; element = element.Next() {
		kept = append(kept, element.Value.(*localCount).id)
	}
	if !slices.Equal(kept, []keyID{id("d"), id("a"), id("c")}) {
		t.Error("the key that was used longest ago did not go first")
	}
}
