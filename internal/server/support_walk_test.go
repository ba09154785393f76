package server_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"frontdesk/internal/testkit/clinic"
)

// ownForms are those that support may send: they are of the person, not the clinic.
var ownForms = []string{"/support-session/ending", "/logout", "/preferences"}

// walk follows every link from the start page, once for each page and view of it, and
// shows each page to visit. A person's own account is no page of the clinic.
func walk(t *testing.T, browser *clinic.Browser, visit func(path string, answer *clinic.Answer)) {
	t.Helper()
	waiting, seen := []string{"/"}, map[string]bool{"/": true}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		answer := browser.Get(path)
		visit(path, answer)
		answer.Find("a[href], [hx-get]").Each(func(_ int, link *goquery.Selection) {
			for _, attribute := range []string{"href", "hx-get"} {
				next, _ := link.Attr(attribute)
				if name := pageOf(next); strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "/sessions") && !seen[name] {
					seen[name] = true
					waiting = append(waiting, next)
				}
			}
		})
	}
}

// pageOf is what makes two addresses the same page to a walk: another day or another
// page of a list shows nothing of another kind.
func pageOf(address string) string {
	path, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return address
	}
	return path + " " + values.Get("view")
}

// posts are where a page's forms and buttons send to, the person's own aside.
func posts(answer *clinic.Answer) (targets []string) {
	answer.Find(`form[method="post"], [hx-post]`).Each(func(_ int, element *goquery.Selection) {
		for _, attribute := range []string{"action", "hx-post"} {
			if target, sends := element.Attr(attribute); sends && !slices.Contains(ownForms, target) {
				targets = append(targets, target)
			}
		}
	})
	return targets
}

func TestHazard021SupportIsOfferedNothingThatItCannotDo(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	empty := n.Clinic("empty")
	root := n.Person("Root", true)
	for name, c := range map[string]struct {
		of    *clinic.Clinic
		pages int
	}{"a clinic at work": {n.alfa, 12}, "a clinic without anything": {empty, 8}} {
		support := n.Enter(clinic.Session{UserID: root.ID, TenantID: c.of.ID, SupportGrantID: letIn(t, n.World, c.of)})
		pages := 0
		walk(t, support, func(path string, answer *clinic.Answer) {
			pages++
			if answer.Status == http.StatusForbidden || strings.HasPrefix(answer.Location(), "/login") {
				t.Errorf("%s: a link leads to %s, which answers %d", name, path, answer.Status)
			}
			if targets := posts(answer); len(targets) > 0 {
				t.Errorf("%s: %s offers to send %q", name, path, targets)
			}
		})
		if pages < c.pages {
			t.Errorf("%s: the walk saw %d pages", name, pages)
		}
	}
	// The same walk sees what is there for those who may.
	offered := 0
	walk(t, n.Enter(clinic.Session{UserID: n.alfa.Staff.ID, TenantID: n.alfa.ID}), func(_ string, answer *clinic.Answer) { offered += len(posts(answer)) })
	if offered < 12 {
		t.Errorf("the clinic's own people are offered %d things", offered)
	}
}
