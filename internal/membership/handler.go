// Package membership is a clinic's team, as its owner runs it.
package membership

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	inviteviews "frontdesk/views/invite"
	"frontdesk/views/layout"
	views "frontdesk/views/membership"
)

// Handler answers /team.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Guard    *guard.Guard
	Delivery *delivery.Mailer
}

// Index shows the team, its open invites and the form that invites.
func (h *Handler) Index(c *fiber.Ctx) error {
	return h.show(c, fiber.StatusOK, views.Form{Key: web.NewKey()}, nil)
}

// Create invites somebody as staff.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	name, email := form.RequiredText("name", 200), form.RequiredEmail("email")
	if form.Err() != nil {
		return h.show(c, fiber.StatusUnprocessableEntity, typed(form, ""), nil)
	}
	who, _ := actor.From(c.UserContext())
	if err := h.Guard.LimitInvite(c, who.TenantID); err != nil {
		return err
	}
	made, err := h.invite(c.UserContext(), name, email, key)
	if form.RejectFault(err) {
		return h.show(c, form.Status(), typed(form, ""), nil)
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Message == "membership.full" {
		return h.show(c, fiber.StatusConflict, typed(form, refused.Message), nil)
	}
	if err != nil {
		return err
	}
	return h.Delivery.Answer(c, h.Web, made, "/team")
}

// UpdateRole makes a member an owner, or an owner staff.
func (h *Handler) UpdateRole(c *fiber.Ctx) error {
	return h.change(c, "membership.role_changed", func(ctx context.Context, tx *store.Tx, member db.MembershipGetRow, form *web.Form) error {
		role := readRole(form)
		if err := form.Err(); err != nil {
			return err
		}
		return setRole(ctx, tx, member, form.Version(), role)
	})
}

// Remove takes a member out of the team.
func (h *Handler) Remove(c *fiber.Ctx) error {
	return h.change(c, "membership.removed", func(ctx context.Context, tx *store.Tx, member db.MembershipGetRow, form *web.Form) error {
		return remove(ctx, tx, member, form.Version())
	})
}

// change does something to a member, and leads back to the team, or says on it
// why not.
func (h *Handler) change(c *fiber.Ctx, done string, what func(context.Context, *store.Tx, db.MembershipGetRow, *web.Form) error) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	var member db.MembershipGetRow
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		if member, err = hold(ctx, tx, id); err != nil {
			return err
		}
		return what(ctx, tx, member, form)
	})
	if problem := problemOf(err, member, form.Value("role")); problem != nil {
		return h.show(c, problem.Status, views.Form{Key: web.NewKey()}, problem)
	}
	if err != nil {
		return err
	}
	return h.Web.Done(c, done, "/team")
}

// readRole takes a role that was named: a form without one changes nobody.
func readRole(form *web.Form) actor.Role {
	if form.Value("role") == "" {
		form.Reject("role", "field.choose")
	}
	return actor.Role(form.OneOf("role", string(actor.Staff), string(actor.Owner)))
}

// problemOf is what the team's page says of a change that it did not make to a member,
// or nil where another answer is right. What was asked for of a page that is no longer
// true is answered with both values.
func problemOf(err error, member db.MembershipGetRow, asked string) *views.Problem {
	refused, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return nil
	case refused.Kind == fault.Stale:
		return &views.Problem{Status: fiber.StatusConflict, Key: refused.Message, Name: member.Name, Now: member.Role, Asked: asked}
	case refused.Kind == fault.Conflict && refused.Message != "":
		return &views.Problem{Status: fiber.StatusConflict, Key: refused.Message}
	case refused.Kind == fault.Invalid && refused.Fields["role"] != "":
		return &views.Problem{Status: fiber.StatusUnprocessableEntity, Key: "membership.role_unknown"}
	}
	return nil
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
// Whoever is invited here joins as staff.
func (h *Handler) invite(ctx context.Context, name, email string, key submission.Key) (delivery.Invite, error) {
	who, _ := actor.From(ctx)
	guest := seat.Guest{TenantID: who.TenantID, Name: name, Email: email, Role: actor.Staff, Lifetime: h.Delivery.Lifetime}
	var made delivery.Invite
	err := h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		_, err := tx.Once(ctx, "/team", key, func() (location string, err error) {
			made, err = seat.Keep(ctx, tx, guest)
			return "/team", err
		})
		return err
	})
	return made, err
}

// Refused shows the team with the reason, a catalog key, why something about an invite
// was not done.
func (h *Handler) Refused(c *fiber.Ctx, message string) error {
	return h.show(c, fiber.StatusConflict, views.Form{Key: web.NewKey()}, &views.Problem{Status: fiber.StatusConflict, Key: message})
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.Form, problem *views.Problem) error {
	page, err := h.page(c.UserContext())
	if err != nil {
		return err
	}
	page.Form, page.Problem = form, problem
	var note inviteviews.Note
	if h.Web.TakeNote(c, delivery.NoteName, "/team", &note) {
		page.Note = &note
	}
	return h.Web.Page(c, status, layout.Team, locale.From(c.UserContext()).T("nav.team"), views.Team(page))
}
