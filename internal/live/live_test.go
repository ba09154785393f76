package live_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/internal/live"
)

// station stands for the database: what it says is announced.
type station struct{ said chan string }

// listen implements Options.Listen; saying "cut" loses the connection.
func (s station) listen(ctx context.Context, ready func(), heard func(channel, said string)) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case said := <-s.said:
			channel, rest, _ := strings.Cut(said, ": ")
			if channel == "cut" {
				return errors.New("cut")
			}
			heard(channel, rest)
		}
	}
}

func hub(t *testing.T, listen func(context.Context, func(), func(string, string)) error) *live.Hub {
	t.Helper()
	opened := live.New(live.Options{Listen: listen, AccessChannel: "access", Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(opened.Close)
	return opened
}

// answers is a reader whose access a test changes; asked counts the questions.
type answers struct {
	refused, unknown atomic.Bool
	asked            atomic.Int64
}

func (a *answers) may(context.Context) (bool, error) {
	a.asked.Add(1)
	if a.unknown.Load() {
		return false, errors.New("the database is away")
	}
	return !a.refused.Load(), nil
}

// read serves a stream and returns what is written, when it has ended.
func read(t *testing.T, h *live.Hub, a *answers, topics ...string) (written *strings.Builder, ended chan struct{}) {
	t.Helper()
	stream, err := h.Open("somebody", topics...)
	if err != nil {
		t.Fatal(err)
	}
	written, ended = &strings.Builder{}, make(chan struct{})
	go func() {
		defer close(ended)
		stream.Serve(bufio.NewWriter(written), live.Reader{May: a.may, Extend: func() {}})
	}()
	synctest.Wait()
	return written, ended
}

// pass lets time pass, which costs none here: the clock is the test's own.
func pass(span time.Duration) {
	<-time.After(span)
	synctest.Wait()
}

func isOver(ended chan struct{}) bool {
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

func TestAnAnnouncementWakesTheStreamsThatItConcerns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := station{make(chan string)}
		h := hub(t, said.listen)
		defer h.Close()
		mine, other := &answers{}, &answers{}
		written, ended := read(t, h, mine, live.Topic("tenant", "1"), live.Topic("user", "2"))
		_, otherEnded := read(t, h, other, live.Topic("tenant", "9"))
		before := other.asked.Load()
		for _, announced := range []string{"changed: tenant 1 conversation", "changed: tenant 9 conversation", "changed: nonsense", "access: tenant 1"} {
			said.said <- announced
			synctest.Wait()
		}
		if strings.Count(written.String(), "event: conversation\ndata:\n\n") != 1 || strings.Contains(written.String(), live.Ended) {
			t.Errorf("the page hears %q", written)
		}
		if asked := other.asked.Load() - before; asked != 1 {
			t.Errorf("the other stream asked %d times about one piece of news", asked)
		}
		mine.refused.Store(true)
		said.said <- "access: user 2"
		synctest.Wait()
		if !isOver(ended) || isOver(otherEnded) || !strings.HasSuffix(written.String(), "event: ended\ndata:\n\n") {
			t.Errorf("ended %t, the other %t; the page hears %q", isOver(ended), isOver(otherEnded), written)
		}
		if h.Count() != 1 {
			t.Errorf("%d streams are left", h.Count())
		}
	})
}

func TestAStreamAsksByItselfAndMoreOftenWhileNothingIsHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := station{make(chan string)}
		for name, wanted := range map[string]struct {
			listen func(context.Context, func(), func(string, string)) error
			within time.Duration
		}{
			"heard": {said.listen, 10 * time.Second}, "never heard": {nil, 2 * time.Second},
		} {
			h := hub(t, wanted.listen)
			reader := &answers{}
			_, ended := read(t, h, reader)
			reader.refused.Store(true)
			pass(wanted.within - time.Millisecond)
			early := isOver(ended)
			pass(2 * time.Millisecond)
			if early || !isOver(ended) {
				t.Errorf("%s: ended too early %t, in time %t", name, early, isOver(ended))
			}
			h.Close()
		}
	})
}

func TestALostConnectionWakesEverybodyAndIsOpenedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := station{make(chan string)}
		h := hub(t, said.listen)
		defer h.Close()
		reader := &answers{}
		_, ended := read(t, h, reader, live.Topic("user", "2"))
		reader.refused.Store(true)
		said.said <- "cut"
		synctest.Wait()
		if !isOver(ended) {
			t.Error("what may have been missed was not asked about")
		}
		pass(2 * time.Second)
		reader.refused.Store(false)
		_, again := read(t, h, reader, live.Topic("user", "2"))
		reader.refused.Store(true)
		said.said <- "access: user 2"
		synctest.Wait()
		if !isOver(again) {
			t.Error("it does not listen again")
		}
	})
}

func TestAStreamEndsWithoutAWordWhenItCannotBeAskedOrTheHubCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hub(t, nil)
		unsure, sure := &answers{}, &answers{}
		first, firstEnded := read(t, h, unsure)
		second, secondEnded := read(t, h, sure)
		unsure.unknown.Store(true)
		pass(3 * time.Second)
		if !isOver(firstEnded) || isOver(secondEnded) {
			t.Errorf("ended %t, the other %t", isOver(firstEnded), isOver(secondEnded))
		}
		h.Close()
		synctest.Wait()
		if !isOver(secondEnded) || strings.Contains(first.String()+second.String(), live.Ended) {
			t.Errorf("ended %t; the pages hear %q and %q", isOver(secondEnded), first, second)
		}
		if _, err := h.Open("somebody"); !errors.Is(err, live.ErrClosed) {
			t.Errorf("opened after the end: %v", err)
		}
	})
}

func TestAReaderWhoHasLeftIsNoticedAtTheNextBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hub(t, nil)
		defer h.Close()
		stream, err := h.Open("somebody")
		if err != nil {
			t.Fatal(err)
		}
		reading, writing := io.Pipe()
		go stream.Serve(bufio.NewWriter(writing), live.Reader{May: (&answers{}).may, Extend: func() {}})
		if _, err := reading.Read(make([]byte, 1024)); err != nil {
			t.Fatal(err)
		}
		reading.Close()
		pass(3 * time.Second)
		if h.Count() != 0 {
			t.Error("the stream is still served")
		}
	})
}
