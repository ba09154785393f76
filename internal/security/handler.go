// Package security is what a clinic asks of its people's sign-in.
package security

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/security"
)

// Handler answers /settings/security.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Show says what the clinic asks for.
func (h *Handler) Show(c *fiber.Ctx) error {
	return h.show(c, fiber.StatusOK, "")
}

// Update turns the requirement on or off. The guard asks it of everybody at their
// next request. Its owner cannot ask for what they have not got themselves: they
// would be the first to be kept out, and could show nobody how it is done.
func (h *Handler) Update(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	if form.Value("require_second_factor") == "" { // nothing must not read as no
		form.Reject("require_second_factor", "field.required")
	}
	required := form.OneOf("require_second_factor", "false", "true") == "true"
	if err := form.Err(); err != nil {
		return err
	}
	held, err := h.ownerHolds(c)
	if err != nil {
		return err
	}
	if required && !held {
		return h.show(c, fiber.StatusUnprocessableEntity, "security.owner_without")
	}
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		changed, err := tx.SecurityRequireSecondFactor(ctx, required)
		if err != nil || changed == 0 {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Action: securityUpdate, SubjectID: audit.Nobody,
			Before: audit.Fields{"require_second_factor": !required}, After: audit.Fields{"require_second_factor": required},
		})
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, "security.saved", "/settings/security")
}

func (h *Handler) show(c *fiber.Ctx, status int, message string) error {
	required, err := h.Store.Statement(c.UserContext()).SecurityRequiresSecondFactor(c.UserContext())
	if err != nil {
		return err
	}
	held, err := h.ownerHolds(c)
	if err != nil {
		return err
	}
	return h.Web.Page(c, status, layout.Security, locale.From(c.UserContext()).T("nav.security"), views.Show(views.Page{
		Required: required, OwnerHas: held, Message: message,
	}))
}

// ownerHolds is whether the owner who asks proves more than a password.
func (h *Handler) ownerHolds(c *fiber.Ctx) (bool, error) {
	who, _ := actor.From(c.UserContext())
	return h.Store.PlatformStatement().SecondFactorHeld(c.UserContext(), who.UserID)
}
