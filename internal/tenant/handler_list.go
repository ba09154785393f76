package tenant

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/internal/search"
	"frontdesk/internal/store"
	"frontdesk/internal/transition"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/tenant"
	transitionviews "frontdesk/views/transition"
)

// exportBatch is how many rows of a file are asked for at once.
const exportBatch = 500

// shape is what the list of clinics can be asked.
var shape = web.ListShape{
	ID: "tenants", Path: "/admin/tenants", PageSize: 50,
	Filters: []web.ListFilter{{Name: "status", Accepts: web.OneOf(string(lifecycle.Active), string(lifecycle.Suspended), string(lifecycle.Deleted))}},
	Sorts:   []web.ListSort{{Name: "name"}, {Name: "slug"}, {Name: "seats", Descending: true}, {Name: "created", Descending: true}},
}

// Index lists clinics, as its address says: found, filtered, sorted.
func (h *Handler) Index(c *fiber.Ctx) error {
	return h.index(c, fiber.StatusOK, transitionviews.Bulk{})
}

// Export answers the list as a file; that somebody took it is written down first.
func (h *Handler) Export(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	ctx, l := context.WithoutCancel(c.UserContext()), locale.From(c.UserContext())
	if err := h.recordExport(c.UserContext(), list); err != nil {
		return err
	}
	return h.Web.CSV(c, "frontdesk-tenants-"+l.Now().UTC().Format(time.DateOnly)+".csv", func(record func(...string) error) error {
		if err := record(l.T("tenant.name"), l.T("tenant.slug"), l.T("tenant.status"), l.T("tenant.timezone"),
			l.T("tenant.members"), l.T("tenant.max_seats"), l.T("tenant.created")); err != nil {
			return err
		}
		ask := func(batch web.List) ([]db.TenantListRow, error) { return h.rows(ctx, batch) }
		return web.Walk(list.All(exportBatch), ask, cursorOf, func(row db.TenantListRow) error {
			return record(row.Name, row.Slug, l.T("status."+row.Status), row.Timezone, strconv.FormatInt(row.Members, 10),
				strconv.Itoa(int(row.MaxSeats)), row.CreatedAt.UTC().Format(time.RFC3339))
		})
	})
}

func (h *Handler) recordExport(ctx context.Context, list web.List) error {
	return h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(func() error {
			return audit.RecordPlatform(ctx, tx, audit.Entry{
				Action: tenantExport, TargetKind: "tenant", After: audit.Fields{"address": list.Address()},
			})
		})
	})
}

// NewTransition asks for the reason of a change of state.
func (h *Handler) NewTransition(asked lifecycle.Transition) fiber.Handler {
	return h.transitions().New(asked)
}

// CreateTransition changes the state of one clinic.
func (h *Handler) CreateTransition(asked lifecycle.Transition) fiber.Handler {
	return h.transitions().Create(asked)
}

// CreateTransitions changes the state of the clinics that are ticked.
func (h *Handler) CreateTransitions(c *fiber.Ctx) error {
	return h.transitions().CreateMany(c, h.index)
}

func (h *Handler) transitions() *transition.Handler {
	return &transition.Handler{
		Web: h.Web, Section: layout.Tenants, Noun: "tenant", Path: shape.Path,
		Find: func(ctx context.Context, id uuid.UUID) (transition.Subject, error) {
			row, err := h.Store.PlatformStatement().TenantGet(ctx, id)
			return transition.Subject{Name: row.Name, State: lifecycle.State(row.Status), Version: row.Version}, err
		},
		Do: func(ctx context.Context, id uuid.UUID, change transition.Change) error {
			return changeState(ctx, h.Store, id, change)
		},
	}
}

func (h *Handler) index(c *fiber.Ctx, status int, bulk transitionviews.Bulk) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	ctx, l := c.UserContext(), locale.From(c.UserContext())
	found, err := h.rows(ctx, list)
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	shown := views.List{State: state, Bulk: bulk, Bar: h.transitions().BulkBar(l, list, state, bulk)}
	for _, row := range rows {
		shown.Rows = append(shown.Rows, views.Row{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Timezone: row.Timezone, Status: row.Status,
			Members: row.Members, MaxSeats: row.MaxSeats, CreatedAt: row.CreatedAt,
		})
	}
	return h.Web.Page(c, status, layout.Tenants, l.T("nav.tenants"), views.Index(shown))
}

func (h *Handler) rows(ctx context.Context, list web.List) ([]db.TenantListRow, error) {
	return h.Store.PlatformStatement().TenantList(ctx, db.TenantListParams{
		Search: search.Phrase(list.Search), Status: list.Filter("status"), Sort: list.Sort, Ascending: list.Ascending(),
		AfterKey: list.AfterKey(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	})
}

func cursorOf(row db.TenantListRow) web.Cursor { return web.Cursor{Key: row.SortKey, ID: row.ID} }
