package browser_test

import (
	"encoding/json"
	"os"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axe judges a page by the rules of WCAG 2.2, levels A and AA.
var axe = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile("../../static/node_modules/axe-core/axe.min.js")
	return string(script), err
})

// axeOptions leaves the frames out: they hold mail, which others wrote.
const axeOptions = `{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], iframes: false, elementRef: false}`

// violation is what axe says about a rule that a page breaks.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// accessible fails the test when the page breaks a rule of WCAG.
func (p *person) accessible(what string) {
	p.t.Helper()
	script, err := axe()
	if err != nil {
		p.t.Fatalf("read axe-core: %v; run `npm ci` in static", err)
	}
	p.settle()
	evaluate[bool](p, script+"; true")
	answer := evaluate[string](p, "axe.run(document, "+axeOptions+").then((found) => JSON.stringify(found.violations))", chromedp.EvalAwaitPromise)
	var violations []violation
	if err := json.Unmarshal([]byte(answer), &violations); err != nil {
		p.t.Fatal(err)
	}
	for _, found := range violations {
		var elements []string
		for _, node := range found.Nodes {
			elements = append(elements, node.HTML+"\n    "+node.FailureSummary)
		}
		p.t.Errorf("%s breaks %s (%s) at\n  %s", what, found.ID, found.Help, strings.Join(elements, "\n  "))
	}
}
