package live_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/live"
)

// station stands for the database: what it says is announced.
type station struct{ said chan string }

// listen implements Options.Listen; saying "cut" loses the connection.
func (s station) listen(ctx context.Context, ready func(), heard func(topic string)) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case said := <-s.said:
			if said == "cut" {
				return errors.New("cut")
			}
			heard(said)
		}
	}
}

// numbers stand for the database's: how far each workspace has come. They count the questions.
type numbers struct {
	mu    sync.Mutex
	at    map[uuid.UUID]int64
	asked [][]uuid.UUID
	err   error
}

func (n *numbers) ask(_ context.Context, workspaces []uuid.UUID) (map[uuid.UUID][]live.Number, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, workspaces)
	now := map[uuid.UUID][]live.Number{}
	for _, workspace := range workspaces {
		now[workspace] = []live.Number{{Area: "inbox", Value: n.at[workspace]}}
	}
	if n.err != nil {
		return nil, n.err
	}
	return now, nil
}

func (n *numbers) set(workspace uuid.UUID, value int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at[workspace] = value
}

// questions returns those since it was called last.
func (n *numbers) questions() [][]uuid.UUID {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := n.asked
	n.asked = nil
	return asked
}

func hub(t *testing.T, listen func(context.Context, func(), func(string)) error) *live.Hub {
	t.Helper()
	return hubAsking(t, listen, nil)
}

func hubAsking(t *testing.T, listen func(context.Context, func(), func(string)) error, n *numbers) *live.Hub {
	t.Helper()
	options := live.Options{Listen: listen, Log: slog.New(slog.DiscardHandler)}
	if n != nil {
		options.Ask = n.ask
	}
	opened := live.New(options)
	t.Cleanup(opened.Close)
	return opened
}

// answers is a reader whose access a test changes; asked counts the questions.
type answers struct {
	refused, unknown atomic.Bool
	asked            atomic.Int64
	inbox            int64 // the number that comes with the answer
}

func (a *answers) may(context.Context) (bool, []live.Number, error) {
	a.asked.Add(1)
	if a.unknown.Load() {
		return false, nil, errors.New("the database is away")
	}
	return !a.refused.Load(), []live.Number{{Area: "inbox", Value: a.inbox}}, nil
}

// read serves a stream and returns what is written, when it has ended.
func read(t *testing.T, h *live.Hub, a *answers, topics ...string) (written *strings.Builder, ended chan struct{}) {
	t.Helper()
	return readIn(t, h, a, uuid.Nil, topics...)
}

func readIn(t *testing.T, h *live.Hub, a *answers, workspace uuid.UUID, topics ...string) (written *strings.Builder, ended chan struct{}) {
	t.Helper()
	stream, err := h.Open("somebody", workspace, topics...)
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

func TestAnAnnouncementHasTheStreamsThatItConcernsAskAboutTheirReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := station{make(chan string)}
		h := hub(t, said.listen)
		defer h.Close()
		mine, other := &answers{}, &answers{}
		written, ended := read(t, h, mine, live.Topic("tenant", "1"), live.Topic("user", "2"))
		_, otherEnded := read(t, h, other, live.Topic("tenant", "9"))
		before := other.asked.Load()
		for _, announced := range []string{"tenant 1", "nonsense", ""} {
			said.said <- announced
			synctest.Wait()
		}
		if other.asked.Load() != before || strings.Contains(written.String(), live.Ended) {
			t.Errorf("the other stream asked %d times; the page hears %q", other.asked.Load()-before, written)
		}
		mine.refused.Store(true)
		said.said <- "user 2"
		synctest.Wait()
		if !isOver(ended) || isOver(otherEnded) || !strings.HasSuffix(written.String(), "event: ended\ndata:\n\n") {
			t.Errorf("ended %t, the other %t; the page hears %q", isOver(ended), isOver(otherEnded), written)
		}
		if h.Count() != 1 {
			t.Errorf("%d streams are left", h.Count())
		}
	})
}

