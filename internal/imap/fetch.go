package imap

import (
	"cmp"
	"errors"
	"fmt"
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
	// batchBytes and batchMessages bound what a session holds in memory at a time; a
	// message above batchBytes comes by itself, over a file (spool).
	batchBytes    = 2 << 20
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
	// Unfetched says that the reading ended at the message each time, so that it is passed
	// by (hazard 127); Raw is its header, if that could be had.
	Unfetched bool
	// Gone asks the server which of some UIDs are not in the INBOX any more. nil where
	// there is nobody to ask.
	Gone func(uids []uint32) ([]uint32, error)

	// spooled is the content of a large message, until it is its turn in memory.
	spooled *spool
}

// Way is how the reading goes on at a message.
type Way int

// The ways.
const (
	// Portion asks for as many messages at once as memory has room for.
	Portion Way = iota
	// Alone asks for the one message, its header first: what the reading ended at before.
	Alone
	// Pass asks for nothing: the message is visited as Unfetched.
	Pass
)

// Visitor is who reads a mailbox. Its errors end the reading and are returned as they are.
type Visitor interface {
	// Begin is told of the message at which the reading goes on, before it is asked for.
	Begin(first Message) (Way, error)
	// Visit is given a message. next is the UID of the one that follows in the same
	// portion, which has been asked for as well; 0 at its end.
	Visit(message Message, next uint32) error
}

// Suspicion is the error of a reading that ended at a message: the server went away,
// fell silent or broke the protocol when it was asked for that one. It wraps its reason.
type Suspicion struct {
	// Message is the one, with what is known of it.
	Message Message
	Reason  error
}

// Error names the message by its UID.
func (s *Suspicion) Error() string { return fmt.Sprintf("message %d: %s", s.Message.UID, s.Reason) }

// Unwrap returns the reason.
func (s *Suspicion) Unwrap() error { return s.Reason }

// Each calls visit for every message of the open INBOX whose UID is above after,
// in ascending order of UID, and for nothing else: what the server sends unasked
// is dropped (hazard 59). It stops after limit messages when limit is above 0,
// or when the session's bytes run out, and then reports that there are more; a
// caller keeps the last UID it was given and goes on from there next time. An
// error of visit ends it and is returned as it is.
func (s *Session) Each(inbox Inbox, after uint32, limit int, visit func(Message) error) (more bool, err error) {
	return s.Read(inbox, after, limit, eachOf(visit))
}

// eachOf is a visitor that does not care how a message comes.
type eachOf func(Message) error

func (eachOf) Begin(Message) (Way, error)                  { return Portion, nil }
func (visit eachOf) Visit(message Message, _ uint32) error { return visit(message) }

// Read is Each for a visitor who keeps count of what the reading ends at. Where it ends
// at a message, the error is a Suspicion, and what came before that one was visited.
func (s *Session) Read(inbox Inbox, after uint32, limit int, visitor Visitor) (more bool, err error) {
	reading := &reading{session: s, limit: limit, visitor: visitor}
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

// listItems is what is asked of a message that is listed.
var listItems = &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}

// list returns the messages of a range of UIDs with their sizes, in ascending
// order and each once.
func (s *Session) list(from, until uint32) ([]Message, error) {
	var set imap.UIDSet
	set.AddRange(imap.UID(from), imap.UID(until))
	command := s.client.Fetch(set, listItems)
	var listed []Message
	for data := command.Next(); data != nil; data = command.Next() {
		message := collect(data)
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

// reading is one call of Read.
type reading struct {
	session *Session
	limit   int
	visited int
	visitor Visitor
}

// fetch reads the listed messages in portions; it reports true when the reading
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
		way, err := r.visitor.Begin(batch[0])
		if err != nil {
			return false, err
		}
		if way != Portion {
			batch = batch[:1]
		}
		listed = listed[len(batch):]
		if err := r.read(batch, way); err != nil {
			return false, err
		}
	}
	return false, nil
}

// read visits a portion as far as it came.
func (r *reading) read(batch []Message, way Way) error {
	if way == Pass {
		batch[0].Unfetched = true
		return r.visit(batch[0], 0)
	}
	if way == Alone && batch[0].Size <= r.session.limits.Message {
		if err := r.session.fetchHeader(&batch[0]); err != nil {
			return &Suspicion{batch[0], err}
		}
	}
	whole, err := r.session.fetchOrMark(batch)
	if errors.Is(err, ErrSpool) {
		discardAll(whole)
		return err
	}
	var suspicion *Suspicion
	if err != nil {
		suspicion = &Suspicion{firstMissing(batch, whole), err}
	}
	for i, message := range whole {
		next := uint32(0)
		if i+1 < len(whole) {
			next = whole[i+1].UID
		} else if suspicion != nil {
			next = suspicion.Message.UID
		}
		if err := r.visit(message, next); err != nil {
			discardAll(whole[i:])
			return err
		}
	}
	if suspicion != nil {
		return suspicion
	}
	return nil
}

// visit hands a message on, within the room that there is for messages in memory.
func (r *reading) visit(message Message, next uint32) error {
	leave, err := enter(r.session.ctx, &message)
	if err != nil {
		return err
	}
	defer leave()
	message.Gone = r.session.gone
	r.visited++
	return r.visitor.Visit(message, next)
}

