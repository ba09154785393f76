package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/semaphore"
)

// ErrNoRoom means that a session's time was over before there was room in memory for its
// next message. It is nobody's fault and nothing was lost: the reading goes on another
// time.
var ErrNoRoom = errors.New("imap: no room for a message")

// ErrSpool means that a large message found no place in the temporary folder, which is
// not the server's fault either.
var ErrSpool = errors.New("imap: no place for a large message")

// roomBytes is how many bytes of messages are worked on at a time, over all sessions of
// the process: one large message, or some small ones. Reading one takes some times its
// size. It is not below the largest that is fetched.
const roomBytes = 32 << 20

var room = semaphore.NewWeighted(roomBytes)

// enter waits for the room that a message takes and brings its content into memory; leave
// gives it back. Until then a large message waits in a file, so that no server, however
// slow it sends, keeps others' messages out.
func enter(ctx context.Context, message *Message) (leave func(), err error) {
	size := min(max(int64(len(message.Raw)), message.spooled.length()), roomBytes)
	if err := room.Acquire(ctx, size); err != nil {
		message.spooled.discard()
		return nil, fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	if message.spooled == nil {
		return func() { room.Release(size) }, nil
	}
	loosen := tighten()
	if message.Raw, err = message.spooled.take(); err != nil {
		loosen()
		room.Release(size)
		return nil, err
	}
	message.spooled = nil
	return func() {
		// What a large message took is given back to the machine before the next one comes:
		// the collector alone would let it lie, and the next one's beside it.
		message.Raw = nil
		loosen()
		debug.FreeOSMemory()
		room.Release(size)
	}, nil
}

// tightPercent is by how much the heap may grow until it is collected while a large
// message is in memory: what is read of that lives briefly and is large, and the usual
// share of a heap that it stands in would be larger still. To collect such a heap is
// cheap, since little of it holds pointers.
const tightPercent = 20

// tight counts the large messages in memory, and keeps the usual share meanwhile.
var tight struct {
	sync.Mutex
	messages, usual int
}

// tighten has the heap collected closely until loosen is called.
func tighten() (loosen func()) {
	tight.Lock()
	defer tight.Unlock()
	if tight.messages++; tight.messages == 1 {
		tight.usual = debug.SetGCPercent(tightPercent)
	}
	return func() {
		tight.Lock()
		defer tight.Unlock()
		if tight.messages--; tight.messages == 0 {
			debug.SetGCPercent(tight.usual)
		}
	}
}

// content is what came of a message: in memory, or in a file where it is large.
type content struct {
	raw   []byte
	spool *spool
}

// readContent reads the first bytes of a literal, all of which must come.
func readContent(literal io.Reader, bytes int64) (content, error) {
	if bytes > batchBytes {
		spooled, err := newSpool(literal, bytes)
		return content{spool: spooled}, err
	}
	raw := make([]byte, bytes)
	_, err := io.ReadFull(literal, raw)
	return content{raw: raw}, err
}

func (c content) size() int64 { return max(int64(len(c.raw)), c.spool.length()) }

// header returns the beginning, and discards the rest.
func (c content) header() []byte {
	if c.spool == nil {
		return c.raw[:min(len(c.raw), headerBytes)]
	}
	defer c.discard()
	beginning := make([]byte, min(c.spool.bytes, headerBytes))
	if _, err := c.spool.file.ReadAt(beginning, 0); err != nil {
		return nil
	}
	return beginning
}

func (c content) discard() { c.spool.discard() }

func discardAll(messages []Message) {
	for _, message := range messages {
		message.spooled.discard()
	}
}

// spool is a file of the system's temporary folder that has no name any more: it goes
// with the process, whatever becomes of that, and nobody else can open it. A nil one is
// empty.
type spool struct {
	file  *os.File
	bytes int64
}

func newSpool(from io.Reader, bytes int64) (*spool, error) {
	file, err := os.CreateTemp("", "frontdesk-message-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpool, err)
	}
	s := &spool{file, bytes}
	if err = os.Remove(file.Name()); err == nil {
		_, err = io.CopyN(file, from, bytes)
	}
	if _, isOurs := errors.AsType[*fs.PathError](err); isOurs {
		err = fmt.Errorf("%w: %w", ErrSpool, err)
	}
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

func (s *spool) length() int64 {
	if s == nil {
		return 0
	}
	return s.bytes
}

// take returns the content, in a piece of memory of its very size, and ends the file.
func (s *spool) take() ([]byte, error) {
	defer s.discard()
	raw := make([]byte, s.bytes)
	if _, err := s.file.ReadAt(raw, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpool, err)
	}
	return raw, nil
}

// discard ends the file. It may be called again, and nothing is in it to be lost.
func (s *spool) discard() {
	if s != nil {
		s.file.Close()
	}
}
