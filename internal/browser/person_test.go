// Package browser_test walks through Frontdesk as people do: in Chromium, against
// the real server, database and mail servers.
package browser_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"frontdesk/internal/testkit"
)

// patience is how long a person waits for a page before the test fails: the
// machine may be busy with other tests.
const patience = 90 * time.Second

// findScript defines what the tests look for and how, in the page itself.
//
//go:embed testdata/find.js
var findScript string

// person is somebody in front of a browser of their own.
type person struct {
	t    *testing.T
	page context.Context
	base string
	traffic
}

// newPerson opens an empty browser; base is the server's address.
func newPerson(t *testing.T, base string) *person {
	t.Helper()
	p := &person{t: t, page: testkit.Browser(t), base: base}
	p.watchTraffic()
	p.scheme("light")
	return p
}

// open goes to an address by its path and waits for its page.
func (p *person) open(path string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(p.base+path)); err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
}

// press clicks the button or link that says label, as soon as it is there.
func (p *person) press(label string) {
	p.t.Helper()
	p.pressWhere("find.button(" + quote(label) + ")")
}

// pressSelector clicks the first visible element that the CSS selector finds.
func (p *person) pressSelector(selector string) {
	p.t.Helper()
	p.pressWhere("find.visible(" + quote(selector) + ")")
}

func (p *person) pressWhere(finder string) {
	p.t.Helper()
	at := p.middle(finder)
	p.do(chromedp.MouseClickXY(at.X, at.Y))
}

// doubleClick clicks the button twice as fast as a hand may.
func (p *person) doubleClick(label string) {
	p.t.Helper()
	at := p.middle("find.button(" + quote(label) + ")")
	p.do(chromedp.MouseClickXY(at.X, at.Y), chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(2)))
}

// point is a position in the window, in CSS pixels.
type point struct{ X, Y float64 }

// middle waits until an element stands still, in view, with nothing over it.
func (p *person) middle(finder string) point {
	p.t.Helper()
	for last := (point{}); ; {
		at := wait[point](p, finder, "find.middle("+finder+")")
		if at == last {
			return at
		}
		last = at
	}
}

// fill types text into the field of that label, in place of what was there.
func (p *person) fill(label, text string) {
	p.t.Helper()
	field := "find.field(" + quote(label) + ")"
	at := p.middle(field)
	p.do(chromedp.MouseClickXY(at.X, at.Y))
	// A date or time field takes no text from an input method.
	if wait[string](p, label, "find.write("+field+", "+quote(text)+")") == "type" {
		p.do(insertText(text))
	}
	if got := p.value(label); got != text {
		p.t.Fatalf("the field %q holds %q after typing %q", label, got, text)
	}
}

// choose picks an option by its text.
func (p *person) choose(label, option string) {
	p.t.Helper()
	wait[bool](p, label+": "+option, "find.choose(find.field("+quote(label)+"), "+quote(option)+")")
}

// value is what the field of that label holds.
func (p *person) value(label string) string {
	p.t.Helper()
	return wait[string](p, label, "find.value(find.field("+quote(label)+"))")
}

// see waits until the words stand on the page, or in the dialog that is open.
func (p *person) see(words string) {
	p.t.Helper()
	wait[bool](p, words, "find.says("+quote(words)+")")
}

// seeSelector waits until the CSS selector finds something visible.
func (p *person) seeSelector(selector string) {
	p.t.Helper()
	wait[bool](p, selector, "!!find.visible("+quote(selector)+")")
}

// seeGone waits until the CSS selector finds nothing visible.
func (p *person) seeGone(selector string) {
	p.t.Helper()
	wait[bool](p, "nothing at "+selector, "!find.visible("+quote(selector)+")")
}

// at waits until the address is that path, query aside, and its page is whole.
func (p *person) at(path string) {
	p.t.Helper()
	wait[bool](p, "the address "+path, "location.pathname === "+quote(path))
}

// below waits until the address is one below path that ends in an id, and returns
// it.
func (p *person) below(path string) string {
	p.t.Helper()
	pattern := "^" + path + "/[0-9a-f-]{36}$"
	return wait[string](p, "an address below "+path, "new RegExp("+quote(pattern)+").test(location.pathname) ? location.pathname : false")
}

// text waits for the selector and returns its text, white space folded.
func (p *person) text(selector string) string {
	p.t.Helper()
	return wait[string](p, selector, "find.text(find.visible("+quote(selector)+"))")
}

// attribute waits for the selector and returns one of its attributes.
func (p *person) attribute(selector, name string) string {
	p.t.Helper()
	return wait[string](p, selector, "find.visible("+quote(selector)+")?.getAttribute("+quote(name)+") ?? false")
}

// count is how many visible elements the selector finds now.
func (p *person) count(selector string) int {
	p.t.Helper()
	return wait[int](p, selector, "find.all("+quote(selector)+").length")
}

// status asks for a path with this person's cookies, as the page itself would,
// and returns the HTTP status.
func (p *person) status(path string) int {
	p.t.Helper()
	return evaluate[int](p, "fetch("+quote(path)+").then((answer) => answer.status)", chromedp.EvalAwaitPromise)
}

// settle waits until nothing moves: no request, no animation.
func (p *person) settle() {
	p.t.Helper()
	wait[bool](p, "a page at rest", "find.moving() === ''")
}

// signIn signs in through the sign-in page.
func (p *person) signIn(email, password string) {
	p.t.Helper()
	p.open("/login")
	p.fill("E-mail", email)
	p.fill("Password", password)
	p.press("Sign in")
	wait[bool](p, "being signed in", `location.pathname !== "/login"`)
}

// pathOf returns the path of an absolute address of this server.
func (p *person) pathOf(address string) string {
	p.t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	return parsed.Path
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("in the browser: %v", err)
	}
}

func insertText(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// evaluate runs an expression in the page once.
func evaluate[T any](p *person, expression string, options ...chromedp.EvaluateOption) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		p.t.Fatalf("evaluate %.200s: %v", expression, err)
	}
	return value
}

// wait evaluates the expression until it is neither false nor null, and returns
// it. A page that goes away meanwhile is waited for as well. what names the goal.
func wait[T any](p *person, what, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	script := fmt.Sprintf("(() => { %s; return document.readyState === 'complete' ? JSON.stringify((%s) ?? false) : 'false'; })()", findScript, expression)
	var last error
	for {
		answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
		if err == nil && answer != "false" {
			var value T
			if err := json.Unmarshal([]byte(answer), &value); err != nil {
				p.t.Fatalf("wait for %s: %v", what, err)
			}
			return value
		}
		last = errors.Join(err)
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s did not come (last error: %v); the page is %s", what, last, p.describe())
		case <-time.After(15 * time.Millisecond):
		}
	}
}

// describe says where the person is stuck.
func (p *person) describe() string {
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(() => { "+findScript+`; return location.href
		+ "\n" + (find.root() === document ? document.body : find.root()).innerText.slice(0, 1500) + "\nmoving: " + find.moving(); })()`))
	if err != nil {
		return err.Error()
	}
	p.keep("failure-" + strings.ReplaceAll(p.t.Name(), "/", "-"))
	return text
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(quoted)
}
