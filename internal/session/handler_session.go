package session

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/session"
)

// shownSessions bounds the list: nobody works at more desks.
const shownSessions = 100

// Index shows a person where they are signed in.
func (h *Handler) Index(c *fiber.Ctx) error {
	ctx := c.UserContext()
	who, _ := actor.From(ctx)
	rows, err := h.Store.PlatformStatement().SessionList(ctx, db.SessionListParams{
		UserID: who.UserID, Idle: h.Guard.SessionIdle, PageSize: shownSessions,
	})
	if err != nil {
		return err
	}
	l := locale.From(ctx)
	shown := make([]views.Session, 0, len(rows))
	for _, row := range rows {
		one := views.Session{
			ID: row.ID.String(), Device: device(l, row.UserAgent), Tenant: row.TenantName, Current: row.ID == who.SessionID,
			Since: row.CreatedAt, SeenAt: row.LastSeenAt,
		}
		if row.IP != nil {
			one.Address = row.IP.String()
		}
		shown = append(shown, one)
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Account, l.T("account.sessions"), views.Sessions(shown))
}

// End ends one of a person's sessions; ending the one that asks is signing out.
// Somebody else's is as unknown as one that nobody has.
func (h *Handler) End(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		ended, err := tx.SessionEnd(ctx, db.SessionEndParams{ID: id, UserID: who.UserID})
		if err != nil {
			return err
		}
		if ended == 0 {
			return fault.New(fault.NotFound, "")
		}
		return recordEnd(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	if id == who.SessionID {
		h.Guard.Forget(c)
		return web.Redirect(c, "/login")
	}
	return h.Web.Done(c, "session.ended", "/sessions")
}

// EndOthers ends all of a person's sessions but the one that asks.
func (h *Handler) EndOthers(c *fiber.Ctx) error {
	who, _ := actor.From(c.UserContext())
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		ended, err := tx.SessionEndOthers(ctx, db.SessionEndOthersParams{UserID: who.UserID, Spared: who.SessionID})
		if err != nil {
			return err
		}
		for _, id := range ended {
			if err := recordEnd(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, "session.others_ended", "/sessions")
}

func recordEnd(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	who, _ := actor.From(ctx)
	return audit.RecordPlatform(ctx, tx, audit.Entry{Action: guard.SessionEnd, TargetKind: "session", TargetID: id, SubjectID: who.UserID})
}
