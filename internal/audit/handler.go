package audit

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/audit"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

const (
	auditExport Action = "audit_export"
	// Erase is that something personal was taken out of a log; internal/chain records it.
	Erase Action = "audit_erase"
	// Resume is that sealing goes on after the database was brought back to an older
	// state; internal/chain records it.
	Resume Action = "audit_resume"
)

// own is what this room says of itself.
var own = Noun{
	Kind: "audit", Icon: "scroll-text", Platform: []Action{Resume}, Both: []Action{auditExport, Erase},
	Words: map[string]Word{
		"query":      {Label: "audit.field_query"},
		"secrets":    {Label: "audit.field_secrets"},
		"rows":       {Label: "audit.field_rows"},
		"keyed_hash": {Label: "audit.field_keyed_hash"},
		"heads":      {Label: "audit.field_heads"},
	},
}

// Handler answers /settings/audit and /admin/audit.
type Handler struct {
	Web      *web.Web
	Store    *store.Store
	Registry *Registry
}

// Index lists a clinic's log, the newest first.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	rows, err := h.events(ctx, list)
	if err != nil {
		return err
	}
	people, err := h.Store.Statement(ctx).AuditActorList(ctx)
	if err != nil {
		return err
	}
	rows, state := web.Page(list, rows, cursorOf)
	shown := views.Log{State: state, Export: shape.Path + "/export", Actions: h.Registry.offered(false)}
	for _, row := range rows {
		shown.Entries = append(shown.Entries, h.Registry.entryOf(row))
	}
	for _, person := range people {
		shown.Actors = append(shown.Actors, ui.Choice{Value: person.ID.String(), Label: person.Name})
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Audit, locale.From(ctx).T("audit.title"), views.Index(shown))
}

func (h *Handler) events(ctx context.Context, list web.List) ([]db.AuditEvent, error) {
	asked := filterOf(list, locale.From(ctx))
	asked.At, asked.ID = list.AfterTime()
	if list.Ascending() {
		return h.Store.Statement(ctx).AuditEventListOldest(ctx, db.AuditEventListOldestParams(asked))
	}
	return h.Store.Statement(ctx).AuditEventListNewest(ctx, asked)
}

// Show is one row, with what changed.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).AuditEventGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Audit, locale.From(c.UserContext()).T("audit.title"), views.Show(shape.Path, h.Registry.entryOf(row)))
}

// Export is the file of what is filtered; that it was taken is recorded first.
func (h *Handler) Export(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	if err := View(c.UserContext(), h.Store, exported(list)); err != nil {
		return err
	}
	// The file outlives the request.
	ctx := context.WithoutCancel(c.UserContext())
	return h.Web.CSV(c, exportName(locale.From(ctx)), func(record func(...string) error) error {
		if err := record(views.Head(ctx, false)...); err != nil {
			return err
		}
		return web.Walk(list.All(exportBatch),
			func(list web.List) ([]db.AuditEvent, error) { return h.events(ctx, list) },
			cursorOf,
			func(row db.AuditEvent) error { return record(views.Record(ctx, h.Registry.entryOf(row), false)...) })
	})
}

func cursorOf(row db.AuditEvent) web.Cursor { return web.TimeCursor(row.OccurredAt, row.ID) }

// exported says which part of a log somebody took.
func exported(list web.List) Entry {
	entry := Entry{Action: auditExport, TargetKind: "log"}
	if query := list.Query().Encode(); query != "" {
		entry.After = Fields{"query": query}
	}
	return entry
}
