package cache

import (
	"container/list"
	"sync"
	"time"
)

const (
	// slicesPerLimit is how many slices make up a limit's whole stretch of time.
	slicesPerLimit = 10
	// localKeys bounds the memory of one copy: about 15 MB when full.
	localKeys = 50_000
)

type keyID = [32]byte

// sliceWidth returns the length of a slice, in whole milliseconds, rounded up.
func sliceWidth(per time.Duration) time.Duration {
	width := (per + slicesPerLimit - 1) / slicesPerLimit
	return max((width + time.Millisecond - 1).Truncate(time.Millisecond), time.Millisecond)
}

// localCounts is what one copy of the program counted itself. When it is full,
// the key that was asked for longest ago goes; one that is being refused is
// asked for all the time and stays.
type localCounts struct {
	mutex    sync.Mutex
	capacity int
	byID     map[keyID]*list.Element
	// recent holds *localCount, the last used one in front.
	recent *list.List
}

type localCount struct {
	id     keyID
	window window
}

func newLocalCounts(capacity int) *localCounts {
	return &localCounts{capacity: capacity, byID: map[keyID]*list.Element{}, recent: list.New()}
}

// full reports whether nothing more is allowed now, and for how long.
func (l *localCounts) full(id keyID, limit Limit, now time.Time) (wait time.Duration, full bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	element, known := l.byID[id]
	if !known {
		return 0, false
	}
	l.recent.MoveToFront(element)
	w := &element.Value.(*localCount).window
	w.moveTo(now, limit)
	if w.total() < limit.Max {
		return 0, false
	}
	return w.wait(now, limit.Max), true
}

// take counts one more if the limit allows it.
func (l *localCounts) take(id keyID, limit Limit, now time.Time) Decision {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	w := l.window(id, limit, now)
	if w.total() >= limit.Max {
		return Decision{RetryAfter: w.wait(now, limit.Max)}
	}
	w.add()
	return Decision{Allowed: true, Remaining: limit.Max - w.total()}
}

// add counts one more that somebody else allowed.
func (l *localCounts) add(id keyID, limit Limit, now time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.window(id, limit, now).add()
}

// window returns the counts of the key, moved to now, and makes room for them
// when they are new. The mutex is held.
func (l *localCounts) window(id keyID, limit Limit, now time.Time) *window {
	element, known := l.byID[id]
	if known {
		l.recent.MoveToFront(element)
	} else {
		l.makeRoom(now)
		element = l.recent.PushFront(&localCount{id: id})
		l.byID[id] = element
	}
	w := &element.Value.(*localCount).window
	w.moveTo(now, limit)
	return w
}

// makeRoom drops counts that no longer say anything, two at most so that no
// request pays for all, and the oldest when the memory is full.
func (l *localCounts) makeRoom(now time.Time) {
	for range 2 {
		oldest := l.recent.Back()
		if oldest == nil || l.recent.Len() < l.capacity && !oldest.Value.(*localCount).window.over(now) {
			return
		}
		l.recent.Remove(oldest)
		delete(l.byID, oldest.Value.(*localCount).id)
	}
}

// window counts events in slices of time. It holds one slice more than make up
// the limit's stretch, because now stands somewhere inside the newest.
type window struct {
	width  time.Duration
	newest int64
	// counts is a ring: slice n stands at n modulo its length.
	counts [slicesPerLimit + 1]int32
}

// moveTo makes the slice of now the newest and forgets those that are too old.
// When the clock was set back a little, the window waits for it; when it was
// set back by more than the window, or the limit's Per changed, it starts anew.
func (w *window) moveTo(now time.Time, limit Limit) {
	width := sliceWidth(limit.Per)
	current := now.UnixMilli() / width.Milliseconds()
	if w.width != width || current < w.newest-slicesPerLimit || current > w.newest+slicesPerLimit {
		*w = window{width: width, newest: current}
		return
	}
	for w.newest < current {
		w.newest++
		*w.count(w.newest) = 0
	}
}

// count returns the count of a slice. Instants before 1970 have negative ones.
func (w *window) count(slice int64) *int32 {
	length := int64(len(w.counts))
	return &w.counts[((slice%length)+length)%length]
}

func (w *window) add() { *w.count(w.newest)++ }

func (w *window) total() int {
	total := 0
	for _, count := range w.counts {
		total += int(count)
	}
	return total
}

// wait returns how long it takes until fewer than most are counted.
func (w *window) wait(now time.Time, most int) time.Duration {
	total := w.total()
	for slice := w.newest - slicesPerLimit; slice <= w.newest; slice++ {
		total -= int(*w.count(slice))
		if total < most {
			return w.end(slice).Sub(now)
		}
	}
	return slicesPerLimit * w.width
}

// end returns when the slice stops counting.
func (w *window) end(slice int64) time.Time {
	return time.UnixMilli((slice + slicesPerLimit + 1) * w.width.Milliseconds())
}

// over reports whether everything counted is too old to matter.
func (w *window) over(now time.Time) bool { return !now.Before(w.end(w.newest)) }
