package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser returns a chromedp context with an empty page in a browser context of
// its own: no cookie, cache or history of anybody else. All of a test process
// share one Chromium. The test fails on what a page should never do: throw, log
// an error, break its own security policy, ask for a file that is not there, or
// be answered with a 5xx.
func Browser(t testing.TB) context.Context {
	t.Helper()
	browser, err := chromium.enter()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	t.Cleanup(func() {
		if err := chromium.leave(); err != nil {
			t.Errorf("stop Chromium: %v", err)
		}
	})
	seen := &pageFaults{}
	page, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(seen.hear))
	t.Cleanup(func() {
		cancel()
		for _, fault := range seen.all() {
			t.Errorf("in the browser: %s", fault)
		}
	})
	if err := openPage(page); err != nil {
		t.Fatalf("open a page in Chromium: %v", err)
	}
	return page
}

func openPage(page context.Context) error {
	if _, err := chromedp.Call(page, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	return chromedp.Do(page, chromedp.EmulateViewport(1440, 900))
}

// sharedChromium is one Chromium for the tests that run now: it starts with the
// first of them and stops with the last, since there is no later moment in which
// a test process can stop it.
type sharedChromium struct {
	mutex   sync.Mutex
	users   int
	browser context.Context
	stop    func() error
}

var chromium sharedChromium

func (c *sharedChromium) enter() (context.Context, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.users == 0 {
		if err := c.start(); err != nil {
			return nil, err
		}
	}
	c.users++
	return c.browser, nil
}

func (c *sharedChromium) leave() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.users--; c.users > 0 {
		return nil
	}
	return c.stop()
}

func (c *sharedChromium) start() error {
	path, err := findChromium()
	if err != nil {
		return err
	}
	profile, err := os.MkdirTemp("", "frontdesk-chromium-")
	if err != nil {
		return err
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(), chromiumOptions(path, profile)...)
	browser, cancel := chromedp.NewContext(allocator)
	c.browser = browser
	c.stop = func() error {
		patient, done := context.WithTimeout(browser, 10*time.Second)
		defer done()
		err := chromedp.Cancel(patient)
		cancel()
		release()
		return errors.Join(err, os.RemoveAll(profile))
	}
	if err := chromedp.Do(browser); err != nil {
		return errors.Join(err, c.stop())
	}
	return nil
}

// findChromium returns the path of Chromium or of a browser that is made of it. Its
// headless shell, which has no window, no tabs and no renderers in reserve, comes first:
// on the same tests it took 80 s of processor time where Chromium with
// `--headless=new` took 131 s.
func findChromium() (string, error) {
	for _, name := range []string{"chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium: install the package chromium-headless-shell or chromium")
}

// chromiumOptions keep Chromium from calling home, from asking questions, and
// from slowing down pages that are not in front: all of them are behind.
func chromiumOptions(path, profile string) []chromedp.ExecAllocatorOption {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.DisableGPU,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-GB"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // its sandbox refuses root
	}
	return options
}

// pageFaults collects what a page should never do.
type pageFaults struct {
	mutex  sync.Mutex
	faults []string
}

func (f *pageFaults) all() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.faults
}

func (f *pageFaults) add(format string, arguments ...any) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.faults = append(f.faults, fmt.Sprintf(format, arguments...))
}

func (f *pageFaults) hear(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		f.add("uncaught: %s", exceptionText(event.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		said := argumentsText(event.Args)
		if (event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeAssert) && !isReplaced(said) {
			f.add("console: %s", said)
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError && !isAnswer(event.Entry) {
			f.add("%s: %s (%s)", event.Entry.Source, event.Entry.Text, event.Entry.URL)
		}
	case *network.EventResponseReceived:
		if isFaulty(event) {
			f.add("%s answered %d to a %s", event.Response.URL, event.Response.Status, event.Type)
		}
	}
}

// isReplaced tells a request that htmx gave up since the person asked for something else
// (hx-sync), which it logs as an error, from what is one. Of every request that fails it
// says in words of its own why: what it says after each is no more than that it has ended.
func isReplaced(said string) bool {
	return strings.HasPrefix(said, "htmx:sendAbort") || strings.HasPrefix(said, "htmx:afterRequest")
}

// isAnswer tells a 4xx, which the browser logs as an error, from what is one. A
// page may well answer 409; isFaulty judges the others.
func isAnswer(entry *log.Entry) bool {
	return entry.Source == log.EntrySourceNetwork && strings.Contains(entry.Text, "the server responded with a status of 4")
}

func isFaulty(event *network.EventResponseReceived) bool {
	switch event.Type {
	case network.ResourceTypeDocument, network.ResourceTypeXHR, network.ResourceTypeFetch:
		return event.Response.Status >= 500
	}
	return event.Response.Status >= 400
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil && details.Exception.Description != "" {
		return details.Exception.Description
	}
	return details.Text
}

func argumentsText(arguments []*runtime.RemoteObject) string {
	var words []string
	for _, argument := range arguments {
		if argument.Description != "" {
			words = append(words, argument.Description)
			continue
		}
		text := string(argument.Value)
		if quoted := ""; json.Unmarshal(argument.Value, &quoted) == nil {
			text = quoted
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}
