package ui

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/a-h/templ"
)

// Icon draws a lucide icon by its name, as big as the text around it (1.25em).
// It is an ornament: screen readers skip it, so what it means also stands in
// words beside it or in the aria-label of its button. The icons that exist are
// listed in static/src/icons.txt; add a name there and run `npm run build`. A name
// from outside finds nothing in the closed set, so no markup can come in this way.
func Icon(name string) templ.Component {
	icon, ok := icons[name]
	if !ok && testing.Testing() {
		panic(fmt.Sprintf("icon %q is not in static/src/icons.txt", name))
	}
	if !ok {
		return templ.NopComponent
	}
	return icon
}

// HasIcon reports whether there is an icon of that name, for who chooses one by a value.
func HasIcon(name string) bool {
	_, has := iconPaths[name]
	return has
}

// drawing is an icon's markup.
type drawing string

func (d drawing) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(d))
	return err
}

// icons are all icons, drawn once: a page has some sixty.
var icons = func() map[string]templ.Component {
	drawn := make(map[string]templ.Component, len(iconPaths))
	for name, path := range iconPaths {
		drawn[name] = drawing(`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
			`stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` + path + `</svg>`)
	}
	return drawn
}()
