package invite

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/invite"
	"frontdesk/views/layout"
)

// What is done with invites from the team's page, by an owner, and from a clinic's
// page in the console.

// Renew replaces an invite of the team's.
func (h *Handler) Renew(c *fiber.Ctx) error {
	return h.renewAt(c, team(c), "id")
}

// Revoke takes an open invite of the team's back.
func (h *Handler) Revoke(c *fiber.Ctx) error {
	return h.revokeAt(c, team(c), "id")
}

// New shows the console's form that adds a person to a clinic.
func (h *Handler) New(c *fiber.Ctx) error {
	tenantID, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form := web.NewForm()
	form.Set("_idempotency_key", web.NewKey())
	return h.showNew(c, fiber.StatusOK, tenantID, form, "")
}

// Add invites a person to a clinic from the console.
func (h *Handler) Add(c *fiber.Ctx) error {
	tenantID, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	person := readAddition(form)
	if form.Err() != nil {
		return h.showNew(c, fiber.StatusUnprocessableEntity, tenantID, form, "")
	}
	if err := h.Guard.LimitInvite(c, tenantID); err != nil {
		return err
	}
	made, err := h.add(c.UserContext(), tenantID, person, key)
	switch message := refusal(err); {
	case form.RejectFault(err):
		return h.showNew(c, form.Status(), tenantID, form, "")
	case message != "":
		return h.showNew(c, fiber.StatusConflict, tenantID, form, message)
	case err != nil:
		return err
	}
	return h.Delivery.Answer(c, h.Web, made, consolePage(tenantID))
}

// RenewOfTenant is Renew from the console.
func (h *Handler) RenewOfTenant(c *fiber.Ctx) error {
	tenantID, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	return h.renewAt(c, surface{tenantID, true}, "invite")
}

// RevokeOfTenant is Revoke from the console.
func (h *Handler) RevokeOfTenant(c *fiber.Ctx) error {
	tenantID, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	return h.revokeAt(c, surface{tenantID, true}, "invite")
}

func (h *Handler) renewAt(c *fiber.Ctx, on surface, parameter string) error {
	id, err := web.ID(c, parameter)
	if err != nil {
		return err
	}
	_, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	if err := h.Guard.LimitInvite(c, on.tenantID); err != nil {
		return err
	}
	made, err := h.renew(c.UserContext(), on, id, key)
	if err != nil {
		return h.refuseAt(c, on, err)
	}
	return h.Delivery.Answer(c, h.Web, made, on.page())
}

func (h *Handler) revokeAt(c *fiber.Ctx, on surface, parameter string) error {
	id, err := web.ID(c, parameter)
	if err != nil {
		return err
	}
	err = h.do(c.UserContext(), on, func(ctx context.Context, tx *store.Tx) error {
		return revoke(ctx, tx, on, id)
	})
	if err != nil {
		return h.refuseAt(c, on, err)
	}
	return h.Web.Done(c, "invite.revoked", on.page())
}

// refuseAt says on the page that the asker came from why an invite stays as it is.
func (h *Handler) refuseAt(c *fiber.Ctx, on surface, err error) error {
	switch message := refusal(err); {
	case message == "":
		return err
	case on.console:
		return h.TenantPage(c, on.tenantID, message)
	default:
		return h.TeamPage(c, message)
	}
}

// page is where the surface's invites are listed.
func (s surface) page() string {
	if s.console {
		return consolePage(s.tenantID)
	}
	return "/team"
}

// team is the asker's own clinic.
func team(c *fiber.Ctx) surface {
	who, _ := actor.From(c.UserContext())
	return surface{tenantID: who.TenantID}
}

func consolePage(tenantID uuid.UUID) string { return "/admin/tenants/" + tenantID.String() }

func (h *Handler) showNew(c *fiber.Ctx, status int, tenantID uuid.UUID, form *web.Form, message string) error {
	tenant, err := h.Store.PlatformStatement().TenantSeats(c.UserContext(), tenantID)
	if err != nil {
		return err
	}
	l := locale.From(c.UserContext())
	return h.Web.Page(c, status, layout.Tenants, l.T("invite.add"), views.New(views.NewPage{
		TenantName: tenant.Name, Back: consolePage(tenantID), Value: form.Value, Errors: form.Errors(), Message: message,
		Taken: int(tenant.Members + tenant.OpenInvites), MaxSeats: int(tenant.MaxSeats),
	}))
}
