package imap

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	// firstWindow is how many UIDs the first listing spans. Each next one spans
	// twice as many, so that a mailbox of few messages and high UIDs is read in
	// few round trips and one of many messages in portions.
	firstWindow = 500
	// lastWindow bounds the doubling, and with it what one listing can hold.
	lastWindow = 1 << 20
	// batchBytes and batchMessages bound what is held in memory at a time.
	batchBytes    = 8 << 20
	batchMessages = 50
	// headerBytes is what is read of a message that is too large.
	headerBytes = 256 << 10
)

// Message is a message of the INBOX.
type Message struct {
	UID uint32
	// InternalDate is when the server received it; zero when the server does not
	// tell.
	InternalDate time.Time
	// Size is the size in bytes that the server announces.
	Size int64
	// Raw is the message as it is on the server, or, with TooLarge, at most the
	// first 256 KiB of its header.
	Raw []byte
	// TooLarge says that the message is above Limits.Message and was not fetched.
	TooLarge bool
	// Unreadable says that the server lists the message and refuses to send it, as
	// some do when their copy is damaged; Raw is empty.
	Unreadable bool
}

// Each calls visit for every message of the open INBOX whose UID is above after,
// in ascending order of UID, and for nothing else: what the server sends unasked
// is dropped (hazard 59). It stops after limit messages when limit is above 0,
// or when the session's bytes run out, and then reports that there are more; a
// caller keeps the last UID it was given and goes on from there next time. An
// error of visit ends it and is returned as it is.
func (s *Session) Each(inbox Inbox, after uint32, limit int, visit func(Message) error) (more bool, err error) {
	reading := &reading{session: s, limit: limit, visit: visit}
	window := uint32(firstWindow)
	for last := inbox.UIDNext - 1; after < last; window = min(window*2, lastWindow) {
		until := after + min(window, last-after)
		listed, err := s.list(after+1, until)
		if err != nil {
			return false, err
		}
		if more, err := reading.fetch(listed); more || err != nil {
			return more, err
		}
		after = until
	}
	return false, nil
}

// list returns the messages of a range of UIDs with their sizes, in ascending
// order and each once.
func (s *Session) list(from, until uint32) ([]Message, error) {
	var set imap.UIDSet
	set.AddRange(imap.UID(from), imap.UID(until))
	command := s.client.Fetch(set, &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true})
	var listed []Message
	for data := command.Next(); data != nil; data = command.Next() {
		message, _ := collect(data, 0)
		if message.UID >= from && message.UID <= until {
			listed = append(listed, message)
		}
	}
	if err := command.Close(); err != nil {
		return nil, s.because(ErrProtocol, fmt.Errorf("list messages: %w", err))
	}
	slices.SortFunc(listed, func(a, b Message) int { return cmp.Compare(a.UID, b.UID) })
	return slices.CompactFunc(listed, func(a, b Message) bool { return a.UID == b.UID }), nil
}

// reading is one call of Each.
type reading struct {
	session *Session
	limit   int
	visited int
	visit   func(Message) error
}

// fetch reads the listed messages in batches; it reports true when the reading
// stops before the last.
func (r *reading) fetch(listed []Message) (bool, error) {
	for len(listed) > 0 {
		if r.limit > 0 && r.visited >= r.limit {
			return true, nil
		}
		batch := r.nextBatch(listed)
		if len(batch) == 0 {
			return true, nil
		}
		listed = listed[len(batch):]
		whole, err := r.session.fetchOrMark(batch)
		if err != nil {
			return false, err
		}
		for _, message := range whole {
			if err := r.visit(message); err != nil {
				return false, err
			}
			r.visited++
		}
	}
	return false, nil
}

