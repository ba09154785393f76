package session

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/session"
)

const tenantsPage = "/tenants"

// Tenants shows a person the clinics that they may work in.
func (h *Handler) Tenants(c *fiber.Ctx) error {
	shown, err := h.tenants(c)
	if err != nil {
		return err
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Account, locale.From(c.UserContext()).T("account.tenants"), views.Tenants(shown))
}

// Switcher is the list that opens beside the clinic's name. The one where the person
// is comes first, or of forty it would not be seen.
func (h *Handler) Switcher(c *fiber.Ctx) error {
	if !web.IsHTMX(c) {
		return web.Redirect(c, tenantsPage)
	}
	shown, err := h.tenants(c)
	if err != nil {
		return err
	}
	slices.SortStableFunc(shown, func(a, b views.Tenant) int { return rank(a) - rank(b) })
	return h.Web.Fragment(c, fiber.StatusOK, views.Switcher(shown))
}

func rank(tenant views.Tenant) int {
	if tenant.Current {
		return 0
	}
	return 1
}

func (h *Handler) tenants(c *fiber.Ctx) ([]views.Tenant, error) {
	who, _ := actor.From(c.UserContext())
	rows, err := h.Store.PlatformStatement().SessionTenants(c.UserContext(), who.UserID)
	if err != nil {
		return nil, err
	}
	h.Guard.OfferSwitcher(c, len(rows) > 1)
	shown := make([]views.Tenant, 0, len(rows))
	for _, row := range rows {
		shown = append(shown, views.Tenant{ID: row.ID.String(), Name: row.Name, Role: row.Role, Current: row.ID == who.TenantID})
	}
	return shown, nil
}

// Switch puts the session into another of the person's clinics, under a new token.
// A clinic that is not theirs is as unknown as one that nobody has.
func (h *Handler) Switch(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var moved func()
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		moved, err = h.enterTenant(ctx, c, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	moved()
	return web.Redirect(c, "/")
}

func (h *Handler) enterTenant(ctx context.Context, c *fiber.Ctx, tx *store.Tx, id uuid.UUID) (func(), error) {
	who, _ := actor.From(ctx)
	may, err := tx.SessionMayEnter(ctx, db.SessionMayEnterParams{ID: id, UserID: who.UserID})
	if err != nil {
		return nil, err
	}
	if !may || who.SuperAdmin || who.Support {
		return nil, fault.New(fault.NotFound, "")
	}
	return h.Guard.Switch(ctx, c, tx, id)
}
