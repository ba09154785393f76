package invite

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/vouch"
	"frontdesk/internal/web"
	views "frontdesk/views/invite"
	"frontdesk/views/layout"
)

// Handler answers /invite/{token}, and what is done with an invite from the team's
// and the console's pages.
type Handler struct {
	Web       *web.Web
	Store     *store.Store
	Guard     *guard.Guard
	Delivery  *delivery.Mailer
	Passwords *password.Hasher
	// TeamPage and TenantPage show the page of an invite's clinic again, with the
	// catalog key of why nothing was done: they are other rooms'.
	TeamPage   func(c *fiber.Ctx, message string) error
	TenantPage func(c *fiber.Ctx, tenantID uuid.UUID, message string) error
}

// Show shows the invite behind a link and uses nothing up: mail scanners follow
// links too (hazard 42).
func (h *Handler) Show(c *fiber.Ctx) error {
	invite, _, err := h.find(c)
	if err != nil {
		return err
	}
	if message := obstacle(invite); message != "" {
		return h.refuse(c, fiber.StatusGone, message)
	}
	return h.show(c, fiber.StatusOK, invite, web.NewForm())
}

// Accept lets the person in, once, and signs them in. The cheap checks come
// before the password is hashed, and the hashing before the transaction.
func (h *Handler) Accept(c *fiber.Ctx) error {
	invite, hash, err := h.find(c)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	if message := obstacle(invite); message != "" {
		return h.refuse(c, fiber.StatusConflict, message)
	}
	found := h.standing(c, invite)
	if found == signInFirst || found == otherPerson {
		return h.show(c, fiber.StatusConflict, invite, form)
	}
	joiner, err := h.newJoiner(c.UserContext(), invite, found, form)
	if fault.Is(err, fault.Invalid) {
		return h.show(c, fiber.StatusUnprocessableEntity, invite, form)
	}
	if err != nil {
		return err
	}
	return h.join(c, invite.TenantID, hash, joiner)
}

// OutOfDate shows the invite again, with the name that was typed.
func (h *Handler) OutOfDate(c *fiber.Ctx) error {
	invite, _, err := h.find(c)
	if err != nil {
		return err
	}
	form, err := web.ReadOutOfDate(c)
	if err != nil {
		return err
	}
	if message := obstacle(invite); message != "" {
		return h.refuse(c, fiber.StatusForbidden, message)
	}
	return h.show(c, fiber.StatusForbidden, invite, form)
}

// find looks the link's invite up. What is no token is as unknown as a token that
// nobody made.
func (h *Handler) find(c *fiber.Ctx) (db.InviteByTokenRow, []byte, error) {
	// The address is a secret: no link on the page may pass it on.
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	hash, ok := guard.HashToken(c.Params("token"))
	if !ok {
		return db.InviteByTokenRow{}, nil, fault.New(fault.NotFound, "")
	}
	invite, err := h.Store.PlatformStatement().InviteByToken(c.UserContext(), hash)
	if err != nil || invite.Accepted || invite.Revoked || invite.Expired {
		return invite, hash, err // what is over opens nothing
	}
	return invite, hash, h.Store.Check(c.UserContext(), vouch.Invite{
		TenantID: invite.TenantID, ID: invite.ID, TokenHash: hash, Email: invite.Email, Name: invite.Name, Role: invite.Role,
		CreatedAt: invite.CreatedAt, ExpiresAt: invite.ExpiresAt,
	}, invite.Mac)
}

func (h *Handler) standing(c *fiber.Ctx, invite db.InviteByTokenRow) standing {
	asker, _ := actor.From(c.UserContext())
	return standingOf(invite, asker)
}

func (h *Handler) refuse(c *fiber.Ctx, status int, message string) error {
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("invite.title"), views.Refused(message))
}

func (h *Handler) show(c *fiber.Ctx, status int, invite db.InviteByTokenRow, form *web.Form) error {
	page := views.Page{
		Action: c.Path(), TenantName: invite.TenantName, Email: invite.Email, Role: invite.Role,
		Name: invite.Name, Errors: form.Errors(), SignedInAs: layout.From(c.UserContext()).PersonName,
	}
	if form.Has("name") {
		page.Name = form.Value("name")
	}
	content := views.NewAccount(page)
	switch h.standing(c, invite) {
	case signInFirst:
		content = views.SignInFirst(page)
	case otherPerson:
		content = views.OtherPerson(page)
	case oneButton:
		content = views.OneButton(page)
	}
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("invite.title"), content)
}

func (h *Handler) join(c *fiber.Ctx, tenantID uuid.UUID, token []byte, joining joiner) error {
	var welcome func()
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		if err := seat.Lock(ctx, tx, tenantID); err != nil {
			return err
		}
		userID, err := admit(ctx, tx, token, joining)
		if err != nil {
			return err
		}
		welcome, err = h.enter(ctx, c, tx, userID, tenantID)
		return err
	})
	if message := refusal(err); message != "" {
		return h.refuse(c, fiber.StatusConflict, message)
	}
	if err != nil {
		return err
	}
	welcome()
	return h.Web.Done(c, "invite.joined", "/")
}

// enter takes the person into the clinic that they have joined. Who was signed in goes
// on in the same session; who has just chosen a password, or was not, begins one.
func (h *Handler) enter(ctx context.Context, c *fiber.Ctx, tx *store.Tx, userID, tenantID uuid.UUID) (func(), error) {
	if who, _ := actor.From(ctx); who.UserID == userID {
		return h.Guard.Switch(ctx, c, tx, tenantID)
	}
	return h.Guard.SignIn(ctx, c, tx, userID, tenantID)
}
