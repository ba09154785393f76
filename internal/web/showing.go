package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/localtime"
)

// RevisionHeader carries what an answer shows, as "calendar:1 as:… until:…", and then the
// same of a page that shows it and asks for it again by itself.
const RevisionHeader = "X-Revision"

// untilWord stands between a name and the second at which what it names begins to look
// otherwise by itself.
const untilWord = " until:"

// AsksByItself reports whether a page asks for what it shows already: nobody has pressed
// anything.
func AsksByItself(c *fiber.Ctx) bool { return c.Get(RevisionHeader) != "" }

// ShowsAlready reports whether the page that asks shows what has the name now, and as it
// would look if it were made now.
func ShowsAlready(c *fiber.Ctx, name string, now time.Time) bool {
	shown := c.Get(RevisionHeader)
	named, second, _ := strings.Cut(shown, untilWord)
	ends, err := strconv.ParseInt(second, 10, 64)
	if err != nil || named != name || now.Unix() >= ends || !IsHTMX(c) {
		return false
	}
	c.Set(RevisionHeader, shown)
	return true
}

// showing is what is known of an answer beside its content: how it is named, and for how
// long it looks the same while no row changes.
type showing struct {
	// name is revision.Name's.
	name string
	// since is when it was asked for, in the clinic's zone: it may be of the minute and the
	// day that have ended when it is ready.
	since time.Time
	// until is what KeepUntil said.
	until time.Time
	// keeps is true where what the handler gives to Page is kept, as page.
	keeps bool
	page  *keptPage
}

type showingKey struct{}

// WithName returns ctx carrying the name of what the request is about to be shown, for the
// page to ask with whether that is still what there is. now is before whatever the handler
// takes for it.
func WithName(ctx context.Context, name string, now time.Time) context.Context {
	return context.WithValue(ctx, showingKey{}, &showing{name: name, since: now})
}

// showingOf is nil for an answer that has no name.
func showingOf(ctx context.Context) *showing {
	shown, _ := ctx.Value(showingKey{}).(*showing)
	return shown
}

// KeepUntil says until when the answer to this request would look the same while no row
// changes. Without it that is the end of the minute, since it may show what time it is;
// and never is it later than the clinic's midnight.
func KeepUntil(ctx context.Context, until time.Time) {
	if shown := showingOf(ctx); shown != nil {
		shown.until = until
	}
}

// KeepForTheDay is KeepUntil for what does not show the time.
func KeepForTheDay(ctx context.Context) { KeepUntil(ctx, lastTime) }

// ends is when what was asked for is made anew though no row has changed.
func (s *showing) ends() time.Time {
	_, midnight := localtime.DaySpan(localtime.DayOf(s.since, s.since.Location()), s.since.Location())
	switch {
	case s.until.IsZero():
		return s.since.Truncate(time.Minute).Add(time.Minute)
	case s.until.Before(midnight):
		return s.until
	}
	return midnight
}

// say tells in the answer's head what it shows until the end, and returns it for its
// content.
func (s *showing) say(c *fiber.Ctx, end time.Time) string {
	shown := s.name + untilWord + strconv.FormatInt(end.Unix(), 10)
	c.Set(RevisionHeader, shown)
	return shown
}

// sayShown is say for what is made for this request alone; "" has no name.
func sayShown(c *fiber.Ctx) string {
	shown := showingOf(c.UserContext())
	if shown == nil {
		return ""
	}
	return shown.say(c, shown.ends())
}
