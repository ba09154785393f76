package browser_test

import (
	"net/url"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// traffic is what came over the wire.
type traffic struct {
	mutex    sync.Mutex
	bytes    float64
	statuses map[string]int
}

func (p *person) watchTraffic() {
	p.t.Helper()
	err := chromedp.Listen(p.page, func(event any) {
		switch event := event.(type) {
		case *network.EventLoadingFinished:
			p.add(event.EncodedDataLength)
		case *network.EventResponseReceived:
			p.note(event.Response)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (t *traffic) note(response *network.Response) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	address, err := url.Parse(response.URL)
	if err != nil {
		return // no page of ours
	}
	if t.statuses == nil {
		t.statuses = map[string]int{}
	}
	t.statuses[address.Path] = int(response.Status)
}

// lastStatus is what the path was answered with the last time.
func (t *traffic) lastStatus(path string) int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.statuses[path]
}

func (t *traffic) add(bytes float64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.bytes += bytes
}

// take returns the kilobytes (1000 bytes) since the last call.
func (t *traffic) take() float64 {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	taken := t.bytes / 1000
	t.bytes = 0
	return taken
}

// takeCookiesOf signs this person in as the other, with an empty cache.
func (p *person) takeCookiesOf(other *person) {
	p.t.Helper()
	cookies, err := chromedp.Call(other.page, network.GetCookies, network.GetCookiesParams{URLs: []string{p.base}})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, cookie := range cookies.Cookies {
		if _, err := chromedp.Call(p.page, network.SetCookie, network.SetCookieParams{URL: p.base, Name: cookie.Name, Value: cookie.Value}); err != nil {
			p.t.Fatal(err)
		}
	}
}
