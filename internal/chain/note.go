package chain

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/internal/seal"
)

// note is an object in the file storage: heads as they were at some moment. It is text, a
// line for each thing, so that an auditor reads it without this program. Its last line is
// a keyed hash of the others.
type note struct {
	// since is when heads were first kept, by this note or one that it stands for.
	since   time.Time
	heads   []Head
	givenUp []GivenUp
}

// GivenUp is a head that the database has not, since it was brought back to an older
// state, and which somebody with the keys said to pass over.
type GivenUp struct {
	Head   Head
	At     time.Time
	Reason string
}

// String returns it as it is printed: never as a head that could be kept.
func (g GivenUp) String() string {
	return fmt.Sprintf("%s: at %s, because %s", g.Head.inWords(), g.At.UTC().Format(time.RFC3339), g.Reason)
}

const (
	noteTitle   = "frontdesk audit heads 1"
	notePurpose = "audit heads"
)

// What the lines of a note begin with.
const (
	sinceLine   = "since "
	headLine    = "head "
	givenUpLine = "given-up "
	macLine     = "mac "
)

var errNote = errors.New("not a note of heads that this installation wrote")

func (n *note) encode(keys *seal.Ring) []byte {
	var text bytes.Buffer
	fmt.Fprintln(&text, noteTitle)
	fmt.Fprintln(&text, sinceLine+n.since.UTC().Format(time.RFC3339Nano))
	for _, head := range n.heads {
		fmt.Fprintln(&text, headLine+head.String())
	}
	for _, past := range n.givenUp {
		reason := strings.Join(strings.Fields(past.Reason), " ") // one line
		fmt.Fprintln(&text, givenUpLine+past.Head.String(), past.At.UTC().Format(time.RFC3339), reason)
	}
	return fmt.Appendf(text.Bytes(), "%s%x\n", macLine, keys.MAC(notePurpose, text.Bytes()))
}

// readNote is errNote for one that somebody without these keys wrote or changed.
func readNote(text []byte, keys *seal.Ring) (*note, error) {
	said, last, _ := bytes.Cut(text, []byte("\n"+macLine))
	said = append(bytes.Clone(said), '\n')
	mac, err := hex.DecodeString(strings.TrimSpace(string(last)))
	if err != nil || !keys.VerifyMAC(notePurpose, said, mac) {
		return nil, errNote
	}
	read := &note{}
	for line := range strings.Lines(string(said)) {
		if err := read.line(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, fmt.Errorf("a note of heads: %w", err)
		}
	}
	return read, nil
}

func (n *note) line(line string) (err error) {
	if text, is := strings.CutPrefix(line, sinceLine); is {
		n.since, err = time.Parse(time.RFC3339Nano, text)
		return err
	}
	if text, is := strings.CutPrefix(line, headLine); is {
		head, err := ParseHead(text)
		n.heads = append(n.heads, head)
		return err
	}
	text, is := strings.CutPrefix(line, givenUpLine)
	if !is {
		return nil // the title
	}
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 {
		return fmt.Errorf("%q is no head that was given up", text)
	}
	past := GivenUp{Reason: parts[2]}
	if past.Head, err = ParseHead(parts[0]); err != nil {
		return err
	}
	past.At, err = time.Parse(time.RFC3339, parts[1])
	n.givenUp = append(n.givenUp, past)
	return err
}
