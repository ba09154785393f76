package imap

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// asked notes what a reading is told of, and goes on at each message as a test says.
type asked struct {
	ways  map[uint32]Way
	said  []string
	begin func(Message)
}

func (a *asked) Begin(first Message) (Way, error) {
	if a.begin != nil {
		a.begin(first)
	}
	a.said = append(a.said, fmt.Sprintf("begin %d", first.UID))
	return a.ways[first.UID], nil
}

func (a *asked) Visit(message Message, next uint32) error {
	a.said = append(a.said, fmt.Sprintf("%d %q then %d%s%s", message.UID, message.Raw, next,
		map[bool]string{true: " unfetched"}[message.Unfetched], map[bool]string{true: " unreadable"}[message.Unreadable]))
	return nil
}

// removing is a server of three messages, of which the second is removed once they were
// listed. answer is what it says to a FETCH of that one's content; the first and the
// third are well.
func removing(t *testing.T, answer func(c *talk, tag string) bool) *scripted {
	t.Helper()
	return serve(t, true, func(c *talk) {
		listed := 0
		c.inbox(4, func(tag, command string) bool {
			switch {
			case strings.HasPrefix(command, "NOOP"):
				c.say("* 2 EXPUNGE")
			case strings.Contains(command, "RFC822.SIZE"):
				listed++
				for uid := 1; uid <= 3; uid++ {
					if asksFor(command, uid) && (uid != 2 || listed == 1) {
						c.say("* %d FETCH (UID %d RFC822.SIZE 5)", uid, uid)
					}
				}
			default:
				for _, uid := range []int{1, 3} {
					if asksFor(command, uid) {
						c.say("* %d FETCH (UID %d BODY[] {5}\r\nno%03d)", uid, uid, uid)
					}
				}
				if asksFor(command, 2) {
					return answer(c, tag)
				}
			}
			return c.say("%s OK done", tag)
		})
	})
}

// asksFor reports whether a FETCH is of a UID, of the few that these tests have.
func asksFor(command string, uid int) bool {
	set, _, _ := strings.Cut(strings.TrimPrefix(command, "UID FETCH "), " ")
	for part := range strings.SplitSeq(set, ",") {
		from, to, isRange := strings.Cut(part, ":")
		if !isRange {
			to = from
		}
		var first, last int
		if _, err := fmt.Sscan(from+" "+to, &first, &last); err == nil && first <= uid && uid <= last {
			return true
		}
	}
	return false
}

func TestHazard128AMessageThatWasRemovedAfterItWasListedIsNothing(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(c *talk, tag string) bool{
		"no word of it": func(c *talk, tag string) bool { return c.say("%s OK done", tag) },
		"NIL":           func(c *talk, tag string) bool { c.say("* 2 FETCH (UID 2 BODY[] NIL)"); return c.say("%s OK done", tag) },
		"empty": func(c *talk, tag string) bool {
			c.say("* 2 FETCH (UID 2 BODY[] {0}\r\n)")
			return c.say("%s OK done", tag)
		},
		"gone, it says": func(c *talk, tag string) bool { return c.say("%s NO [EXPUNGEISSUED] some are gone", tag) },
		"OK, and gone":  func(c *talk, tag string) bool { return c.say("%s OK [EXPUNGEISSUED] some are gone", tag) },
		"refused":       func(c *talk, tag string) bool { return c.say("%s NO what do you mean", tag) },
		"a bad command": func(c *talk, tag string) bool { return c.say("%s BAD no such message", tag) },
	} {
		for way, want := range map[Way]string{
			Portion: `begin 1,1 "no001" then 3,3 "no003" then 0`,
			Alone:   `begin 1,1 "no001" then 0,begin 2,begin 3,3 "no003" then 0`,
		} {
			session := removing(t, answer).mustOpen(t, patient)
			inbox, err := session.Inbox()
			if err != nil {
				t.Fatal(err)
			}
			visitor := &asked{ways: map[uint32]Way{1: way, 2: way, 3: way}}
			if more, err := session.Read(inbox, 0, 0, visitor); err != nil || more {
				t.Errorf("%s: %v, %v", name, more, err)
			}
			if got := strings.Join(visitor.said, ","); got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

func TestHazard127WhatCameBeforeTheMessageAtWhichAServerEndsIsVisited(t *testing.T) {
	t.Parallel()
	server := removing(t, func(c *talk, _ string) bool {
		c.say("* 2 FETCH (UID 2 BODY[] {5}\r\nno")
		return false
	})
	session := server.mustOpen(t, patient)
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	visitor := &asked{}
	_, err = session.Read(inbox, 0, 0, visitor)
	at, ended := errors.AsType[*Suspicion](err)
	if got := strings.Join(visitor.said, ","); !ended || at.Message.UID != 2 || at.Message.Size != 5 || !errors.Is(err, ErrUnreachable) || got != `begin 1,1 "no001" then 2` {
		t.Errorf("%s, and then %v", got, err)
	}
}

func TestHazard127AMessageThatIsPassedByIsNotAskedFor(t *testing.T) {
	t.Parallel()
	server := removing(t, func(*talk, string) bool { return false })
	session := server.mustOpen(t, patient)
	inbox, err := session.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	visitor := &asked{ways: map[uint32]Way{1: Alone, 2: Pass}}
	if more, err := session.Read(inbox, 0, 0, visitor); err != nil || more {
		t.Fatal(more, err)
	}
	if got, want := strings.Join(visitor.said, ","), `begin 1,1 "no001" then 0,begin 2,2 "" then 0 unfetched,begin 3,3 "no003" then 0`; got != want {
		t.Errorf("%s", got)
	}
}
