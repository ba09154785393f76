// Package membership is a clinic's team, as its owner runs it.
package membership

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	inviteviews "frontdesk/views/invite"
	"frontdesk/views/layout"
	views "frontdesk/views/membership"
)

// Handler answers /team.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Delivery *delivery.Desk
}

// shownInvites bounds the list of invites that nobody accepted.
const shownInvites = 200

// Index shows the team, its open invites and the form that invites.
func (h *Handler) Index(c *fiber.Ctx) error {
	return h.show(c, fiber.StatusOK, views.Form{Key: web.NewKey()})
}

// Create invites somebody as staff.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	person := guest{name: form.RequiredText("name", 200), email: form.RequiredEmail("email")}
	key, err := form.Key()
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return h.show(c, fiber.StatusUnprocessableEntity, typed(form, ""))
	}
	made, err := h.invite(c.UserContext(), person, key)
	if form.RejectFault(err) {
		return h.show(c, fiber.StatusUnprocessableEntity, typed(form, ""))
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Message == "membership.full" {
		return h.show(c, fiber.StatusConflict, typed(form, refused.Message))
	}
	if err != nil {
		return err
	}
	if made.Token != "" {
		if err := h.Web.LeaveNote(c, delivery.NoteName, "/team", h.Delivery.HandOut(c.UserContext(), made)); err != nil {
			return err
		}
	}
	return web.Redirect(c, "/team")
}

// typed keeps what was typed, and the form's key.
func typed(form *web.Form, message string) views.Form {
	key := form.Value("_idempotency_key")
	if key == "" {
		key = web.NewKey()
	}
	return views.Form{Name: form.Value("name"), Email: form.Value("email"), Key: key, Errors: form.Errors(), Message: message}
}

// invite returns what to hand out; without a token when the same form came before.
func (h *Handler) invite(ctx context.Context, person guest, key uuid.UUID) (delivery.Invite, error) {
	var made delivery.Invite
	err := h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		_, err := tx.Once(ctx, "/team", key, func() (location string, err error) {
			made, err = invite(ctx, tx, person, h.Delivery.Lifetime)
			return "/team", err
		})
		return err
	})
	return made, err
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.Form) error {
	page, err := h.page(c)
	if err != nil {
		return err
	}
	page.Form = form
	var note inviteviews.Note
	if h.Web.TakeNote(c, delivery.NoteName, "/team", &note) {
		page.Note = &note
	}
	return h.Web.Page(c, status, layout.Team, locale.From(c.UserContext()).T("nav.team"), views.Team(page))
}

func (h *Handler) page(c *fiber.Ctx) (views.Page, error) {
	ctx := c.UserContext()
	who, _ := actor.From(ctx)
	queries := h.Store.Read(ctx)
	members, err := queries.MembershipList(ctx)
	if err != nil {
		return views.Page{}, err
	}
	invites, err := queries.InviteListOpen(ctx, shownInvites)
	if err != nil {
		return views.Page{}, err
	}
	seats, err := queries.TenantSeats(ctx, who.TenantID)
	if err != nil {
		return views.Page{}, err
	}
	page := views.Page{Taken: int(seats.Members + seats.OpenInvites), MaxSeats: int(seats.MaxSeats)}
	for _, row := range members {
		page.Members = append(page.Members, views.Member{
			ID: row.ID.String(), Name: row.Name, Email: row.Email, Role: row.Role, Since: row.CreatedAt, Self: row.UserID == who.UserID,
		})
	}
	for _, row := range invites {
		state := inviteviews.Open
		if row.Expired {
			state = inviteviews.Expired
		}
		page.Invites = append(page.Invites, views.Invite{
			ID: row.ID.String(), Name: row.Name, Email: row.Email, Role: row.Role, State: state, ExpiresAt: row.ExpiresAt,
		})
	}
	return page, nil
}
