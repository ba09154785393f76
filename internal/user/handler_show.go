package user

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	auditviews "frontdesk/views/audit"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
	views "frontdesk/views/user"
)

// shownEvents is how many rows of the log a page shows.
const shownEvents = 10

// Show shows one person: what they are, where they belong, what was done.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	var row db.User
	var about db.UserShowRow
	var memberships map[uuid.UUID][]views.Membership
	var latest []db.UserAuditListRow
	err = h.Store.PlatformSnapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { row, err = tx.UserGet(ctx, id); return err },
			func() (err error) { about, err = tx.UserShow(ctx, id); return err },
			func() (err error) { memberships, err = membershipsOf(ctx, tx.Queries, id); return err },
			func() (err error) {
				latest, err = tx.UserAuditList(ctx, db.UserAuditListParams{ID: id, PageSize: shownEvents})
				return err
			},
		)
	})
	if err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	page := views.Page{
		Row: views.Row{
			ID: row.ID.String(), Name: row.Name, Email: row.Email, Status: row.Status, SuperAdmin: row.SuperAdmin,
			SecondFactor: about.HasApp || about.Passkeys > 0, Memberships: memberships[row.ID], CreatedAt: row.CreatedAt,
		},
		StatusReason: row.StatusReason, DisabledBy: about.DisabledBy, Sessions: int(about.Sessions), LastSeenAt: about.LastSeenAt,
		App: about.HasApp, Passkeys: int(about.Passkeys), Latest: latestOf(latest), Own: who.UserID == row.ID,
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Users, row.Name, views.Show(page))
}

// Edit shows the form with what is stored.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	stored, err := h.stored(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.showEdit(c, fiber.StatusOK, stored)
}

// UpdateUser changes a person, unless somebody else has done so since the form was
// shown (hazard 72): then both values are shown.
func (h *Handler) UpdateUser(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	change := db.UserUpdateParams{ID: id, Name: form.RequiredText("name", 200), Email: form.RequiredEmail("email")}
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showEdit, Saved: "user.saved",
		Save: func(ctx context.Context) (string, error) {
			return shape.Path + "/" + id.String(), edit(ctx, h.Store, change, form.Version())
		},
		Known: func(ctx context.Context) (web.Known, error) {
			stored, err := h.stored(ctx, id)
			return web.Known{Stored: stored, Read: values(change.Name, change.Email)}, err
		},
	})
}

// stored is the form of a person as they are.
func (h *Handler) stored(ctx context.Context, id uuid.UUID) (ui.Edit, error) {
	row, err := h.Store.PlatformStatement().UserGet(ctx, id)
	return ui.Edit{ID: row.ID, Version: row.Version, Values: values(row.Name, row.Email)}, err
}

// values are what stands in the fields of a person's form.
func values(name, email string) map[string]string {
	return map[string]string{"name": name, "email": email}
}

func (h *Handler) showEdit(c *fiber.Ctx, status int, edit ui.Edit) error {
	return h.Web.Page(c, status, layout.Users, locale.From(c.UserContext()).T("user.edit"), views.Edit(edit))
}

func latestOf(rows []db.UserAuditListRow) []auditviews.Entry {
	entries := make([]auditviews.Entry, len(rows))
	for i, row := range rows {
		entries[i] = auditviews.Entry{
			At: row.OccurredAt, ActorKind: row.ActorKind, ActorName: row.ActorName, Action: row.Action, TargetName: row.TargetName, Reason: row.Reason,
		}
	}
	return entries
}
