package browser_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// The page asks for its badge once a minute anyway, which is longer than a person here
// waits: what comes sooner came by the stream.
func TestAnOpenPageShowsNewMailAndLeavesWhenAccessEnds(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.settle()
	p.seeGone("#unread-sidebar > *")
	north.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with mailbox as (
				insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
				values (gen_random_uuid(), 'Desk', 'desk@north.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00') returning id)
			insert into conversations (id, mailbox_id, subject, last_message_at) select gen_random_uuid(), id, 'A question', now() from mailbox`)
		return err
	})
	p.seeSelector("#unread-sidebar > *")
	p.open("/clients?q=maria")
	p.see("Maria Popescu")
	world.Database.Execute(t, "update users set status = 'suspended' where id = $1", north.Staff.ID)
	p.at("/login")
	p.see("Sign in")
}

// What a colleague books comes by the stream, into the page as it stands: its window, what
// has the focus and what is half typed stay.
func TestAnOpenPageShowsWhatOthersWriteInTheViewThatItHasGoneOnTo(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	for _, view := range []string{"Day", "Week"} {
		if view == "Day" {
			p.open("/calendar?view=day")
		} else {
			p.press(view)
			p.seeSelector(`#calendar[data-view="week"]`)
		}
		p.settle()
		evaluate[bool](p, `window.staysHere = true, document.querySelector("#calendar input[name=date]").focus(), document.activeElement.value = "2031-02-03", true`)
		before := p.count("#calendar [id^=appointment-]")
		north.bookAt(today(t), 9+before)
		wait[bool](p, "the tile of another", "find.all('#calendar [id^=appointment-]').length > "+strconv.Itoa(before))
		if !evaluate[bool](p, `window.staysHere && document.activeElement.name === "date" && document.activeElement.value === "2031-02-03"`) {
			t.Errorf("%s: the page was left, or the focus, or what is half typed", view)
		}
	}
	// It is shown already, so that whoever asks again is answered with nothing.
	evaluate[bool](p, `document.querySelector("#calendar").dispatchEvent(new CustomEvent("moved"))`)
	p.settle()
	if status := p.lastStatus("/calendar"); status != http.StatusNoContent {
		t.Errorf("the same calendar is answered %d", status)
	}
	p.open("/clients")
	p.settle()
	evaluate[bool](p, `window.staysHere = true, document.querySelector("[data-search]").value = "half ty", document.querySelector("[data-search]").focus(), true`)
	north.create(t, "/clients", url.Values{"first_name": {"Ioana"}, "last_name": {"Newcome"}})
	p.see("Ioana Newcome")
	if !evaluate[bool](p, `window.staysHere && document.activeElement.value === "half ty"`) {
		t.Error("the list was left, or what was typed")
	}
}

// A fragment that asks by itself fails each minute while the network is away.
func TestAnErrorThatStandsIsNotHeapedUp(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	p := newPerson(t, world.URL)
	p.open("/login")
	for range 3 {
		evaluate[bool](p, `document.dispatchEvent(new CustomEvent("htmx:sendError"))`)
	}
	evaluate[bool](p, `document.dispatchEvent(new CustomEvent("toast", { detail: { message: "Another", kind: "error" } }))`)
	if shown := evaluate[int](p, `document.querySelectorAll("#toasts > [data-toast=error]").length`); shown != 2 {
		t.Errorf("%d errors stand", shown)
	}
}
