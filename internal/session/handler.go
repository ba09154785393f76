// Package session is signing in and out.
package session

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/session"
)

// Handler answers /login and /logout.
type Handler struct {
	Web   *web.Web
	Store *store.Store
	Guard *guard.Guard
	// Demo holds the sign-ins that the page shows, in a demo only.
	Demo []views.DemoAccount
}

// New shows the sign-in form; who has signed in already goes on.
func (h *Handler) New(c *fiber.Ctx) error {
	next := web.LocalPath(c.Query("next", "/"))
	if who, signedIn := actor.From(c.UserContext()); signedIn {
		return web.Redirect(c, landing(who.SuperAdmin, next))
	}
	return h.show(c, fiber.StatusOK, views.LoginForm{Next: next})
}

// Create signs in. An unknown address, a wrong password and a person or clinic
// that is not active get the same answer (hazard 5).
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	email := form.RequiredEmail("email")
	if form.Value("password") == "" {
		form.Reject("password", "field.required")
	}
	shown := views.LoginForm{Email: form.Value("email"), Next: web.LocalPath(form.Value("next")), Errors: form.Errors()}
	if form.Err() != nil {
		return h.show(c, fiber.StatusUnprocessableEntity, shown)
	}
	if err := h.Guard.LimitSignIn(c, email); err != nil {
		return err
	}
	person, err := h.authenticate(c.UserContext(), email, form.Value("password"))
	if fault.Is(err, fault.Unauthenticated) {
		shown.Message = "session.wrong"
		return h.show(c, fiber.StatusUnprocessableEntity, shown)
	}
	if err != nil {
		return err
	}
	if err := h.start(c, person); err != nil {
		return err
	}
	return web.Redirect(c, landing(person.TenantID == uuid.Nil, shown.Next))
}

// Destroy signs out.
func (h *Handler) Destroy(c *fiber.Ctx) error {
	if err := h.Guard.SignOut(c); err != nil {
		return err
	}
	return web.Redirect(c, "/login")
}

func (h *Handler) authenticate(ctx context.Context, email, typed string) (db.UserSignInRow, error) {
	refused := fault.New(fault.Unauthenticated, "")
	person, err := h.Store.PlatformStatement().UserSignIn(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return person, err
	}
	hash := ""
	if person.PasswordHash != nil {
		hash = *person.PasswordHash
	}
	matches, err := password.Matches(ctx, typed, hash)
	if err != nil {
		return person, err
	}
	mayEnter := person.Status == "active" && (person.TenantID != uuid.Nil || person.SuperAdmin)
	if !matches || !mayEnter {
		return person, refused
	}
	return person, nil
}

func (h *Handler) start(c *fiber.Ctx, person db.UserSignInRow) error {
	var welcome func()
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		welcome, err = h.Guard.SignIn(ctx, c, tx, person.ID, person.TenantID)
		return err
	})
	if err != nil {
		return err
	}
	welcome()
	return nil
}

// landing is where a person arrives: a super-admin has no clinic's pages.
func landing(superAdmin bool, next string) string {
	if superAdmin && next == "/" {
		return "/admin"
	}
	return next
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.LoginForm) error {
	form.Demo = h.Demo
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("session.title"), views.Login(form))
}
