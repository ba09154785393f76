package layout

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"strings"

	"github.com/a-h/templ"

	"frontdesk/internal/locale"
)

// Drawn is markup that is drawn once and sent to many: what is one person's own it leaves
// out, and whoever it is sent to gets theirs there. All its pieces but the first begin with
// the letter of what stands before them.
type Drawn []string

// What is left out.
const (
	tokenHole    = 'T'
	revisionHole = 'R'
	personHole   = 'P'
	initialsHole = 'I'
	tenantHole   = 'C'
)

// Draw draws a component as the frame and the locale have it, and with nothing else of who
// asks: of the frame the token, the revision and the names are left out.
func Draw(component templ.Component, l *locale.Locale, frame Frame) (Drawn, error) {
	mark := rand.Text() // nobody can have typed it
	frame.CSRF, frame.Revision = mark+string(tokenHole), mark+string(revisionHole)
	if frame.PersonName != "" {
		frame.PersonName, frame.initials = mark+string(personHole), mark+string(initialsHole)
	}
	if frame.TenantName != "" {
		frame.TenantName = mark + string(tenantHole)
	}
	var text bytes.Buffer
	if err := component.Render(With(locale.With(context.Background(), l), frame), &text); err != nil {
		return nil, err
	}
	return strings.Split(text.String(), mark), nil
}

// Render implements templ.Component for whoever the frame in ctx is of.
func (d Drawn) Render(ctx context.Context, w io.Writer) error {
	frame := From(ctx)
	for i, piece := range d {
		if i > 0 {
			if _, err := io.WriteString(w, frame.own(piece[0])); err != nil {
				return err
			}
			piece = piece[1:]
		}
		if _, err := io.WriteString(w, piece); err != nil {
			return err
		}
	}
	return nil
}

// Size is how many bytes it holds.
func (d Drawn) Size() (bytes int) {
	for _, piece := range d {
		bytes += len(piece)
	}
	return bytes
}

// own is what stands in a hole. All of it is text, in content and attributes alike.
func (f *Frame) own(hole byte) string {
	switch hole {
	case tokenHole:
		return templ.EscapeString(f.CSRF)
	case revisionHole:
		return templ.EscapeString(f.Revision)
	case personHole:
		return templ.EscapeString(f.PersonName)
	case initialsHole:
		return templ.EscapeString(f.sign())
	case tenantHole:
		return templ.EscapeString(f.TenantName)
	}
	return ""
}