// firstMissing returns the first of a portion that is behind all that came.
func firstMissing(batch, whole []Message) Message {
	if len(whole) == 0 {
		return batch[0]
	}
	last := whole[len(whole)-1].UID
	at := slices.IndexFunc(batch, func(m Message) bool { return m.UID > last })
	return batch[max(at, 0)]
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
// alone, so that one damaged message does not keep the others away. With an error it
// returns what came before the first that did not.
func (s *Session) fetchOrMark(listed []Message) ([]Message, error) {
	whole, err := s.fetch(listed)
	if _, refused := errors.AsType[*imap.Error](err); !refused || s.connection.cause() != nil {
		return whole, err
	}
	discardAll(whole)
	if len(listed) == 1 {
		return s.refused(listed[0])
	}
	whole = nil
	for i := range listed {
		one, err := s.fetchOrMark(listed[i : i+1])
		if err != nil {
			return whole, err
		}
		whole = append(whole, one...)
	}
	return whole, nil
}

// refused tells a message that was removed after it was listed, which is nothing (hazard
// 128), from one that the server keeps to itself.
func (s *Session) refused(message Message) ([]Message, error) {
	stands, err := s.stands(message.UID)
	if err != nil || !stands {
		return nil, err
	}
	message.Unreadable, message.Raw = true, nil
	return []Message{message}, nil
}

// fetch returns the listed messages with their contents, in the same order. One
// that was deleted meanwhile is left out; one that is there but was not sent is
// an error, since passing over it would lose it. With an error it returns what came
// before the first that did not.
func (s *Session) fetch(listed []Message) ([]Message, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	tooLarge := listed[0].Size > s.limits.Message
	if tooLarge {
		section = headerSection()
	}
	contents, err := s.ask(listed, section)
	if err == nil {
		return s.join(listed, contents, tooLarge)
	}
	came := slices.IndexFunc(listed, func(m Message) bool { _, found := contents[m.UID]; return !found })
	if came < 0 {
		return s.join(listed, contents, tooLarge) // what went wrong came behind them all
	}
	for _, message := range listed[came:] {
		contents[message.UID].discard()
	}
	whole, _ := s.join(listed[:came], contents, tooLarge)
	return whole, s.because(ErrProtocol, fmt.Errorf("fetch messages: %w", err))
}

func headerSection() *imap.FetchItemBodySection {
	return &imap.FetchItemBodySection{
		Peek: true, Specifier: imap.PartSpecifierHeader, Partial: &imap.SectionPartial{Offset: 0, Size: headerBytes},
	}
}

// ask returns the section of each of the listed messages that the server sends.
func (s *Session) ask(listed []Message, section *imap.FetchItemBodySection) (contents map[uint32]content, err error) {
	var set imap.UIDSet
	for _, message := range listed {
		set.AddNum(imap.UID(message.UID))
	}
	command := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	contents = make(map[uint32]content, len(listed))
	for data := command.Next(); data != nil; data = command.Next() {
		message, came, found, failure := collectContent(data, s.limits.Message+literalSlack)
		if errors.Is(failure, ErrSpool) {
			err = failure
		}
		if found {
			contents[message.UID].discard()
			contents[message.UID] = came
		}
	}
	return contents, cmp.Or(err, command.Close())
}

// fetchHeader gives a message its header.
func (s *Session) fetchHeader(message *Message) error {
	contents, err := s.ask([]Message{*message}, headerSection())
	if err != nil {
		if _, refused := errors.AsType[*imap.Error](err); refused && s.connection.cause() == nil {
			return nil // whether the message is refused too shows when it is asked for
		}
		return s.because(ErrProtocol, fmt.Errorf("fetch a header: %w", err))
	}
	message.Raw = contents[message.UID].header()
	return nil
}

func (s *Session) join(listed []Message, contents map[uint32]content, tooLarge bool) ([]Message, error) {
	whole := make([]Message, 0, len(listed))
	for _, message := range listed {
		came, found := contents[message.UID]
		if !found || came.size() == 0 && message.Size > 0 {
			stands, err := s.stands(message.UID)
			switch {
			case err != nil:
				return whole, err
			case !stands:
				continue
			case !found:
				return whole, because(ErrProtocol, errors.New("the server lists a message that it does not send"))
			}
		}
		message.Raw, message.spooled, message.TooLarge = came.raw, came.spool, tooLarge
		if !tooLarge && came.size() > s.limits.Message {
			message.Raw, message.spooled, message.TooLarge = came.header(), nil, true
		}
		whole = append(whole, message)
	}
	return whole, nil
}

// stands reports whether a message is in the INBOX still.
func (s *Session) stands(uid uint32) (bool, error) {
	gone, err := s.gone([]uint32{uid})
	return len(gone) == 0, err
}

// gone returns which of some UIDs are not in the INBOX any more. A server says what was
// removed when it is asked for nothing, and not while it answers a FETCH (RFC 9051,
// 7.5.1); one that has nothing to say to NOOP is asked all the same.
func (s *Session) gone(uids []uint32) (gone []uint32, err error) {
	if err := s.client.Noop().Wait(); err != nil && s.connection.cause() != nil {
		return nil, s.because(ErrProtocol, fmt.Errorf("ask what is new: %w", err))
	}
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	standing := map[uint32]bool{}
	command := s.client.Fetch(set, listItems)
	for data := command.Next(); data != nil; data = command.Next() {
		standing[collect(data).UID] = true
	}
	if err := command.Close(); err != nil {
		return nil, s.because(ErrProtocol, fmt.Errorf("list messages: %w", err))
	}
	return slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return standing[uid] }), nil
}

// collect reads the items of one message.
func collect(data *imapclient.FetchMessageData) (message Message) {
	message, _, _, _ = collectContent(data, 0)
	return message
}

// collectContent reads the items of one message; found says that a content was among
// them, and err why one was not kept. A content is read up to limit bytes, which the
// connection enforces as well.
func collectContent(data *imapclient.FetchMessageData, limit int64) (message Message, came content, found bool, err error) {
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
				found = true // NIL: the message is there and empty, or gone
				continue
			}
			came, err = readContent(item.Literal, min(item.Literal.Size(), limit))
			found = err == nil
		}
	}
	return message, came, found, err
}
