package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what a server may make us read and wait for (hazard 57). A field
// that is zero has the default.
type Limits struct {
	// Line is the longest line in bytes, literals apart; 64 KiB.
	Line int64
	// Message is the largest message that is fetched whole, in bytes; 30 MiB.
	Message int64
	// Total is how many bytes a session reads; 256 MiB.
	Total int64
	// Session is how long a session lasts; 60 s.
	Session time.Duration
	// Idle is how long to wait for the next byte, either way; 20 s.
	Idle time.Duration
}

func (l Limits) withDefaults() Limits {
	defaults := Limits{Line: 64 << 10, Message: 30 << 20, Total: 256 << 20, Session: 60 * time.Second, Idle: 20 * time.Second}
	if l.Line > 0 {
		defaults.Line = l.Line
	}
	if l.Message > 0 {
		defaults.Message = l.Message
	}
	if l.Total > 0 {
		defaults.Total = l.Total
	}
	if l.Session > 0 {
		defaults.Session = l.Session
	}
	if l.Idle > 0 {
		defaults.Idle = l.Idle
	}
	return defaults
}

// literalSlack is what a literal may have beyond Limits.Message before the
// session ends, since some servers announce a size that is a little too small.
const literalSlack = 1 << 20

// connection is a server's connection that ends itself when the server goes
// beyond the limits. go-imap has no limit of its own (it took a greeting of
// 256 MiB), lifts deadlines while it idles, and gives the texts of errors
// without the errors; so the limits are kept here, beneath it, and the first
// thing that went wrong is remembered for whoever asks why.
type connection struct {
	net.Conn
	limits Limits
	end    time.Time
	// greeting is read before what the server sends; see startTLS.
	greeting []byte

	total   atomic.Int64 // bytes read; asked for by another goroutine than reads
	line    int64
	depth   int    // open parentheses of the current line
	tail    []byte // the end of the current line, for a literal's length
	literal int64  // bytes of the current literal still to come

	mutex sync.Mutex
	fault error
}

// maxDepth is how many parentheses may be open in a line. What we ask for nests
// three deep; go-imap follows a BODYSTRUCTURE that nobody asked for to any depth,
// in quadratic time (seen: 50,000 took over a minute).
const maxDepth = 50

// tailLength is enough for "{9223372036854775807+}\r\n".
const tailLength = 32

func newConnection(ctx context.Context, raw net.Conn, limits Limits, end time.Time) *connection {
	c := &connection{Conn: raw, limits: limits, end: end}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(c.end) {
		c.end = deadline
	}
	return c
}

// Read implements net.Conn within the limits. After the first failure there is
// no other answer than that: go-imap reads again after an error.
func (c *connection) Read(into []byte) (int, error) {
	if len(c.greeting) > 0 {
		n := copy(into, c.greeting)
		c.greeting = c.greeting[n:]
		return n, nil
	}
	if cause := c.cause(); cause != nil {
		return 0, cause
	}
	if err := c.Conn.SetReadDeadline(c.deadline()); err != nil {
		return 0, c.fail(err)
	}
	n, err := c.Conn.Read(into)
	if over := c.count(into[:n]); over != nil {
		return 0, c.fail(over)
	}
	if err != nil {
		return n, c.fail(err)
	}
	return n, nil
}

// Write implements net.Conn within the limits.
func (c *connection) Write(content []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(c.deadline()); err != nil {
		return 0, c.fail(err)
	}
	n, err := c.Conn.Write(content)
	if err != nil {
		return n, c.fail(err)
	}
	return n, nil
}

// SetDeadline implements net.Conn and does nothing: the limits rule, not go-imap.
func (c *connection) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn and does nothing.
func (c *connection) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn and does nothing.
func (c *connection) SetWriteDeadline(time.Time) error { return nil }

// cause returns the first thing that went wrong on the connection, or nil.
func (c *connection) cause() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.fault
}

func (c *connection) deadline() time.Time {
	idle := time.Now().Add(c.limits.Idle)
	if c.end.Before(idle) {
		return c.end
	}
	return idle
}

func (c *connection) fail(err error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.fault == nil {
		c.fault = reasonOf(err)
	}
	return err
}

// reasonOf gives an error of the network its reason.
func reasonOf(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return because(ErrTimeout, err)
	case errors.Is(err, io.EOF):
		return because(ErrUnreachable, io.ErrUnexpectedEOF)
	}
	return because(ErrUnreachable, err)
}

// count follows the lines and literals that the server sends, and returns an
// error at the first that is too long.
func (c *connection) count(content []byte) error {
	if c.total.Add(int64(len(content))) > c.limits.Total {
		return fmt.Errorf("%w: a session of over %d bytes", ErrTooMuch, c.limits.Total)
	}
	for len(content) > 0 {
		if c.literal > 0 {
			skipped := min(c.literal, int64(len(content)))
			c.literal -= skipped
			content = content[skipped:]
			continue
		}
		var err error
		if content, err = c.countLine(content); err != nil {
			return err
		}
	}
	return nil
}

// countLine takes the bytes up to the end of the current line, and returns the
// rest.
func (c *connection) countLine(content []byte) ([]byte, error) {
	for i, b := range content {
		c.line++
		if c.line > c.limits.Line {
			return nil, fmt.Errorf("%w: a line of over %d bytes", ErrTooMuch, c.limits.Line)
		}
		switch b {
		case '(':
			c.depth++
		case ')':
			c.depth--
		}
		if c.depth > maxDepth {
			return nil, fmt.Errorf("%w: over %d parentheses open", ErrProtocol, maxDepth)
		}
		if b != '\n' {
			if len(c.tail) == tailLength {
				c.tail = append(c.tail[:0], c.tail[1:]...)
			}
			c.tail = append(c.tail, b)
			continue
		}
		c.literal = literalLength(c.tail)
		c.tail = c.tail[:0]
		if c.literal > c.limits.Message+literalSlack {
			return nil, fmt.Errorf("%w: a literal of %d bytes", ErrTooMuch, c.literal)
		}
		if c.literal == 0 {
			c.line, c.depth = 0, 0
		}
		return content[i+1:], nil
	}
	return nil, nil
}

// literalLength returns the length of the literal that a line announces by
// ending in {123}, or 0. What is too long for a number counts as endless.
func literalLength(line []byte) int64 {
	end := len(line)
	if end > 0 && line[end-1] == '\r' {
		end--
	}
	if end == 0 || line[end-1] != '}' {
		return 0
	}
	end--
	if end > 0 && line[end-1] == '+' {
		end--
	}
	var length, unit int64 = 0, 1
	for i := end - 1; i >= 0; i-- {
		switch {
		case line[i] == '{':
			return length
		case line[i] < '0' || line[i] > '9':
			return 0
		case unit > 1e15:
			return 1 << 62
		}
		length += int64(line[i]-'0') * unit
		unit *= 10
	}
	return 0
}
