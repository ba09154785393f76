package browser_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// manyRows gives a clinic more of everything than a page lists, the first of each with a
// name as long as one may be, and two mailboxes.
var manyRows = []string{
	`insert into clients (id, first_name, last_name, email, phone, search_text)
		select gen_random_uuid(), case n when 1 then rpad('Maximilian-Alexandru ', 100, 'Constantin ') else 'Ion ' || n end, case n when 1 then repeat('A', 100) else 'Barbu' end,
			case n when 1 then repeat('a', 60) || '@' || repeat('b', 60) || '.example' else 'c' || n || '@x.example' end, '+40722' || lpad(n::text, 6, '0'), 'ion barbu'
		from generate_series(1, 120) n`,
	`insert into services (id, name, duration, price, active)
		select gen_random_uuid(), case n when 1 then rpad('A consultation ', 100, 'of considerable length ') else 'Visit ' || n end, 5 + n % 9 * 15, n * 1000, n % 4 > 0 from generate_series(1, 60) n`,
	`insert into providers (id, name, color, active)
		select gen_random_uuid(), case n when 1 then rpad('Dr. Ana ', 100, 'Maria Constantinescu ') else 'Dr. ' || n end, 'teal', n % 4 > 0 from generate_series(1, 60) n`,
	`insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
		select gen_random_uuid(), name, lower(name) || '@x.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00' from unnest('{Reception,Laboratory}'::text[]) name`,
	`insert into conversations (id, mailbox_id, subject, contact_name, contact_address, last_message_at, unread)
		select gen_random_uuid(), mailboxes.id, case n when 1 then repeat('Question ', 100) else 'Question ' || n end, case n when 1 then repeat('N', 300) else 'Contact ' || n end,
			'q' || n || '@x.example', now() - n * interval '3 hours', n % 3 = 1
		from generate_series(1, 120) n join mailboxes on name = case when n % 10 = 0 then 'Laboratory' else 'Reception' end`,
}

func fillLists(of *clinic.Clinic) {
	of.Do(func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range manyRows {
			if _, err := tx.Raw().Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTheListsOfAClinicLookGood(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	for _, rows := range []string{"few", "many"} {
		for _, list := range []string{"clients", "services", "providers", "inbox"} {
			p.open("/" + list)
			p.looksGood("70-" + list + "-" + rows)
		}
		if rows == "few" {
			fillLists(north.Clinic)
		}
	}
	for name, address := range map[string]string{
		"nothing": "/services?q=nothing+like+it&status=active", "read": "/inbox?filter=unread&q=nothing", "ended": "/clients?after=" + after, "error": "/inbox?sort=color",
	} {
		p.open(address)
		p.looksGood("71-" + name)
	}
}

// after is the cursor of a client who would stand last.
const after = "eyJrIjoienpcbnp6IiwiaSI6ImZmZmZmZmZmLWZmZmYtZmZmZi1mZmZmLWZmZmZmZmZmZmZmZiJ9"

func TestTheInboxIsFilteredAndSortedInPlaceByKeyboardAlone(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	fillLists(north.Clinic)
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.open("/inbox")
	p.settle()
	evaluate[bool](p, "window.same = true")

	p.tabToField("Search subject or name")
	p.keys("question 1")
	p.asks("q=question%201")
	p.tabToField("Mailbox")
	p.keys("Rec")
	p.asks("mailbox=")
	p.tabTo("the tab", `document.querySelector("#conversations-filter-1")`)
	p.keys(kb.Enter)
	p.asks("filter=unread")
	p.waitForFocus("the tab", `document.querySelector("#conversations-filter-1")`)
	p.tabTo("the sort", `document.querySelector("#conversations-sort-date-bar")`)
	p.keys(kb.Enter)
	p.asks("direction=asc")
	p.waitForFocus("the sort", `document.querySelector("#conversations-sort-date-bar")`)
	state := p.search()
	for _, part := range []string{"q=question+1", "filter=unread", "mailbox=", "direction=asc"} {
		if !strings.Contains(state, part) {
			t.Errorf("the address asks %q", state)
		}
	}
	if got := p.count(`li[id^="conversation-"]`); got != p.count(`li.is-unread`) || got == 0 || !evaluate[bool](p, "window.same === true") {
		t.Errorf("%d conversations, %d of them unread", got, p.count(`li.is-unread`))
	}
	p.tabTo("the first conversation", `find.visible('li[id^="conversation-"] a')`)
	p.keys(kb.Enter)
	p.see("Question 1")
	if got := p.search(); got != state {
		t.Errorf("the conversation's address has %q", got)
	}
	p.tabTo("the way back", `document.querySelector('a[href="/inbox' + location.search + '"]')`)
	p.keys(kb.Enter)
	p.at("/inbox")
	if got := p.search(); got != state {
		t.Errorf("the way back asks %q", got)
	}
}

// asks waits until the address holds part and the list shows it.
func (p *person) asks(part string) {
	p.t.Helper()
	wait[bool](p, part, "find.moving() === '' && location.search.includes("+quote(part)+")")
}

// search is what the address asks.
func (p *person) search() string { return evaluate[string](p, "location.search") }
