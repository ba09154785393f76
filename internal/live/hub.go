// Package live keeps event streams open and tells them what concerns them. One
// connection of this process hears what the database announces, from whichever copy
// of the program it came, and wakes the streams; they know no noun, only topics such
// as "tenant" with an id. Where nothing can be heard, streams look by themselves,
// only more often.
package live

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are what a hub goes by.
type Options struct {
	// Listen hears what is announced until ctx ends or the connection is lost; it
	// calls ready once it listens. nil where there is nothing to listen on.
	Listen func(ctx context.Context, ready func(), heard func(channel, said string)) error
	// AccessChannel is the one that says whose access may have ended.
	AccessChannel string
	Log           *slog.Logger
	// Beat is how often an open stream looks whether its reader is still there and
	// still may read; DeafBeat the same while nothing can be heard. Zero: the usual.
	Beat, DeafBeat time.Duration
}

const (
	usualBeat     = 10 * time.Second
	usualDeafBeat = 2 * time.Second
	// listenAgain is how long a lost connection waits for the next.
	listenAgain = time.Second
	// mostStreams is how many one person may hold: a window each. The oldest gives way,
	// since a page that was left is noticed only at the next beat.
	mostStreams = 8
)

// ErrClosed means that the program is shutting down.
var ErrClosed = errors.New("live: the program is shutting down")

// Hub wakes streams. The zero value is not usable: see New.
type Hub struct {
	Options
	// life is the hub's own: no request's context may end the listening.
	life    context.Context
	end     context.CancelFunc
	stopped sync.WaitGroup

	mu        sync.Mutex
	topics    map[string]map[*Stream]struct{}
	people    map[string][]*Stream // oldest first
	listening bool                 // that it was begun
	hearing   bool                 // that it works now
}

// New returns a hub that begins to listen with its first stream.
func New(options Options) *Hub {
	if options.Beat == 0 {
		options.Beat = usualBeat
	}
	if options.DeafBeat == 0 {
		options.DeafBeat = usualDeafBeat
	}
	life, end := context.WithCancel(context.Background())
	return &Hub{Options: options, life: life, end: end, topics: map[string]map[*Stream]struct{}{}, people: map[string][]*Stream{}}
}

// Close ends every stream, and the listening, and waits for that. It comes before the
// server's own shutdown, which waits for open answers.
func (h *Hub) Close() {
	h.mu.Lock()
	h.end()
	h.mu.Unlock()
	h.stopped.Wait()
}

// Open returns a stream for the person that hears of the topics. Whoever opens it
// serves or closes it.
func (h *Hub) Open(person string, topics ...string) (*Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life.Err() != nil {
		return nil, ErrClosed
	}
	if !h.listening && h.Listen != nil {
		h.listening = true
		h.stopped.Go(h.listen)
	}
	if held := h.people[person]; len(held) >= mostStreams {
		close(held[0].displaced)
		h.forget(held[0])
	}
	opened := &Stream{hub: h, person: person, topics: topics, wake: make(chan struct{}, 1), displaced: make(chan struct{})}
	h.people[person] = append(h.people[person], opened)
	for _, topic := range topics {
		if h.topics[topic] == nil {
			h.topics[topic] = map[*Stream]struct{}{}
		}
		h.topics[topic][opened] = struct{}{}
	}
	return opened, nil
}

// Count returns how many streams are open.
func (h *Hub) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := 0
	for _, streams := range h.people {
		count += len(streams)
	}
	return count
}

// forget takes the stream out; the caller holds the lock.
func (h *Hub) forget(gone *Stream) {
	for _, topic := range gone.topics {
		delete(h.topics[topic], gone)
		if len(h.topics[topic]) == 0 {
			delete(h.topics, topic)
		}
	}
	held := slices.DeleteFunc(h.people[gone.person], func(s *Stream) bool { return s == gone })
	if h.people[gone.person] = held; len(held) == 0 {
		delete(h.people, gone.person)
	}
}

// listen hears until the hub closes, over one connection after another.
func (h *Hub) listen() {
	for {
		err := h.Listen(h.life, func() { h.setHearing(true) }, h.heard)
		if h.life.Err() != nil {
			h.setHearing(false)
			return
		}
		// Said first, so that whatever a stream does about it stands after it in the log.
		h.Log.Warn("live: announcements are not heard; open streams ask by themselves", slog.Any("error", err))
		h.setHearing(false)
		select {
		case <-h.life.Done():
			return
		case <-time.After(listenAgain):
		}
	}
}

// setHearing wakes everybody: what was announced in between was not heard, and how
// often they look changes.
func (h *Hub) setHearing(hearing bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hearing = hearing
	for _, streams := range h.people {
		for _, stream := range streams {
			stream.tell("")
		}
	}
}

// heard passes on "<topic> <id>", and after it what is new there, if that is what was
// announced.
func (h *Hub) heard(channel, said string) {
	words := strings.Fields(said)
	if len(words) < 2 {
		return
	}
	news := ""
	if channel != h.AccessChannel && len(words) == 3 {
		news = words[2]
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for stream := range h.topics[Topic(words[0], words[1])] {
		stream.tell(news)
	}
}

// beat is how long a stream waits before it looks by itself.
func (h *Hub) beat() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hearing {
		return h.Beat
	}
	return h.DeafBeat
}

// Topic names what a stream hears of.
func Topic(kind, id string) string { return kind + " " + id }
