// Package user is a person's own settings.
package user

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
)

// Handler answers /preferences and /password.
type Handler struct {
	Web       *web.Web
	Store     *store.Store
	Guard     *guard.Guard
	Passwords *password.Hasher
}

// preferenceLife is how long a browser remembers the choice of somebody who has
// not signed in.
const preferenceLife = 365 * 24 * time.Hour

// Update keeps the language and theme that a person chose: with the person, and
// before sign-in with the browser.
func (h *Handler) Update(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	language := form.OneOf("language", "", locale.English, locale.Romanian)
	theme := form.OneOf("theme", "", string(layout.System), string(layout.Light), string(layout.Dark))
	if err := form.Err(); err != nil {
		return err
	}
	if who, signedIn := actor.From(c.UserContext()); signedIn {
		err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
			return tx.UserSetPreferences(ctx, db.UserSetPreferencesParams{ID: who.UserID, Language: optional(language), Theme: optional(theme)})
		})
	}
	if err != nil {
		return err
	}
	h.remember(c, guard.LanguageCookie, language)
	h.remember(c, guard.ThemeCookie, theme)
	return web.Redirect(c, h.Web.Back(c))
}

func (h *Handler) remember(c *fiber.Ctx, name, value string) {
	if value != "" {
		h.Web.SetCookie(c, name, value, preferenceLife)
	}
}

func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
