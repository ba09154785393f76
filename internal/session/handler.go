// Package session is signing in and out.
package session

import (
	"context"
	"strings"

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
	Web       *web.Web
	Store     *store.Store
	Guard     *guard.Guard
	Passwords *password.Hasher
	// SecondFactor asks who has a second factor for it; it reports false for who has none.
	SecondFactor func(c *fiber.Ctx, userID uuid.UUID, next string) (asked bool, err error)
	// PasskeysOffered shows the button that signs in with one.
	PasskeysOffered bool
	// Demo holds the sign-ins that the page shows, in a demo only.
	Demo []views.DemoAccount
}

// New shows the sign-in form; who has signed in already goes on.
func (h *Handler) New(c *fiber.Ctx) error {
	next := web.LocalPath(c.Query("next", "/"))
	if who, signedIn := actor.From(c.UserContext()); signedIn {
		return web.Redirect(c, h.landing(who, next))
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
	person, err := h.authenticate(c, db.UserSignInParams{Email: email, Typed: strings.ToLower(strings.TrimSpace(form.Value("email")))}, form.Value("password"))
	if fault.Is(err, fault.Unauthenticated) {
		shown.Message = "session.wrong"
		return h.show(c, fiber.StatusUnprocessableEntity, shown)
	}
	if err != nil {
		return err
	}
	return h.afterPassword(c, person, shown.Next)
}

// OutOfDate shows the form again, with the address, to whoever had it open for too long.
func (h *Handler) OutOfDate(c *fiber.Ctx) error {
	form, err := web.ReadOutOfDate(c)
	if err != nil {
		return err
	}
	return h.show(c, fiber.StatusForbidden, views.LoginForm{
		Email: form.Value("email"), Next: web.LocalPath(form.Value("next")), Errors: form.Errors(),
	})
}

// afterPassword is the one way on from a right password: what a person must prove
// beside it is asked for here, and nowhere else.
func (h *Handler) afterPassword(c *fiber.Ctx, person db.UserSignInRow, next string) error {
	if asked, err := h.SecondFactor(c, person.ID, next); asked || err != nil {
		return err
	}
	return h.Enter(c, person.ID, next)
}

// Again shows the form to somebody who came another way and was refused; message is
// a catalog key.
func (h *Handler) Again(c *fiber.Ctx, next, message string) error {
	return h.show(c, fiber.StatusUnprocessableEntity, views.LoginForm{Next: next, Message: message})
}

// Enter ends every way to sign in: it starts the session of a person who has proved who
// they are, and sends them on to next. Who has nowhere to go, be it only since they
// proved it, is fault.Unauthenticated.
func (h *Handler) Enter(c *fiber.Ctx, userID uuid.UUID, next string) error {
	workspace, err := h.start(c, userID)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.Unauthenticated, "", err)
	}
	if err != nil {
		return err
	}
	who := actor.Actor{UserID: userID, TenantID: workspace.TenantID, Role: actor.Role(workspace.Role), SuperAdmin: workspace.SuperAdmin}
	return web.Redirect(c, h.landing(who, next))
}

// Destroy signs out.
func (h *Handler) Destroy(c *fiber.Ctx) error {
	if err := h.Guard.SignOut(c); err != nil {
		return err
	}
	return web.Redirect(c, "/login")
}

// start begins the session of a person in the clinic that they used last.
func (h *Handler) start(c *fiber.Ctx, userID uuid.UUID) (workspace db.UserWorkspaceRow, err error) {
	var welcome func()
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		if workspace, err = tx.UserWorkspace(ctx, userID); err != nil {
			return err
		}
		welcome, err = h.Guard.SignIn(ctx, c, tx, userID, workspace.TenantID)
		return err
	})
	if err != nil {
		return workspace, err
	}
	welcome()
	return workspace, nil
}

// landing is where a person arrives: where they wanted to go, if they may. A super-admin
// whose look into a clinic has ended wanted a clinic's page, and would be refused there.
func (h *Handler) landing(who actor.Actor, next string) string {
	switch {
	case who.SuperAdmin && (next == "/" || !h.Guard.Opens(who, next)):
		return "/admin"
	case !h.Guard.Opens(who, next):
		return "/"
	}
	return next
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.LoginForm) error {
	form.Demo, form.PasskeysOffered = h.Demo, h.PasskeysOffered
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("session.title"), views.Login(form))
}
