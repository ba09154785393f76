package live

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Stream is one open event stream.
type Stream struct {
	hub       *Hub
	person    string
	workspace uuid.UUID
	topics    []string
	// wake has it look whether its reader still may read.
	wake chan struct{}
	// news holds the latest numbers that it was told.
	news chan []Number
	// displaced is closed when a newer stream takes this one's turn.
	displaced chan struct{}
	// told are the numbers that the reader knows, and lower the areas whose last number
	// was a lower one; Serve alone uses them.
	told  map[string]int64
	lower map[string]bool
}

const (
	// Revision is the event that tells a page how far an area has come: its data is the
	// area, its id the number.
	Revision = "revision"
	// Ended is the event that tells a page that its reader may not read any more.
	Ended = "ended"
	// Beat is the event that is a sign of life: its data says within how many milliseconds
	// the next comes. A page that hears none knows that its stream is cut, which its browser
	// does not: it has nothing to send.
	Beat = "beat"
	// Displaced is the event that tells a page that newer windows of its reader have taken
	// its turn. It waits until somebody turns to it: to come back at once would only
	// displace the next.
	Displaced = "displaced"
)

// reconnect is after how long, in milliseconds, a browser opens a stream again that
// broke off: soon, as after a restart of this copy there is another.
const reconnect = 2000

// Reader is who reads a stream.
type Reader struct {
	// May asks whether they still may, and how far their workspace has come.
	May func(context.Context) (bool, []Number, error)
	// Extend moves the time until which what is written next must have left.
	Extend func()
	// Gone is closed when they are; see Watch.
	Gone <-chan struct{}
}

// Serve writes events until the reader is gone or may not read any more, or the hub
// closes. Whether they may is asked before the first event, since that may have
// changed while the stream was opened; whenever their access is announced to have
// changed; and at every beat.
//
// It begins with all the numbers of the workspace: the page compares them with those that it
// shows, so that nothing is missed which changed before the stream was open.
func (s *Stream) Serve(w *bufio.Writer, reader Reader) {
	defer s.Close()
	fmt.Fprintf(w, "retry: %d\n\n", reconnect)
	every := s.hub.beat()
	beat := time.NewTicker(every)
	defer beat.Stop()
	for goesOn := s.ask(w, reader, every); ; {
		reader.Extend()
		if err := w.Flush(); err != nil || !goesOn {
			return
		}
		select {
		case <-s.wake:
			every = s.hub.beat() // it may have changed
			beat.Reset(every)
			goesOn = s.ask(w, reader, every)
		case <-beat.C:
			goesOn = s.ask(w, reader, every)
		case now := <-s.news:
			s.write(w, now)
		case <-s.displaced:
			fmt.Fprintf(w, "event: %s\ndata:\n\n", Displaced)
			goesOn = false
		case <-reader.Gone:
			return
		case <-s.hub.life.Done():
			return
		}
	}
}

// ask asks whether the reader may read, and writes a sign of life, the next of which comes
// within every, and what is new. It returns false, which ends the stream, when access is
// gone or cannot be asked about; the page is told only when access is gone.
func (s *Stream) ask(w *bufio.Writer, reader Reader, every time.Duration) bool {
	allowed, now, err := reader.May(s.hub.life)
	if err != nil {
		if s.hub.life.Err() == nil {
			s.hub.Log.Warn("live: a stream ended, as its reader's access could not be asked about", slog.Any("error", err))
		}
		return false
	}
	if !allowed {
		fmt.Fprintf(w, "event: %s\ndata:\n\n", Ended)
		return false
	}
	fmt.Fprintf(w, "event: %s\ndata: %d\n\n", Beat, every.Milliseconds())
	s.write(w, now)
	return true
}

// write tells the reader of the numbers that they do not know. Errors stay with the writer
// until it is flushed.
func (s *Stream) write(w *bufio.Writer, now []Number) {
	for _, number := range now {
		if !s.isNews(number) {
			continue
		}
		s.told[number.Area] = number.Value
		fmt.Fprintf(w, "event: %s\ndata: %s\nid: %d\n\n", Revision, number.Area, number.Value)
	}
}

// isNews reports whether a number is another one than the reader knows. One that is lower
// is of an answer that was asked for before the last one came; or, when the next is lower
// as well, of a backup that was restored.
func (s *Stream) isNews(number Number) bool {
	known, told := s.told[number.Area]
	wasLower := s.lower[number.Area]
	s.lower[number.Area] = told && number.Value < known && !wasLower
	return !told || number.Value > known || number.Value < known && wasLower
}

// Close ends the stream; the person may open another.
func (s *Stream) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.forget(s)
}

// recheck wakes the stream to ask about its reader's access. Several before it does are one.
func (s *Stream) recheck() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// tell hands the numbers over, in place of older ones that still wait. The caller holds
// the hub's lock, so that nobody else puts one in between.
func (s *Stream) tell(now []Number) {
	select {
	case <-s.news:
	default:
	}
	s.news <- now
}
