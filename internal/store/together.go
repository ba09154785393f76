package store

import (
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
)

// Together runs parts that do not depend on each other, so that the question that each
// of them waits for goes out with those of the others, in one round trip: a page's
// queries cost as many as the longest part has in a row. A part may itself call
// Together. Parts take turns on the caller's goroutine and never run at the same time,
// so they may write to what they share; a panic in one is a panic of the caller.
//
// The errors of all parts come back joined, in the order of the parts, those of one
// failed statement once.
func (t *Tx) Together(parts ...func() error) error {
	if len(parts) == 0 {
		return nil
	}
	if t.open.side != nil {
		return t.open.side.fork(parts)
	}
	t.open.side = &side{transaction: t.open}
	defer func() { t.open.side = nil }()
	return t.open.side.run(parts)
}

// Last is Together for the last round of the transaction: its commit goes out with the
// questions and is skipped when one of them fails. Each part may ask one question, and
// what it makes of the answer undoes nothing any more: an update that may find no row
// does not belong here.
func (t *Tx) Last(parts ...func() error) error {
	if t.open.side != nil {
		return errors.New("store: Last inside Together")
	}
	t.open.closing = true
	return t.Together(parts...)
}

// errStopped is what a part hears that still waits when another one has panicked.
var errStopped = errors.New("store: another part has panicked")

// side holds the parts that run side by side: one runs, others are ready to, others
// wait for the answer to a question.
type side struct {
	transaction    *transaction
	all            []*part
	running        *part
	ready, waiting []*part
	// err is what ending a round has failed with.
	err error
}

// part is a coroutine: it runs until it asks something, or until it waits for parts of
// its own.
type part struct {
	resume func() (struct{}, bool)
	stop   func()
	pause  func(struct{}) bool
	// asked is what it waits to hear; rows or refusal is what it hears.
	asked   statement
	rows    *answer
	refusal error
	// parent waits until none of its own is open any more.
	parent *part
	open   int
	err    error
}

func (s *side) add(parent *part, runs []func() error) []*part {
	added := make([]*part, len(runs))
	for i, run := range runs {
		made := &part{parent: parent}
		made.resume, made.stop = iter.Pull(func(pause func(struct{}) bool) {
			made.pause = pause
			made.err = run()
		})
		added[i] = made
	}
	s.all, s.ready = append(s.all, added...), append(s.ready, added...)
	return added
}

// run takes turns until all parts have ended.
func (s *side) run(runs []func() error) error {
	defer s.stop()
	parts := s.add(nil, runs)
	for len(s.ready)+len(s.waiting) > 0 {
		for len(s.ready) > 0 {
			next := s.ready[0]
			s.ready = s.ready[1:]
			s.step(next)
		}
		if len(s.waiting) > 0 {
			s.round()
		}
	}
	all, told := s.joined(parts)
	if s.err != nil && !told { // a part has passed over it, or it came with the commit
		all = append(all, translate(s.err))
	}
	return oneOf(all)
}

// fork runs parts of the running part, which waits for their ends.
func (s *side) fork(runs []func() error) error {
	parent := s.running
	parts := s.add(parent, runs)
	parent.open = len(parts)
	if !parent.pause(struct{}{}) {
		return errStopped
	}
	all, _ := s.joined(parts)
	return oneOf(all)
}

// ask puts the running part's question into the next round and waits for its answer.
func (s *side) ask(asked statement) (pgx.Rows, error) {
	p := s.running
	if p.rows != nil && !p.rows.closed {
		return nil, errUnread
	}
	p.asked = asked
	s.waiting = append(s.waiting, p)
	if !p.pause(struct{}{}) {
		return nil, errStopped
	}
	if p.refusal != nil {
		return nil, translate(p.refusal)
	}
	return p.rows, nil
}

// step lets a part run until it asks, waits, or ends.
func (s *side) step(p *part) {
	s.running = p
	_, goesOn := p.resume()
	s.running = nil
	if goesOn || p.parent == nil {
		return
	}
	if p.parent.open--; p.parent.open == 0 {
		s.ready = append(s.ready, p.parent)
	}
}

// round sends what the waiting parts ask and hands each its answer. They read in the
// order in which the answers come, straight from the wire.
func (s *side) round() {
	parts := s.waiting
	s.waiting = nil
	asked := make([]statement, len(parts))
	for i, p := range parts {
		asked[i] = p.asked
	}
	err := s.transaction.send(asked...)
	for _, p := range parts {
		s.hear(p, err)
		s.step(p)
		if p.rows != nil {
			p.rows.Close()
		}
	}
	if err == nil {
		s.note(s.transaction.settle())
	}
}

// hear gives a part the next answer of a round, or why there is none.
func (s *side) hear(p *part, failure error) {
	p.rows, p.refusal = nil, failure
	if failure == nil {
		var rows pgx.Rows
		if rows, p.refusal = s.transaction.next(); p.refusal == nil {
			p.rows = &answer{Rows: rows, end: func() error { return nil }}
		}
	}
	s.note(p.refusal)
}

// note keeps the first failure of a round, which all questions behind it repeat.
func (s *side) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

// joined are the errors of parts, that of a failed round once, and whether that is
// among them.
func (s *side) joined(parts []*part) (all []error, told bool) {
	for _, p := range parts {
		repeated := s.err != nil && errors.Is(p.err, s.err)
		if p.err != nil && !(repeated && told) {
			all = append(all, p.err)
		}
		told = told || repeated
	}
	return all, told
}

// oneOf leaves a single error as it is.
func oneOf(all []error) error {
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// stop ends the parts that still wait, which is only after a panic.
func (s *side) stop() {
	for _, p := range s.all {
		s.running = p
		p.stop()
	}
}
