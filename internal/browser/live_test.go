package browser_test

import (
	_ "embed"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"frontdesk/internal/server"
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
	north.receiveMail()
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

// The list is asked for anew in the same moment in which its reader's role becomes one that
// sees less. In another role they sign in again, and nothing of the old one is shown.
func TestAnOpenListIsLeftWhenItsReadersRoleIsAnother(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	setRole := func(role string) {
		world.Database.Execute(t, "update memberships set role = $1::text where user_id = $2", role, north.Staff.ID)
	}
	setRole("owner")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.open("/clients")
	p.settle()
	p.seeSelector(`a[href="/team"]`)
	north.create(t, "/clients", url.Values{"first_name": {"Ioana"}, "last_name": {"Newcome"}})
	setRole("staff")
	p.at("/login")
	p.fill("E-mail", north.Staff.Email)
	p.fill("Password", clinic.Password)
	p.press("Sign in")
	p.at("/clients")
	p.see("Ioana Newcome")
	p.seeGone(`a[href="/team"]`)
	if tables := p.count("#clients table"); tables != 1 {
		t.Errorf("there are %d lists", tables)
	}
}

// A fragment that asks by itself fails each minute while the network is away.
func TestAnErrorThatStandsIsNotHeapedUp(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	p := newPerson(t, world.URL)
	p.open("/login")
	for range 3 {
		evaluate[bool](p, `document.dispatchEvent(new CustomEvent("htmx:sendError", { detail: { elt: document.body, xhr: new XMLHttpRequest() } }))`)
	}
	evaluate[bool](p, `document.dispatchEvent(new CustomEvent("toast", { detail: { message: "Another", kind: "error" } }))`)
	if shown := evaluate[int](p, `document.querySelectorAll("#toasts > [data-toast=error]").length`); shown != 2 {
		t.Errorf("%d errors stand", shown)
	}
}

// steerScript puts the page's long waits, its streams, its focus and what its requests are
// answered into the test's hands.
//
//go:embed testdata/steer.js
var steerScript string

// steer is to be called before the page is opened.
func (p *person) steer() {
	p.t.Helper()
	if _, err := chromedp.Call(p.page, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: steerScript}); err != nil {
		p.t.Fatal(err)
	}
}

// pass lets time pass for the page's long waits.
func (p *person) pass(span time.Duration) {
	p.t.Helper()
	evaluate[bool](p, "steer.pass("+strconv.FormatInt(span.Milliseconds(), 10)+"), true")
}

// streams is how many the page has opened, the one that it has now among them.
func (p *person) streams() int {
	p.t.Helper()
	return evaluate[int](p, "steer.streams.length")
}

const (
	isOpen   = "steer.streams.at(-1).readyState === EventSource.OPEN"
	isClosed = "steer.streams.at(-1).readyState === EventSource.CLOSED"
)

// A person has as many windows as there are streams for them on another machine. The one
// that gives way takes none of theirs until they turn to it, and is not out of date for more
// than a minute meanwhile.
func TestAWindowWithoutAStreamWaitsUntilItIsTurnedTo(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.steer()
	p.signIn(north.Staff.Email, clinic.Password)
	p.open("/")
	wait[bool](p, "a stream", isOpen)
	p.settle()
	elsewhere := north.SignInStaff()
	for range 8 {
		follow(t, elsewhere)
	}
	wait[bool](p, "its end", isClosed)
	north.receiveMail()
	for range 3 {
		p.pass(59 * time.Second)
	}
	p.seeSelector("#unread-sidebar > *")
	if opened := p.streams(); opened != 1 {
		t.Errorf("a window that nobody looks at has opened %d streams", opened)
	}
	evaluate[bool](p, `dispatchEvent(new Event("focus"))`)
	wait[bool](p, "a stream for who has turned to it", isOpen)
	p.settle()
	north.create(t, "/clients", url.Values{"first_name": {"Ioana"}, "last_name": {"Newcome"}})
	wait[bool](p, "what is new", "steer.said.at(-1) === 'clients'")

	// One that the person is in gives way as well, and comes back in a while.
	evaluate[bool](p, "steer.focused = true")
	for range 8 {
		follow(t, elsewhere)
	}
	wait[bool](p, "its end", isClosed)
	p.pass(29 * time.Second)
	early := p.streams()
	p.pass(time.Second)
	wait[bool](p, "another stream", "steer.streams.length === 3 && "+isOpen)
	if early != 2 {
		t.Errorf("it took %d streams at once", early-1)
	}
}

// follow opens a stream as a window elsewhere has one, and returns once it is served.
func follow(t *testing.T, browser *clinic.Browser) {
	t.Helper()
	answer, err := browser.Client.Do(browser.Request(http.MethodGet, "/events", nil).WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("a stream is answered %d", answer.StatusCode)
	}
}

// The server has given up a machine that was silent for some seconds, which may hear nothing
// of it: its browser has nothing to send.
func TestAStreamThatFallsSilentIsOpenedAgain(t *testing.T) {
	t.Parallel()
	const beat = time.Hour
	world := clinic.New(t, clinic.At(today(t)), func(parts *server.Parts) { parts.Beat = beat })
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.steer()
	p.signIn(north.Staff.Email, clinic.Password)
	p.open("/")
	wait[bool](p, "a sign of life", `steer.said.includes("beat")`)
	p.pass(beat)
	if opened := p.streams(); opened != 1 {
		t.Fatalf("%d streams while signs of life come in time", opened)
	}
	p.pass(beat)
	wait[bool](p, "another stream", `steer.streams.length === 2 && steer.streams[0].readyState === EventSource.CLOSED && `+isOpen)
	evaluate[bool](p, `dispatchEvent(new Event("online"))`)
	wait[bool](p, "another stream, now that the network is there again", `steer.streams.length === 3 && steer.streams[1].readyState === EventSource.CLOSED && `+isOpen)
}

// The network was away in the moment in which something was new, or the database.
func TestWhatCouldNotBeAskedForIsAskedForAgainSoon(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newFixture(t, world, "north")
	p := newPerson(t, world.URL)
	p.steer()
	p.signIn(north.Staff.Email, clinic.Password)
	for i, status := range []int{0, http.StatusServiceUnavailable} {
		p.open("/calendar?view=day")
		p.settle()
		evaluate[bool](p, "steer.status = "+strconv.Itoa(status)+", true")
		north.bookAt(today(t), 9+i)
		wait[bool](p, "an error", `!!find.visible("[data-toast=error]")`)
		p.pressSelector("[data-toast=error] [data-toast-close]")
		failed := evaluate[int](p, "steer.failed")
		p.pass(2 * time.Second)
		wait[bool](p, "a second try", "steer.failed > "+strconv.Itoa(failed))
		p.seeGone("[data-toast=error]")
		evaluate[bool](p, "steer.status = 200, true")
		if shown := p.count("#calendar [id^=appointment-]"); shown != i {
			t.Fatalf("%d: %d tiles stand before it was answered", status, shown)
		}
		p.pass(4 * time.Second)
		wait[bool](p, "the tile of another", "find.all('#calendar [id^=appointment-]').length === "+strconv.Itoa(i+1))
	}
}