// nextBatch returns the first of the listed messages that fit in memory, in the
// limit and in what is left of the session's bytes, and are all whole or all too
// large.
func (r *reading) nextBatch(listed []Message) []Message {
	limits := r.session.limits
	left := limits.Total - r.session.connection.total.Load() - literalSlack
	tooLarge := listed[0].Size > limits.Message
	var bytes int64
	for i, message := range listed {
		size := message.Size
		if tooLarge {
			size = headerBytes
		}
		bytes += size
		switch {
		case bytes > left,
			i > 0 && bytes > batchBytes,
			i == batchMessages,
			r.limit > 0 && r.visited+i == r.limit,
			(message.Size > limits.Message) != tooLarge:
			return listed[:i]
		}
	}
	return listed
}

// fetchOrMark is fetch for a server that refuses: it then asks for each message
// alone, so that one damaged message does not keep the others away.
func (s *Session) fetchOrMark(listed []Message) ([]Message, error) {
	whole, err := s.fetch(listed)
	if _, refused := errors.AsType[*imap.Error](err); !refused || s.connection.cause() != nil {
		return whole, err
	}
	if len(listed) == 1 {
		listed[0].Unreadable = true
		return listed, nil
	}
	whole = nil
	for i := range listed {
		one, err := s.fetchOrMark(listed[i : i+1])
		if err != nil {
			return nil, err
		}
		whole = append(whole, one...)
	}
	return whole, nil
}

// fetch returns the listed messages with their contents, in the same order. One
// that was deleted meanwhile is left out; one that is there but was not sent is
// an error, since passing over it would lose it.
func (s *Session) fetch(listed []Message) ([]Message, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	tooLarge := listed[0].Size > s.limits.Message
	if tooLarge {
		section.Specifier = imap.PartSpecifierHeader
		section.Partial = &imap.SectionPartial{Offset: 0, Size: headerBytes}
	}
	var set imap.UIDSet
	for _, message := range listed {
		set.AddNum(imap.UID(message.UID))
	}
	command := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	contents := make(map[uint32][]byte, len(listed))
	for data := command.Next(); data != nil; data = command.Next() {
		if message, found := collect(data, s.limits.Message+literalSlack); found {
			contents[message.UID] = message.Raw
		}
	}
	if err := command.Close(); err != nil {
		return nil, s.because(ErrProtocol, fmt.Errorf("fetch messages: %w", err))
	}
	return s.join(listed, contents, tooLarge)
}

func (s *Session) join(listed []Message, contents map[uint32][]byte, tooLarge bool) ([]Message, error) {
	whole := make([]Message, 0, len(listed))
	for _, message := range listed {
		content, found := contents[message.UID]
		if !found {
			if err := s.expectGone(message.UID); err != nil {
				return nil, err
			}
			continue
		}
		message.Raw, message.TooLarge = content, tooLarge
		if !tooLarge && int64(len(content)) > s.limits.Message {
			message.Raw, message.TooLarge = content[:min(len(content), headerBytes)], true
		}
		whole = append(whole, message)
	}
	return whole, nil
}

// expectGone returns an error when the message is still listed.
func (s *Session) expectGone(uid uint32) error {
	listed, err := s.list(uid, uid)
	if err != nil {
		return err
	}
	if len(listed) > 0 {
		return because(ErrProtocol, errors.New("the server lists a message that it does not send"))
	}
	return nil
}

// collect reads the items of one message; found says that a content was among
// them. A content is read up to limit bytes, which the connection enforces as
// well.
func collect(data *imapclient.FetchMessageData, limit int64) (message Message, found bool) {
	for item := data.Next(); item != nil; item = data.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			message.UID = uint32(item.UID)
		case imapclient.FetchItemDataInternalDate:
			message.InternalDate = item.Time
		case imapclient.FetchItemDataRFC822Size:
			message.Size = item.Size
		case imapclient.FetchItemDataBodySection:
			if found {
				continue
			}
			if item.Literal == nil {
				found = true // NIL: the message is there and empty
				continue
			}
			content, err := io.ReadAll(io.LimitReader(item.Literal, limit))
			if err == nil && int64(len(content)) == min(item.Literal.Size(), limit) {
				message.Raw, found = content, true
			}
		}
	}
	return message, found
}
