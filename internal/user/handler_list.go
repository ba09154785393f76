package user

import (
	"context"
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
	transitionviews "frontdesk/views/transition"
	views "frontdesk/views/user"
)

// exportBatch is how many rows of a file are asked for at once.
const exportBatch = 500

// shape is what the list of people can be asked.
var shape = web.ListShape{
	ID: "users", Path: "/admin/users", PageSize: 50,
	Filters: []web.ListFilter{
		{Name: "role", Accepts: web.OneOf(views.Roles...)},
		{Name: "status", Accepts: web.OneOf(string(lifecycle.Active), string(lifecycle.Suspended), string(lifecycle.Deleted))},
		{Name: "second_factor", Accepts: web.OneOf("yes", "no")},
	},
	Sorts: []web.ListSort{{Name: "name"}, {Name: "email"}, {Name: "created", Descending: true}},
}

// Index lists people, as its address says: found, filtered, sorted.
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
	return h.Web.CSV(c, "frontdesk-users-"+l.Now().UTC().Format(time.DateOnly)+".csv", func(record func(...string) error) error {
		if err := record(l.T("user.name"), l.T("user.email"), l.T("user.status"), l.T("user.memberships"), l.T("user.second_factor"), l.T("user.created")); err != nil {
			return err
		}
		ask := func(batch web.List) ([]views.Row, error) { return h.rows(ctx, batch) }
		return web.Walk(list.All(exportBatch), ask, cursorOf, func(row views.Row) error {
			return record(row.Name, row.Email, l.T("status."+row.Status), row.Summary(l), row.SecondFactorWord(l), row.CreatedAt.UTC().Format(time.RFC3339))
		})
	})
}

func (h *Handler) recordExport(ctx context.Context, list web.List) error {
	return h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(func() error {
			return audit.RecordPlatform(ctx, tx, audit.Entry{
				Action: userExport, TargetKind: "user", After: audit.Fields{"address": list.Address()},
			})
		})
	})
}

// NewTransition asks for the reason of a change.
func (h *Handler) NewTransition(asked lifecycle.Transition) fiber.Handler {
	return h.transitions().New(asked)
}

// CreateTransition changes the state of one person, or whether they run the
// installation.
func (h *Handler) CreateTransition(asked lifecycle.Transition) fiber.Handler {
	return h.transitions().Create(asked)
}

// CreateTransitions changes the state of the people who are ticked.
func (h *Handler) CreateTransitions(c *fiber.Ctx) error {
	return h.transitions().CreateMany(c, h.index)
}

func (h *Handler) transitions() *transition.Handler {
	return &transition.Handler{
		Web: h.Web, Section: layout.Users, Noun: "user", Path: shape.Path,
		Find: func(ctx context.Context, id uuid.UUID) (transition.Subject, error) {
			row, err := h.Store.PlatformStatement().UserGet(ctx, id)
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
	shown := views.List{State: state, Rows: rows, Bulk: bulk, Bar: h.transitions().BulkBar(l, list, state, bulk)}
	return h.Web.Page(c, status, layout.Users, l.T("nav.users"), views.Index(shown))
}

// rows are people with all their memberships: two questions, whatever the number.
func (h *Handler) rows(ctx context.Context, list web.List) ([]views.Row, error) {
	queries := h.Store.PlatformStatement()
	found, err := queries.UserList(ctx, db.UserListParams{
		Search: search.Phrase(list.Search), Status: list.Filter("status"), Role: list.Filter("role"), SecondFactor: list.Filter("second_factor"),
		Sort: list.Sort, Ascending: list.Ascending(), AfterKey: list.AfterKey(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	})
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(found))
	for i, row := range found {
		ids[i] = row.ID
	}
	memberships, err := membershipsOf(ctx, queries, ids...)
	if err != nil {
		return nil, err
	}
	rows := make([]views.Row, len(found))
	for i, row := range found {
		rows[i] = views.Row{
			ID: row.ID.String(), Name: row.Name, Email: row.Email, Status: row.Status, SuperAdmin: row.SuperAdmin,
			SecondFactor: row.HasSecondFactor, CreatedAt: row.CreatedAt, Memberships: memberships[row.ID], SortKey: row.SortKey,
		}
	}
	return rows, nil
}

func membershipsOf(ctx context.Context, queries *db.Queries, ids ...uuid.UUID) (map[uuid.UUID][]views.Membership, error) {
	found, err := queries.UserMembershipList(ctx, ids)
	if err != nil {
		return nil, err
	}
	memberships := map[uuid.UUID][]views.Membership{}
	for _, row := range found {
		memberships[row.UserID] = append(memberships[row.UserID], views.Membership{
			ID: row.ID.String(), TenantID: row.TenantID.String(), TenantName: row.TenantName, TenantStatus: row.TenantStatus,
			Role: row.Role, Status: row.Status, Since: row.CreatedAt,
		})
	}
	return memberships, nil
}

// cursorOf is the cursor of a row; the id is one that the database gave.
func cursorOf(row views.Row) web.Cursor {
	return web.Cursor{Key: row.SortKey, ID: uuid.MustParse(row.ID)}
}
