package conversation_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/imap"
	"frontdesk/internal/mail"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/testkit"
)

const poison = "POISON"

// faulty puts a server before the fixture's that fails at a line of poison.
func (f *fixture) faulty() *testkit.FaultyIMAP {
	f.t.Helper()
	server := testkit.Faulty(f.t, f.account, poison)
	f.clinic.Execute("update mailboxes set imap_port = $2 where id = $1", f.mailboxID, server.Port)
	return server
}

// letters delivers some, of which those that are named hold poison: in their text, or
// with inHeader in their header.
func (f *fixture) letters(count int, inHeader bool, poisoned ...int) {
	f.t.Helper()
	for n := 1; n <= count; n++ {
		text, header := "A text.\n", "X-Kind: sound"
		for _, p := range poisoned {
			if p == n && inHeader {
				header = "X-Kind: " + poison
			} else if p == n {
				text += poison + "\n"
			}
		}
		f.deliver(letter(fmt.Sprintf("%d@x.example", n), "ana@x.example", "Letter "+strconv.Itoa(n), text, header))
	}
}

// runs reads on until the mailbox is read to its end, or a number of times; each run is a
// Sync of its own, as after a restart. It returns how many there were.
func (f *fixture) runs(most int) (count int, reason string) {
	f.t.Helper()
	for count < most {
		count++
		again := *f.sync
		outcome, err := again.Run(f.clinic.Context(), f.mailboxID)
		if err != nil {
			f.t.Fatalf("run %d: %v", count, err)
		}
		if outcome == mailbox.Done {
			break
		}
	}
	return count, f.clinic.Text("select sync_error from mailboxes where id = $1", f.mailboxID)
}

// listed is each message by its UID, with its subject's number and what is said of it.
func (f *fixture) listed() string {
	f.t.Helper()
	return f.clinic.Text(`select string_agg(uid || ':' || replace(subject, 'Letter ', '') || array_to_string(defects, '+'), ' ' order by uid)
		from messages where mailbox_id = $1`, f.mailboxID)
}

func TestHazard127AMessageAtWhichTheServerBreaksOffTwiceIsListedAndPassedBy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.letters(8, false, 4)
	server := f.faulty()
	if _, reason := f.runs(6); reason != "" {
		t.Errorf("the mailbox ended with %q", reason)
	}
	if want := "1:1 2:2 3:3 4:4unfetched 5:5 6:6 7:7 8:8"; f.listed() != want || server.Faults() != 2 {
		t.Errorf("after %d faults there is %q", server.Faults(), f.listed())
	}
	id := f.clinic.Text("select conversation_id from messages where 'unfetched' = any(defects)")
	page := f.owner.Get("/inbox/" + id)
	if said := page.Text("[data-defects]"); !strings.Contains(said, "still on the mail server") || !strings.Contains(page.Text("h1"), "Letter 4") {
		t.Errorf("its page says %q under %q", said, page.Text("h1"))
	}
	if to := page.Find("#answer [data-recipient]").AttrOr("data-recipient", ""); to != "ana@x.example" {
		t.Errorf("an answer to it would go to %q", to)
	}
	// Nothing of it comes twice, and what arrives later arrives.
	f.letters(1, false)
	f.runs(3)
	if server.Faults() != 2 || f.count("messages") != 9 {
		t.Errorf("later: %d faults, %d messages", server.Faults(), f.count("messages"))
	}
}

