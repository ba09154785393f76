package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/fault"
)

const (
	// visitorCookie binds the forms of those who have not signed in.
	visitorCookie = "visitor"
	tokenSize     = 32
)

// CSRFToken returns a token for this page's forms. It is made from the session's
// cookie, so that it needs no storage, ends with the session, and is worth
// nothing in another; before sign-in, from a cookie of the visitor's own. Each
// page gets it under another mask, so that compression leaks nothing about it.
func (w *Web) CSRFToken(c *fiber.Ctx, session string) string {
	binding := session
	if binding == "" {
		binding = w.visitor(c)
	}
	mask := make([]byte, tokenSize)
	rand.Read(mask)
	token := slices.Concat(mask, w.Keys.MAC("csrf", []byte(binding)))
	for i := range tokenSize {
		token[tokenSize+i] ^= mask[i]
	}
	return base64.RawURLEncoding.EncodeToString(token)
}

// visitor returns the visitor's cookie, and sets one when there is none.
func (w *Web) visitor(c *fiber.Ctx) string {
	if value := w.Cookie(c, visitorCookie); value != "" {
		return value
	}
	value := rand.Text()
	w.SetCookie(c, visitorCookie, value, 24*time.Hour)
	return value
}

// CheckCSRF refuses a write that did not come from one of our own pages: from
// another origin, or without the token of this session in its body or in the
// X-CSRF-Token header; a query string does not count (hazard 13).
func (w *Web) CheckCSRF(c *fiber.Ctx, session string) error {
	if !w.ownOrigin(c) {
		return fault.New(fault.Forbidden, "error.origin")
	}
	token := c.Get("X-CSRF-Token")
	if token == "" {
		token = string(c.Request().PostArgs().Peek("_csrf"))
	}
	return w.checkToken(c, session, token)
}

// VouchedFor reports whether the browser itself says that a request comes from a page of
// ours, in a header that no page can set. For what anybody may send, such as a sign-in,
// that is as good as a token, which a page that was left open for a day, or from before
// somebody signed in beside it, has no more (hazard 117). Whether it is contradicted is
// CheckCSRF's to say, first.
func (w *Web) VouchedFor(c *fiber.Ctx) bool {
	return w.ownOrigin(c) && (c.Get("Sec-Fetch-Site") == "same-origin" || c.Get(fiber.HeaderOrigin) == w.BaseURL)
}

// IsOutOfDate reports whether CheckCSRF has refused a form for its token alone.
func IsOutOfDate(err error) bool { return err != nil && describe(err).message == outOfDate }

const outOfDate = "error.csrf"

// ReadOutOfDate reads a form that was refused so, to be shown again with a fresh token.
func ReadOutOfDate(c *fiber.Ctx) (*Form, error) {
	form, err := ReadForm(c)
	if err == nil {
		form.Reject(csrfField, "error.csrf_renewed")
	}
	return form, err
}

// CheckPage refuses what htmx would put into a page of another session, or of this one
// before it moved: the rows of one clinic under the name of another (hazard 20). htmx
// says with each request which page it asks for.
func (w *Web) CheckPage(c *fiber.Ctx, session string) error {
	token := c.Get("X-CSRF-Token")
	if !IsHTMX(c) || token == "" || session == "" {
		return nil
	}
	return w.checkToken(c, session, token)
}

func (w *Web) checkToken(c *fiber.Ctx, session, token string) error {
	binding := session
	if binding == "" {
		binding = w.Cookie(c, visitorCookie)
	}
	if binding == "" || !w.goodToken(token, binding) {
		if earlier := w.earlierForms(c); session != "" && earlier != "" && w.goodToken(token, earlier) {
			return fault.New(fault.Conflict, "error.session_changed")
		}
		return fault.New(fault.Forbidden, outOfDate)
	}
	return nil
}

// earlierCookie names the session's token before the one that it has now.
const earlierCookie = "earlier"

// RememberForms keeps which forms were of this session before it got another token,
// so that one that comes late is told why it is refused. The old token is worth
// nothing any more, and sealed all the same.
func (w *Web) RememberForms(c *fiber.Ctx, old string, life time.Duration) {
	w.SetCookie(c, earlierCookie, w.Keys.SealCookie(earlierCookie, []byte(old), time.Now().Add(life)), life)
}

func (w *Web) earlierForms(c *fiber.Ctx) string {
	old, err := w.Keys.OpenCookie(earlierCookie, w.Cookie(c, earlierCookie), time.Now())
	if err != nil {
		return ""
	}
	return string(old)
}

func (w *Web) goodToken(token, binding string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*tokenSize {
		return false
	}
	for i := range tokenSize {
		raw[tokenSize+i] ^= raw[i]
	}
	return w.Keys.VerifyMAC("csrf", []byte(binding), raw[tokenSize:])
}

// ownOrigin believes what the browser says of where a request comes from. Those
// that say nothing are left to the token. A page with Referrer-Policy: no-referrer,
// as an invite's, makes the browser hide its origin as "null" (Fetch, "append a
// request Origin header"); then Sec-Fetch-Site, which no page can set, vouches.
func (w *Web) ownOrigin(c *fiber.Ctx) bool {
	site, origin := c.Get("Sec-Fetch-Site"), c.Get(fiber.HeaderOrigin)
	switch site {
	case "", "same-origin", "none":
	default:
		return false
	}
	if origin == "null" {
		return site == "same-origin"
	}
	return origin == "" || subtle.ConstantTimeCompare([]byte(origin), []byte(w.BaseURL)) == 1
}
