package web

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/locale"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

// IsHTMX reports whether htmx asks, and so wants a fragment.
func IsHTMX(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-History-Restore-Request") != "true"
}

// Page answers a page of a signed-in person: the whole document, or to htmx its
// content alone. title is a catalog key or a text that is ready, such as a name.
func (w *Web) Page(c *fiber.Ctx, status int, section layout.Section, title string, content templ.Component) error {
	if shown := showingOf(c.UserContext()); shown != nil && shown.keeps && status == fiber.StatusOK {
		return w.keep(c, shown, section, title, content)
	}
	frame := layout.From(c.UserContext())
	frame.Section = section
	if status == fiber.StatusOK {
		frame.Revision = sayShown(c)
	}
	return w.answer(c, status, frame, title, content, layout.Page)
}

// IsPhone reports whether a phone asks, as far as its browser says.
func IsPhone(c *fiber.Ctx) bool { return strings.Contains(c.Get(fiber.HeaderUserAgent), "Mobi") }

// BarePage is Page without navigation: for sign-in, invites and errors.
func (w *Web) BarePage(c *fiber.Ctx, status int, title string, content templ.Component) error {
	return w.answer(c, status, layout.From(c.UserContext()), title, content, layout.Bare)
}

// Fragment answers a piece of a page to htmx, which put it in the place of what
// it asked from.
func (w *Web) Fragment(c *fiber.Ctx, status int, content templ.Component) error {
	if status == fiber.StatusOK {
		sayShown(c)
	}
	return w.render(c.UserContext(), c, status, content)
}

func (w *Web) answer(c *fiber.Ctx, status int, frame layout.Frame, title string, content templ.Component,
	document func(string) templ.Component,
) error {
	if IsHTMX(c) {
		document = layout.Fragment
	} else {
		frame.Toasts = w.takeToasts(c)
	}
	ctx := templ.WithChildren(layout.With(c.UserContext(), frame), content)
	return w.render(ctx, c, status, document(title))
}

// render writes straight into the answer; if a component fails midway, the error
// handler begins the answer anew.
func (w *Web) render(ctx context.Context, c *fiber.Ctx, status int, component templ.Component) error {
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return component.Render(ctx, c.Response().BodyWriter())
}

// Redirect sends the browser to one of our own pages after a write: 303, or for
// htmx a header that makes the browser go there.
func Redirect(c *fiber.Ctx, location string) error {
	location = LocalPath(location)
	if IsHTMX(c) {
		c.Set("HX-Redirect", location)
		return c.SendStatus(fiber.StatusOK)
	}
	return c.Redirect(location, fiber.StatusSeeOther)
}

// LocalPath returns the path if a browser is sure to take it for one of ours, and
// "/" otherwise. Browsers read a backslash as a slash and skip control
// characters, so that /\evil leads away as //evil does (hazard 71).
func LocalPath(location string) string {
	if !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || len(location) > 2000 {
		return "/"
	}
	for _, r := range location {
		if r == '\\' || r < 0x20 || r == 0x7f {
			return "/"
		}
	}
	return location
}

const (
	toastCookie = "toast"
	toastLife   = time.Minute
)

// toast is a message that waits for the next page. It holds a catalog key and no
// personal data, since it travels in a cookie.
type toast struct {
	Kind string `json:"k"`
	Key  string `json:"m"`
}

// Toast shows a result: on the page that the browser goes to next, or at once
// when htmx stays where it is. kind is one of ui's; key is a catalog key.
func (w *Web) Toast(c *fiber.Ctx, kind, key string) error {
	raw, err := json.Marshal(toast{Kind: kind, Key: key})
	if err != nil {
		return err
	}
	w.SetCookie(c, toastCookie, w.Keys.SealCookie(toastCookie, raw, time.Now().Add(toastLife)), toastLife)
	return nil
}

// ToastNow shows a result in the page that htmx stays on.
func (w *Web) ToastNow(c *fiber.Ctx, kind, key string) error {
	return trigger(c, map[string]any{"toast": toastNow{locale.From(c.UserContext()).T(key), kind}})
}

// Done tells that a write was made, by the message of a catalog key, on the page at
// location.
func (w *Web) Done(c *fiber.Ctx, key, location string) error {
	if err := w.Toast(c, ui.Success, key); err != nil {
		return err
	}
	return Redirect(c, location)
}

// DoneInPlace answers htmx after a row of a list was changed from a dialog: the
// dialog closes, a toast tells, and the list asks for itself anew.
func (w *Web) DoneInPlace(c *fiber.Ctx, key string) error {
	err := trigger(c, map[string]any{
		"toast": toastNow{locale.From(c.UserContext()).T(key), ui.Success}, "closeDialog": true, "listChanged": true,
	})
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// toastNow is a toast as toast.js takes it.
type toastNow struct {
	Message string `json:"message"`
	Kind    string `json:"kind"`
}

// trigger makes htmx tell the page of events. There is one such header, so that an
// answer says all its events at once.
func trigger(c *fiber.Ctx, events map[string]any) error {
	raw, err := json.Marshal(events)
	if err != nil {
		return err
	}
	c.Set("HX-Trigger", asciiJSON(raw))
	return nil
}

// asciiJSON escapes what a header cannot carry.
func asciiJSON(raw []byte) string {
	var text strings.Builder
	for _, unit := range utf16.Encode([]rune(string(raw))) {
		if unit < 0x80 {
			text.WriteByte(byte(unit))
		} else {
			fmt.Fprintf(&text, `\u%04x`, unit)
		}
	}
	return text.String()
}

// takeToasts returns what the request before this one left to say, once.
func (w *Web) takeToasts(c *fiber.Ctx) []ui.ToastOptions {
	sealed := w.Cookie(c, toastCookie)
	if sealed == "" {
		return nil
	}
	w.ClearCookie(c, toastCookie)
	raw, err := w.Keys.OpenCookie(toastCookie, sealed, time.Now())
	if err != nil {
		return nil
	}
	var left toast
	if err := json.Unmarshal(raw, &left); err != nil {
		return nil
	}
	return []ui.ToastOptions{{Kind: left.Kind, Message: locale.From(c.UserContext()).T(left.Key)}}
}

// Back returns the page of ours that the browser came from, or "/".
func (w *Web) Back(c *fiber.Ctx) string {
	from, ours := strings.CutPrefix(c.Get(fiber.HeaderReferer), w.BaseURL)
	if !ours {
		return "/"
	}
	return LocalPath(from)
}
