package audit

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/address"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/audit"
	"frontdesk/views/layout"
)

// platformEvent is a row of the platform's log with the name of its tenant.
type platformEvent db.PlatformAuditEventListNewestRow

// PlatformIndex lists the platform's log, the newest first.
func (h *Handler) PlatformIndex(c *fiber.Ctx) error {
	list, err := platformShape.Read(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	asked, err := h.platformFilter(ctx, list)
	if err != nil {
		return err
	}
	rows, err := h.platformEvents(ctx, list, asked)
	if err != nil {
		return err
	}
	rows, state := web.Page(list, rows, platformCursor)
	shown := views.Log{State: state, Export: platformShape.Path + "/export", Actions: h.Registry.offered(true), Platform: true}
	for _, row := range rows {
		shown.Entries = append(shown.Entries, h.Registry.platformEntry(row))
	}
	return h.Web.Page(c, fiber.StatusOK, layout.SystemLog, locale.From(ctx).T("audit.title"), views.Index(shown))
}

func platformCursor(row platformEvent) web.Cursor {
	return web.TimeCursor(row.PlatformAuditEvent.OccurredAt, row.PlatformAuditEvent.ID)
}

// platformFilter looks up whom and which clinic a filter names. What is not there
// finds nothing.
func (h *Handler) platformFilter(ctx context.Context, list web.List) (db.PlatformAuditEventListNewestParams, error) {
	common := filterOf(list, locale.From(ctx))
	asked := db.PlatformAuditEventListNewestParams{
		Since: common.Since, Until: common.Until, ActorID: common.ActorID, ActorKind: common.ActorKind, Action: common.Action,
		TargetID: common.TargetID, Search: common.Search, AboutID: list.FilterID("tenant"), Most: common.Most,
	}
	queries := h.Store.PlatformStatement()
	if email := list.Filter("actor"); email != "" && asked.ActorID == nil && asked.ActorKind == "" {
		id, err := found(queries.AuditPersonByEmail(ctx, address.Canonical(strings.TrimSpace(email))))
		if err != nil {
			return asked, err
		}
		asked.ActorID = &id
	}
	if slug := list.Filter("tenant"); slug != "" && asked.AboutID == nil {
		id, err := found(queries.AuditTenantBySlug(ctx, strings.ToLower(strings.TrimSpace(slug))))
		if err != nil {
			return asked, err
		}
		asked.AboutID = &id
	}
	return asked, nil
}

// found turns what is not there into an id that nothing has.
func found(id uuid.UUID, err error) (uuid.UUID, error) {
	if fault.Is(err, fault.NotFound) {
		return uuid.Max, nil
	}
	return id, err
}

func (h *Handler) platformEvents(ctx context.Context, list web.List, asked db.PlatformAuditEventListNewestParams) (events []platformEvent, err error) {
	asked.At, asked.ID = list.AfterTime()
	asked.Most = list.Limit()
	queries := h.Store.PlatformStatement()
	if list.Ascending() {
		rows, err := queries.PlatformAuditEventListOldest(ctx, db.PlatformAuditEventListOldestParams(asked))
		for _, row := range rows {
			events = append(events, platformEvent(row))
		}
		return events, err
	}
	rows, err := queries.PlatformAuditEventListNewest(ctx, asked)
	for _, row := range rows {
		events = append(events, platformEvent(row))
	}
	return events, err
}

// PlatformShow is one row, with what changed.
func (h *Handler) PlatformShow(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.PlatformStatement().PlatformAuditEventGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	title := locale.From(c.UserContext()).T("audit.title")
	return h.Web.Page(c, fiber.StatusOK, layout.SystemLog, title, views.Show(platformShape.Path, h.Registry.platformEntry(platformEvent(row))))
}

// PlatformExport is the file of what is filtered; that it was taken is recorded
// first.
func (h *Handler) PlatformExport(c *fiber.Ctx) error {
	list, err := platformShape.Read(c)
	if err != nil {
		return err
	}
	asked, err := h.platformFilter(c.UserContext(), list)
	if err != nil {
		return err
	}
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(func() error { return RecordPlatform(ctx, tx, exported(list)) })
	})
	if err != nil {
		return err
	}
	// The file outlives the request.
	ctx := context.WithoutCancel(c.UserContext())
	return h.Web.CSV(c, exportName(locale.From(ctx)), func(record func(...string) error) error {
		if err := record(views.Head(ctx, true)...); err != nil {
			return err
		}
		return web.Walk(list.All(exportBatch),
			func(list web.List) ([]platformEvent, error) { return h.platformEvents(ctx, list, asked) },
			platformCursor,
			func(row platformEvent) error {
				return record(views.Record(ctx, h.Registry.platformEntry(row), true)...)
			})
	})
}
