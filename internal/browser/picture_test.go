package browser_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// folder is the git-ignored folder of screenshots at the repository's root.
const folder = "../../screenshots"

// pictures asks for every page in every look, for whoever designs: what a test can
// judge, it judges without.
var pictures = flag.Bool("pictures", false, "keep a picture of every page, at desktop and phone width, light and dark")

// picture fails the test when the page, at rest, is wider than the window, and keeps a
// screenshot where pictures are asked for.
func (p *person) picture(name string) {
	p.t.Helper()
	p.settle()
	p.fits(name)
	if *pictures {
		p.keep(name)
	}
}

// looksGood fails the test when the page breaks a rule of accessibility or is too wide
// for a phone.
func (p *person) looksGood(name string) {
	p.t.Helper()
	if *pictures {
		p.looksGoodEverywhere(name)
		return
	}
	p.picture(name)
	p.accessible(name)
	p.phone()
	p.fits(name + " on a phone")
	p.desktop()
}

// looksGoodEverywhere is looksGood also in the dark. Rules of accessibility are judged
// where the looks differ most: light on a desk, dark on a phone.
func (p *person) looksGoodEverywhere(name string) {
	p.t.Helper()
	p.picture(name)
	p.accessible(name)
	p.scheme("dark")
	p.picture(name + "-dark")
	p.phone()
	p.picture(name + "-phone-dark")
	p.accessible(name + " on a phone in the dark")
	p.scheme("light")
	p.picture(name + "-phone")
	p.desktop()
}

// fits fails the test when the page must be scrolled sideways.
func (p *person) fits(name string) {
	p.t.Helper()
	if over := evaluate[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		p.t.Errorf("%s is %d pixels wider than its window", name, over)
	}
}

// keep writes a screenshot of the window.
func (p *person) keep(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	quick := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{OptimizeForSpeed: &quick})
	if err != nil {
		p.t.Fatalf("screenshot of %s: %v", name, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), shot.Data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) desktop() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(1440, 900))
	wait[bool](p, "a wide window", "innerWidth === 1440")
}

func (p *person) phone() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	wait[bool](p, "a phone's window", "screen.width === 390")
}

// scheme is what the person's device prefers: "light" or "dark".
func (p *person) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Call(p.page, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
