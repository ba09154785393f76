package support

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/support"
)

// Handler answers /settings/support, and where a look into a clinic begins and ends.
type Handler struct {
	Web   *web.Web
	Store *store.Store
	Guard *guard.Guard
}

const (
	address = "/settings/support"
	// shown bounds the list; the clinic's log holds all of them.
	shown = 50
)

// Index shows who may look, who might, and the form that allows it.
func (h *Handler) Index(c *fiber.Ctx) error {
	return h.show(c, fiber.StatusOK, views.Form{Key: web.NewKey(), Hours: spans[0]})
}

// Create allows a look.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	given := readPermission(form)
	if form.Err() != nil {
		return h.showAgain(c, form)
	}
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Once(ctx, address, key, func() (string, error) { return address, allow(ctx, tx, given) })
		return err
	})
	if form.RejectFault(err) {
		return h.showAgain(c, form)
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, address)
}

// showAgain shows the form as it was typed, with what is wrong.
func (h *Handler) showAgain(c *fiber.Ctx, form *web.Form) error {
	return h.show(c, form.Status(), views.Form{
		Reason: form.Value("reason"), Hours: form.Value("hours"), Key: form.Value("_idempotency_key"), Errors: form.Errors(),
	})
}

// Revoke takes a permission back.
func (h *Handler) Revoke(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error { return revoke(ctx, tx, id) })
	if err != nil {
		return err
	}
	return web.Redirect(c, address)
}

// Enter begins a super-admin's look into the clinic: their session goes there under
// another token, and ends with the permission.
func (h *Handler) Enter(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var welcome func()
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		grant, err := open(ctx, tx, id)
		if err != nil {
			return err
		}
		welcome, err = h.Guard.Renew(ctx, c, tx, &guard.Workspace{TenantID: id, SupportGrantID: grant.ID})
		if err != nil {
			return err
		}
		return record(ctx, tx, supportEnter, id, grant.TenantName)
	})
	if err != nil {
		return err
	}
	welcome()
	return web.Redirect(c, "/")
}

// Leave ends the look, and goes back to the console.
func (h *Handler) Leave(c *fiber.Ctx) error {
	who, _ := actor.From(c.UserContext())
	var welcome func()
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		if welcome, err = h.Guard.Renew(ctx, c, tx, &guard.Workspace{}); err != nil {
			return err
		}
		return record(ctx, tx, supportLeave, who.TenantID, layout.From(ctx).TenantName)
	})
	if err != nil {
		return err
	}
	welcome()
	return web.Redirect(c, "/admin/tenants/"+who.TenantID.String())
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.Form) error {
	ctx := c.UserContext()
	rows, err := h.Store.Statement(ctx).SupportGrantList(ctx, shown)
	if err != nil {
		return err
	}
	page := views.Page{Form: form, Spans: spans}
	if page.Form.Key == "" {
		page.Form.Key = web.NewKey()
	}
	for _, row := range rows {
		page.Grants = append(page.Grants, grantOf(row))
	}
	return h.Web.Page(c, status, layout.Support, locale.From(ctx).T("nav.support"), views.Index(page))
}

func grantOf(row db.SupportGrantListRow) views.Grant {
	grant := views.Grant{
		ID: row.ID.String(), By: row.GrantedBy, Reason: row.Reason, CreatedAt: row.CreatedAt, Until: row.ExpiresAt, State: views.Expired,
	}
	switch {
	case row.Open:
		grant.State = views.Open
	case row.RevokedAt != nil:
		grant.State, grant.Until = views.Ended, *row.RevokedAt
	}
	return grant
}