func TestHazard127WhateverIsWrongWithSomeMessagesTheOthersArrive(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		inHeader, silent bool
		poisoned         []int
		want             string
	}{
		"the header":          {true, false, []int{2}, "1:1 2:unfetched 3:3 4:4 5:5"},
		"the first":           {false, false, []int{1}, "1:1unfetched 2:2 3:3 4:4 5:5"},
		"the last":            {false, false, []int{5}, "1:1 2:2 3:3 4:4 5:5unfetched"},
		"some, two in a row":  {false, false, []int{1, 3, 4}, "1:1unfetched 2:2 3:3unfetched 4:4unfetched 5:5"},
		"a silence":           {false, true, []int{3}, "1:1 2:2 3:3unfetched 4:4 5:5"},
		"a silence in header": {true, true, []int{3}, "1:1 2:2 3:unfetched 4:4 5:5"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.sync.IMAP.Limits.Idle = 2 * time.Second
			f.letters(5, c.inHeader, c.poisoned...)
			server := f.faulty()
			server.Silent = c.silent
			_, reason := f.runs(10)
			if f.listed() != c.want || reason != "" || server.Faults() != 2*len(c.poisoned) {
				t.Errorf("after %d faults there is %q, and %q", server.Faults(), f.listed(), reason)
			}
		})
	}
}

// A process that is killed at a message has no time for a word: that it tried was written
// before.
func TestHazard127ARestartInBetweenLosesNoCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.letters(3, false, 2)
	server := f.faulty()
	server.Silent = true
	f.sync.IMAP.Limits.Idle = 2 * time.Second
	if count, _ := f.runs(1); count != 1 {
		t.Fatal(count)
	}
	// The next process is killed at its try, and the one after as well.
	for _, tries := range []int{2, 3} {
		if got := f.clinic.Text("select trying_uid from mailboxes where id = $1", f.mailboxID); got != "2" {
			t.Fatalf("it is at %s", got)
		}
		f.clinic.Execute("update mailboxes set tries = $2 where id = $1", f.mailboxID, tries)
	}
	if _, reason := f.runs(3); reason != "" || f.listed() != "1:1 2:unfetched 3:3" || server.Faults() != 1 {
		t.Errorf("after %d faults there is %q, and %q", server.Faults(), f.listed(), reason)
	}
}

// A server that breaks off at everything is ill itself: not all that it holds is passed by.
func TestHazard127AServerThatBreaksOffAtEveryMessageIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all []int
	for n := 1; n <= 12; n++ {
		all = append(all, n)
	}
	f.letters(12, false, all...)
	server := f.faulty()
	_, reason := f.runs(30)
	if got := f.count("messages where 'unfetched' = any(defects)"); reason != "unreachable" || got != 6 {
		t.Fatalf("%d are passed by, and the mailbox ended with %q", got, reason)
	}
	server.Mark("")
	f.clinic.Execute("update mailboxes set sync_finished_at = null")
	if _, reason := f.runs(3); reason != "" || f.count("messages") != 12 || f.count("messages where defects = '{}'") != 6 {
		t.Errorf("when it is well again there is %q, and %q", f.listed(), reason)
	}
}

func TestHazard127AMessageOverWhichTheReadingPanicsIsKeptAndThoseBehindItArrive(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.letters(4, false, 2)
	receiver := *f.receiver
	receiver.Parse = func(raw []byte) mail.Parsed {
		if strings.Contains(string(raw), poison) {
			panic("a fault of ours")
		}
		return mail.Parse(raw)
	}
	f.sync.Receiver = &receiver
	if count, reason := f.runs(3); count != 1 || reason != "" || f.listed() != "1:1 2:unreadable 3:3 4:4" {
		t.Errorf("after %d runs there is %q, and %q", count, f.listed(), reason)
	}
	if got := f.count("messages where 'unreadable' = any(defects) and raw_key <> ''"); got != 1 {
		t.Error("its original is not kept")
	}
}

// What the program itself is short of is no message's fault.
func TestHazard127AFaultOfOurOwnPassesNothingBy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.letters(2, false)
	whole := f.sync.Receiver
	for range 5 {
		f.sync.Receiver = &cut{Receiver: whole, after: 0}
		if _, err := f.sync.Run(f.clinic.Context(), f.mailboxID); err == nil {
			t.Fatal("the cut run ended well")
		}
	}
	f.sync.Receiver = whole
	f.sync.IMAP = &imap.Client{Dialer: f.sync.IMAP.Dialer}
	f.read()
	if f.listed() != "1:1 2:2" {
		t.Errorf("there is %q", f.listed())
	}
}
