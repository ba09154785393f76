package web

import (
	"context"
	"errors"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/clock"
	"frontdesk/internal/locale"
	"frontdesk/views/layout"
)

// PageKey is all that a kept page's content may depend on. It is compared as a whole,
// never joined into a text, so that no value can be taken for two (hazard 81).
type PageKey struct {
	Tenant uuid.UUID
	// Person is who asks, for a page that shows each person something else.
	Person uuid.UUID
	Role   actor.Role
	// Language, Zone and Country are the locale's.
	Language, Zone, Country string
	// Phone is what IsPhone says.
	Phone bool
	// Path and Query are the address, the query in the order of its names.
	Path, Query string
	// Revisions are those of the areas that the page shows, read before its rows.
	Revisions [MostAreas]int64
}

// MostAreas is how many areas a page can depend on.
const MostAreas = 8

// Kept are contents of pages as they were drawn, within the frame that is drawn anew for
// each answer: a token, a name or a toast is never in what is kept. Nothing is ever
// taken out because of a write: another revision is another key.
type Kept struct {
	pages *otter.Cache[PageKey, *keptPage]
	now   clock.Clock
}

// NewKept keeps at most so many bytes; none turns keeping off.
func NewKept(bytes int, now clock.Clock) (*Kept, error) {
	if bytes == 0 {
		return nil, nil
	}
	pages, err := otter.New(&otter.Options[PageKey, *keptPage]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(key PageKey, page *keptPage) uint32 { return page.weight(key) },
	})
	return &Kept{pages: pages, now: now}, err
}

// keptPage is what a handler gave to Page.
type keptPage struct {
	section layout.Section
	title   string
	content layout.Drawn
	// until is when the page would be drawn otherwise though no row has changed.
	until time.Time
}

// entrySize is about what an entry takes beside its texts, in bytes.
const entrySize = 512

func (p *keptPage) weight(key PageKey) uint32 {
	return uint32(min(entrySize+len(p.title)+len(key.Path)+len(key.Query)+p.content.Size(), 1<<31))
}

// errNotAPage tells those who waited for a page that there is none to share.
var errNotAPage = errors.New("the handler answered with no page")

// AnswerKept answers with the page that is kept under the key, or else with what make
// answers, and keeps that if it is a whole page. Of many who ask at once one makes it
// (hazard 81). What make answers otherwise (a refusal, a redirect, an error) is its own
// request's alone; those who waited for it ask by themselves. What has no name is not kept.
func (w *Web) AnswerKept(c *fiber.Ctx, key PageKey, make func() error) error {
	shown := showingOf(c.UserContext())
	if w.Kept == nil || shown == nil {
		return make()
	}
	if page, ok := w.Kept.pages.GetIfPresent(key); ok && !w.Kept.now().Before(page.until) {
		w.Kept.pages.Invalidate(key)
	}
	made, makeErr := false, error(nil)
	page, err := w.Kept.pages.Get(c.UserContext(), key, otter.LoaderFunc[PageKey, *keptPage](func(context.Context, PageKey) (*keptPage, error) {
		made = true
		shown.keeps = true
		if makeErr = make(); makeErr != nil || shown.page == nil {
			return nil, errNotAPage
		}
		return shown.page, nil
	}))
	switch {
	case err == nil:
		return w.answerKept(c, page)
	case made:
		return makeErr
	}
	return make()
}

// keep draws a page's content for everybody who may see it: with nothing of the asker in
// its context but the language, the clock and the role.
func (w *Web) keep(c *fiber.Ctx, shown *showing, section layout.Section, title string, content templ.Component) error {
	l := locale.From(c.UserContext())
	drawn, err := layout.Draw(content, l, layout.Frame{Section: section, Role: layout.From(c.UserContext()).Role, Asset: w.Assets.Address})
	if err != nil {
		return err
	}
	shown.page = &keptPage{section: section, title: title, content: drawn, until: shown.ends()}
	return nil
}

func (w *Web) answerKept(c *fiber.Ctx, page *keptPage) error {
	frame := layout.From(c.UserContext())
	frame.Section = page.section
	frame.Revision = showingOf(c.UserContext()).say(c, page.until)
	return w.answer(c, fiber.StatusOK, frame, page.title, page.content, layout.Page)
}