func TestAStreamBeginsWithTheNumbersAndIsToldEachThatGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mine, other := uuid.New(), uuid.New()
		n := &numbers{at: map[uuid.UUID]int64{mine: 6, other: 1}}
		h := hubAsking(t, nil, n)
		defer h.Close()
		// The answer about access is newer than the first about numbers.
		reader := &answers{inbox: 7}
		written, _ := readIn(t, h, reader, mine)
		n.set(mine, 7)
		if !strings.HasSuffix(written.String(), "event: beat\ndata: 2000\n\nevent: revision\ndata: inbox\nid: 7\n\n") {
			t.Errorf("it begins with %q", written)
		}
		n.set(other, 2)
		pass(time.Second)
		n.set(mine, 8)
		pass(300 * time.Millisecond)
		n.set(mine, 9)
		pass(300 * time.Millisecond)
		if said := strings.Count(written.String(), "event: revision"); said != 3 || !strings.HasSuffix(written.String(), "id: 8\n\nevent: revision\ndata: inbox\nid: 9\n\n") {
			t.Errorf("the page hears %q", written)
		}
		if asked := reader.asked.Load(); asked != 1 {
			t.Errorf("news had it ask about its reader %d times", asked-1)
		}
	})
}

// A backup that is restored has the numbers of its time.
func TestANumberThatStaysLowerIsToldAsWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		workspace := uuid.New()
		n := &numbers{at: map[uuid.UUID]int64{workspace: 7}}
		h := hubAsking(t, nil, n)
		defer h.Close()
		written, _ := readIn(t, h, &answers{inbox: 7}, workspace)
		n.set(workspace, 4)
		pass(300 * time.Millisecond)
		once := strings.Count(written.String(), "event: revision")
		n.set(workspace, 5) // it is written to already
		pass(300 * time.Millisecond)
		pass(time.Second)
		if said := strings.Count(written.String(), "event: revision"); once != 1 || said != 2 || !strings.HasSuffix(written.String(), "id: 5\n\n") {
			t.Errorf("the page hears %q", written)
		}
	})
}

func TestOneQuestionIsForAllWorkspacesAndNobodyAsksWithoutStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second := uuid.New(), uuid.New()
		n := &numbers{at: map[uuid.UUID]int64{}}
		h := hubAsking(t, nil, n)
		defer h.Close()
		pass(time.Minute)
		if asked := n.questions(); len(asked) != 0 {
			t.Errorf("%d questions before the first stream", len(asked))
		}
		readers := []*answers{{}, {}, {}}
		for i, workspace := range []uuid.UUID{first, first, second} {
			readIn(t, h, readers[i], workspace)
		}
		n.questions()
		pass(time.Second)
		asked := n.questions()
		if len(asked) != 4 {
			t.Errorf("%d questions in a second", len(asked))
		}
		for _, workspaces := range asked {
			if len(workspaces) != 2 || !slices.Contains(workspaces, first) || !slices.Contains(workspaces, second) {
				t.Errorf("asked about %v", workspaces)
			}
		}
		for _, reader := range readers {
			reader.refused.Store(true)
		}
		pass(3 * time.Second)
		n.questions()
		pass(time.Minute)
		if asked := n.questions(); len(asked) != 0 || h.Count() != 0 {
			t.Errorf("%d questions after the last of them, %d streams", len(asked), h.Count())
		}
		readIn(t, h, &answers{}, second)
		if asked := n.questions(); len(asked) == 0 {
			t.Error("it does not begin again")
		}
	})
}

func TestWhatCannotBeAskedIsToldOnceItCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		workspace := uuid.New()
		n := &numbers{at: map[uuid.UUID]int64{workspace: 2}, err: errors.New("the database is away")}
		h := hubAsking(t, nil, n)
		defer h.Close()
		written, _ := readIn(t, h, &answers{inbox: 1}, workspace)
		pass(time.Second)
		before := written.String()
		n.mu.Lock()
		n.err = nil
		n.mu.Unlock()
		pass(300 * time.Millisecond)
		if strings.Contains(before, "id: 2") || !strings.Contains(written.String(), "id: 2") {
			t.Errorf("the page hears %q, then %q", before, written)
		}
	})
}

func TestAStreamAsksByItselfAndMoreOftenWhileNothingIsHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := station{make(chan string)}
		for name, wanted := range map[string]struct {
			listen func(context.Context, func(), func(string)) error
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
		said.said <- "user 2"
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
		if _, err := h.Open("somebody", uuid.Nil); !errors.Is(err, live.ErrClosed) {
			t.Errorf("opened after the end: %v", err)
		}
	})
}

func TestAReaderWhoHasLeftIsNoticedAtTheNextBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hub(t, nil)
		defer h.Close()
		stream, err := h.Open("somebody", uuid.Nil)
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
