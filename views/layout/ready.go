package layout

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
)

// variant is all that a ready piece of the frame may depend on. Each of its parts has few
// values, so that there are few pieces.
type variant struct {
	piece, language string
	section         Section
	role            actor.Role
	superAdmin      bool
	inClinic        bool
	signedIn        bool
}

// frame is what a piece is drawn with: it says what kind of person looks, not who.
func (v variant) frame() Frame {
	frame := Frame{Section: v.section, Role: v.role, SuperAdmin: v.superAdmin}
	if v.inClinic {
		frame.TenantName = product
	}
	if v.signedIn {
		frame.PersonName = product
	}
	return frame
}

// pieces are those drawn so far: variant -> drawn.
var pieces sync.Map

// drawn is markup that came out of a component before.
type drawn string

func (d drawn) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(d))
	return err
}

// ready draws a piece of the frame once for all who see the same: the navigation and
// the dialogs are half of a page's bytes, and took a quarter of its time. A piece is
// drawn without the request's context, so that nobody's name or token can stay in it.
func ready(ctx context.Context, name string, piece templ.Component) templ.Component {
	frame := From(ctx)
	if frame.Unread > 0 {
		return piece
	}
	wanted := variant{
		piece: name, language: locale.From(ctx).Language(), section: frame.Section, role: frame.Role,
		superAdmin: frame.SuperAdmin, inClinic: frame.TenantName != "", signedIn: frame.PersonName != "",
	}
	if found, ok := pieces.Load(wanted); ok {
		return found.(templ.Component)
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var text bytes.Buffer
		alone := With(locale.With(context.Background(), locale.New(wanted.language, nil, "", nil)), wanted.frame())
		if err := piece.Render(alone, &text); err != nil {
			return err
		}
		pieces.Store(wanted, templ.Component(drawn(text.String())))
		_, err := w.Write(text.Bytes())
		return err
	})
}
