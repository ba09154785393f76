// Package live keeps event streams open and tells them what concerns them. What has
// changed is asked for: one question about all workspaces that streams are of, a few times
// a second while there are any. That somebody's access may have ended is announced by
// the database and heard over one connection, from whichever copy of the program it
// came; where nothing can be heard, streams look by themselves, only more often. They
// know no noun, only workspaces (a clinic, or the console) and their areas, and topics such as "tenant" with an id.
package live

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Options are what a hub goes by.
type Options struct {
	// Listen hears whose access may have ended until ctx ends or the connection is lost; it
	// calls ready once it listens. nil where there is nothing to listen on.
	Listen func(ctx context.Context, ready func(), heard func(topic string)) error
	// Ask returns how far the workspaces have come, in one question; what it does not
	// name has not moved. nil where nothing is ever new.
	Ask func(ctx context.Context, workspaces []uuid.UUID) (map[uuid.UUID][]Number, error)
	Log *slog.Logger
	// Beat is how often an open stream gives a sign of life, and looks whether its reader
	// still may read; DeafBeat the same while nothing can be heard. Zero: the usual.
	Beat, DeafBeat time.Duration
}

// Number says how far an area of a workspace has come. It only grows, but after a
// restore.
type Number struct {
	Area  string
	Value int64
}

const (
	usualBeat     = 10 * time.Second
	usualDeafBeat = 2 * time.Second
	// askEvery is how often it is asked what is new: soon enough to look immediate,
	// and one small question for each copy of the program.
	askEvery = 250 * time.Millisecond
	// askPatience is how long the answer may take.
	askPatience = 5 * time.Second
	// listenAgain is how long a lost connection waits for the next.
	listenAgain = time.Second
	// mostStreams is how many one person may hold: a window each. The oldest gives way,
	// since a page that was left may be noticed late, and is told so.
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

	mu         sync.Mutex
	topics     map[string]map[*Stream]struct{}
	workspaces map[uuid.UUID]map[*Stream]struct{}
	people     map[string][]*Stream // oldest first
	asking     bool                 // while there are streams
	listening  bool                 // that it was begun
	hearing    bool                 // that it works now
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
	return &Hub{
		Options: options, life: life, end: end,
		topics: map[string]map[*Stream]struct{}{}, workspaces: map[uuid.UUID]map[*Stream]struct{}{}, people: map[string][]*Stream{},
	}
}

// Close ends every stream, and the listening, and waits for that. It comes before the
// server's own shutdown, which waits for open answers.
func (h *Hub) Close() {
	h.mu.Lock()
	h.end()
	h.mu.Unlock()
	h.stopped.Wait()
}

// Open returns a stream for the person, of the workspace that they are in, which looks again
// when one of the topics is announced. Whoever opens it serves or closes it.
func (h *Hub) Open(person string, workspace uuid.UUID, topics ...string) (*Stream, error) {
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
	if !h.asking && h.Ask != nil {
		h.asking = true
		h.stopped.Go(h.ask)
	}
	opened := &Stream{
		hub: h, person: person, workspace: workspace, topics: topics,
		wake: make(chan struct{}, 1), news: make(chan []Number, 1), displaced: make(chan struct{}), told: map[string]int64{}, lower: map[string]bool{},
	}
	h.people[person] = append(h.people[person], opened)
	join(h.workspaces, workspace, opened)
	for _, topic := range topics {
		join(h.topics, topic, opened)
	}
	return opened, nil
}

func join[K comparable](rooms map[K]map[*Stream]struct{}, room K, stream *Stream) {
	if rooms[room] == nil {
		rooms[room] = map[*Stream]struct{}{}
	}
	rooms[room][stream] = struct{}{}
}

func leave[K comparable](rooms map[K]map[*Stream]struct{}, room K, stream *Stream) {
	delete(rooms[room], stream)
	if len(rooms[room]) == 0 {
		delete(rooms, room)
	}
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
	leave(h.workspaces, gone.workspace, gone)
	for _, topic := range gone.topics {
		leave(h.topics, topic, gone)
	}
	held := slices.DeleteFunc(h.people[gone.person], func(s *Stream) bool { return s == gone })
	if h.people[gone.person] = held; len(held) == 0 {
		delete(h.people, gone.person)
	}
}

// ask asks what is new for as long as there are streams, and tells those whom it
// concerns. Nothing is missed while it cannot be asked, since the numbers stay.
func (h *Hub) ask() {
	failing := false
	for workspaces := h.watched(); workspaces != nil; workspaces = h.watched() {
		ctx, cancel := context.WithTimeout(h.life, askPatience)
		now, err := h.Ask(ctx, workspaces)
		cancel()
		if err != nil && !failing && h.life.Err() == nil {
			h.Log.Warn("live: cannot ask what is new; open pages learn it later", slog.Any("error", err))
		}
		failing = err != nil
		h.tell(now)
		select {
		case <-h.life.Done():
		case <-time.After(askEvery):
		}
	}
}

// watched returns the workspaces that streams are of, or nil when the asking ends.
func (h *Hub) watched() []uuid.UUID {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life.Err() != nil || len(h.workspaces) == 0 {
		h.asking = false
		return nil
	}
	return slices.Collect(maps.Keys(h.workspaces))
}

func (h *Hub) tell(now map[uuid.UUID][]Number) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for workspace, numbers := range now {
		for stream := range h.workspaces[workspace] {
			stream.tell(numbers)
		}
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
			stream.recheck()
		}
	}
}

// heard has the streams of the topic, "<kind> <id>", look whether they still may read.
func (h *Hub) heard(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for stream := range h.topics[topic] {
		stream.recheck()
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
