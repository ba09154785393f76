package live

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Stream is one open event stream.
type Stream struct {
	hub    *Hub
	person string
	topics []string
	wake   chan struct{}
	// displaced is closed when a newer stream takes this one's place.
	displaced chan struct{}

	mu   sync.Mutex
	news map[string]bool
}

// Ended is the event that tells a page that its reader may not read any more.
const Ended = "ended"

// reconnect is after how long, in milliseconds, a browser opens a stream again that
// broke off: soon, as after a restart of this copy there is another.
const reconnect = 2000

// Reader is who reads a stream.
type Reader struct {
	// May asks whether they still may.
	May func(context.Context) (bool, error)
	// Extend moves the time until which what is written next must have left.
	Extend func()
}

// Serve writes events until the reader is gone or may not read any more, or the hub
// closes. Whether they may is asked before the first event, since that may have
// changed while the stream was opened; whenever their access is announced to have
// changed; and at every beat, which also shows whether they are still there.
func (s *Stream) Serve(w *bufio.Writer, reader Reader) {
	defer s.Close()
	fmt.Fprintf(w, "retry: %d\n\n", reconnect)
	for {
		goesOn := s.look(w, reader)
		reader.Extend()
		if err := w.Flush(); err != nil || !goesOn || !s.wait() {
			return
		}
	}
}

// wait returns when there is something to look at, and false when the stream is to end.
func (s *Stream) wait() bool {
	beat := time.NewTimer(s.hub.beat())
	defer beat.Stop()
	select {
	case <-s.wake:
		return true
	case <-beat.C:
		return true
	case <-s.displaced:
	case <-s.hub.life.Done():
	}
	return false
}

// look asks whether the reader may read, and writes what is new, or a comment as a
// sign of life. It returns false, which ends the stream, when access is gone or cannot
// be asked about; the page is told only when access is gone.
func (s *Stream) look(w *bufio.Writer, reader Reader) bool {
	allowed, err := reader.May(s.hub.life)
	if err != nil {
		if s.hub.life.Err() == nil {
			s.hub.Log.Warn("live: a stream ended, as its reader's access could not be asked about", slog.Any("error", err))
		}
		return false
	}
	if !allowed {
		write(w, Ended)
		return false
	}
	// A comment, at every look, so that a reader who has left is noticed.
	fmt.Fprint(w, ":\n\n")
	for _, kind := range s.take() {
		write(w, kind)
	}
	return true
}

// write puts down an event without data: a page that hears it asks for what it shows.
// Errors stay with the writer until it is flushed.
func write(w *bufio.Writer, event string) { fmt.Fprintf(w, "event: %s\ndata:\n\n", event) }

// Close gives the stream's place free.
func (s *Stream) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.forget(s)
}

// tell wakes the stream; news is what is new, or "" where only access is to be asked
// about. Several before it looks are one.
func (s *Stream) tell(news string) {
	if news != "" {
		s.mu.Lock()
		if s.news == nil {
			s.news = map[string]bool{}
		}
		s.news[news] = true
		s.mu.Unlock()
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stream) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := slices.Sorted(maps.Keys(s.news))
	s.news = nil
	return kinds
}
