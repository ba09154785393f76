package layout

import (
	"context"
	"io"
	"sync"
	"time"

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
	theme           Theme
	superAdmin      bool
	inClinic        bool
	signedIn        bool
	inSupport       bool
	severalTenants  bool
}

// frame is what a piece is drawn with: it says what kind of person looks, not who.
func (v variant) frame() Frame {
	frame := Frame{Section: v.section, Role: v.role, SuperAdmin: v.superAdmin, Theme: v.theme, SeveralTenants: v.severalTenants}
	if v.inClinic {
		frame.TenantName = product
	}
	if v.signedIn {
		frame.PersonName = product
	}
	if v.inSupport {
		frame.SupportUntil = new(time.Time)
	}
	return frame
}

// pieces are those drawn so far: variant -> Drawn.
var pieces sync.Map

// ready draws a piece of the frame once for all who see the same but for their names and
// tokens: what stands around the content is half of a page's bytes, and took a third of
// its time. A piece is drawn without the request's context, so that nothing of anybody's
// can stay in it.
func ready(ctx context.Context, name string, piece templ.Component) templ.Component {
	frame := From(ctx)
	if frame.Unread > 0 {
		return piece
	}
	wanted := variant{
		piece: name, language: locale.From(ctx).Language(), section: frame.Section, role: frame.Role,
		theme: frame.chosenTheme(), superAdmin: frame.SuperAdmin, inClinic: frame.TenantName != "", signedIn: frame.PersonName != "",
		inSupport: frame.SupportUntil != nil, severalTenants: frame.SeveralTenants,
	}
	if found, ok := pieces.Load(wanted); ok {
		return found.(templ.Component)
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		drawn, err := Draw(piece, locale.New(wanted.language, nil, "", nil), wanted.frame())
		if err != nil {
			return err
		}
		pieces.Store(wanted, templ.Component(drawn))
		return drawn.Render(ctx, w)
	})
}
