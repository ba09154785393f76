package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// Cookie returns the value of one of our cookies.
func (w *Web) Cookie(c *fiber.Ctx, name string) string { return c.Cookies(w.cookiePrefix + name) }

// SetCookie sets a cookie that scripts cannot read and other sites do not send
// along, for the given time. The __Host- prefix keeps a sibling host from
// planting it (hazard 4).
func (w *Web) SetCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: w.cookiePrefix + name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HTTPOnly: true, Secure: w.Secure, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// ClearCookie makes the browser forget a cookie.
func (w *Web) ClearCookie(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{
		Name: w.cookiePrefix + name, Path: "/", Expires: time.Unix(1, 0),
		HTTPOnly: true, Secure: w.Secure, SameSite: fiber.CookieSameSiteLaxMode,
	})
}
