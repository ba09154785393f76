package ui

import (
	"context"
	"strings"
)

type revisionKey struct{}

// WithRevision returns ctx carrying what the page shows, as its fragments say it; ""
// leaves them as they are. layout.With calls it; pages need not.
func WithRevision(ctx context.Context, revision string) context.Context {
	return context.WithValue(ctx, revisionKey{}, revision)
}

// Fragment are the attributes of the element of that id, a part of its page that asks the
// page's own address for itself: on the events; and where the page has a revision, as soon
// as another one is there (live.js triggers moved), and once a minute, which moves what
// shows the time. It is morphed, so that the scroll and the focus stay. A press of the
// person's own goes before it: what they ask for has it as their hx-sync, with replace.
func Fragment(ctx context.Context, id, address string, events ...string) Attributes {
	revision, _ := ctx.Value(revisionKey{}).(string)
	if revision != "" {
		events = append(events, "moved", "every 60s")
	}
	if len(events) == 0 {
		return nil
	}
	attributes := Attributes{
		"hx-get": address, "hx-trigger": strings.Join(events, ", "), "hx-select": "#" + id, "hx-swap": "morph:outerHTML",
		"hx-ext": "morph", "hx-sync": "this:drop", "hx-disinherit": "*",
	}
	if revision != "" {
		attributes["data-revision"] = revision
	}
	return attributes
}
