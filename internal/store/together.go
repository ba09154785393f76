package store

import (
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
)

// Together runs parts that do not depend on each other, and sends what all of them ask
// in one round trip instead of one for each:
//
//	err := tx.Together(
//		func() (err error) { providers, err = tx.ProviderListActive(ctx); return err },
//		func() (err error) { services, err = tx.ServiceListActive(ctx); return err },
//	)
//
// A part runs until it asks, rests while the others run until they ask, and goes on with
// its answer once it has come, the first part first. So parts take turns and never run at
// the same time: they may write to what they share. One that asks twice in a row makes
// two round trips of it.
//
// All parts run to their ends; of their errors the first comes back, in the order of the
// parts. A panic in one is a panic of the caller.
func (t *Tx) Together(parts ...func() error) error {
	if t.open.running != nil {
		return errors.New("store: Together inside Together")
	}
	return t.open.together(parts)
}

// Last is Together for the last round of the transaction, which carries the commit as
// well. Nothing is committed when a part fails before it asks, or a statement fails; but
// what a part makes of its answer undoes nothing any more, so a statement that may find
// no row to change does not belong here. Each part asks once, and after Last nothing may
// be asked.
func (t *Tx) Last(parts ...func() error) error {
	t.open.closing = t.open.running == nil
	return t.Together(parts...)
}

// errStopped is what a resting part hears when another one has panicked.
var errStopped = errors.New("store: another part has panicked")

// part is a function of Together as the sequence of the statements that it asks.
type part struct {
	// next runs it to its next statement; false is its end. stop ends it where it rests.
	next func() (statement, bool)
	stop func()
	// rest hands out a statement and returns when next is called again, or with false
	// when stop is.
	rest func(statement) bool
	// rows, or why there are none, is what it hears then.
	rows    *answer
	failure error
	err     error
}

func newPart(run func() error) *part {
	p := &part{}
	p.next, p.stop = iter.Pull(func(rest func(statement) bool) {
		p.rest = rest
		p.err = run()
	})
	return p
}

// ask is called from within the part.
func (p *part) ask(asked statement) (pgx.Rows, error) {
	if p.rows != nil && !p.rows.closed {
		return nil, errUnread
	}
	if !p.rest(asked) {
		return nil, errStopped
	}
	if p.failure != nil {
		return nil, translate(p.failure)
	}
	return p.rows, nil
}

func (t *transaction) together(runs []func() error) error {
	parts := make([]*part, len(runs))
	for i, run := range runs {
		parts[i] = newPart(run)
		defer parts[i].stop()
	}
	defer func() { t.running = nil }()
	r := round{}
	for _, p := range parts {
		t.advance(p, &r)
	}
	if err := firstError(parts); err != nil && t.closing {
		return err
	}
	for len(r.parts) > 0 {
		r = t.round(r)
	}
	return firstError(parts)
}

func firstError(parts []*part) error {
	for _, p := range parts {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// round is the parts that rest, and what each of them asks.
type round struct {
	parts []*part
	asked []statement
}

// advance runs a part to its next statement, which joins the round, or to its end.
func (t *transaction) advance(p *part, next *round) {
	t.running = p
	if asked, ok := p.next(); ok {
		next.parts, next.asked = append(next.parts, p), append(next.asked, asked)
	}
	t.running = nil
}

// round sends what the parts ask and lets each go on with its answer, in the order in
// which the answers come from the wire; what they ask next is the next round.
func (t *transaction) round(r round) (next round) {
	failure := t.send(r.asked...)
	for _, p := range r.parts {
		p.rows, p.failure = nil, failure
		if failure == nil {
			p.rows, p.failure = t.answer(func() error { return nil })
		}
		t.advance(p, &next)
		if p.rows != nil {
			p.rows.Close() // what it has not read is in the way of the next part's answer
		}
	}
	if failure == nil {
		// Its failure is what a part has heard, or is the commit's, which comes out of
		// the door.
		_ = t.settle()
	}
	return next
}
