package resource

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
	views "frontdesk/views/resource"
)

// shape is what the list of resources can be asked.
var shape = web.ListShape{
	ID: "resources", Path: "/resources", PageSize: 50,
	Filters: []web.ListFilter{{Name: "status", Accepts: web.OneOf("active", "inactive")}},
	Sorts:   []web.ListSort{{Name: "name"}, {Name: "kind"}},
}

// address is that of a resource's page.
func address(id uuid.UUID) string { return shape.Path + "/" + id.String() }

// Index lists resources, as its address says: found, filtered, sorted.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	found, err := h.Store.Statement(c.UserContext()).ResourceList(c.UserContext(), db.ResourceListParams{
		Search: search.Phrase(list.Search), Status: list.Filter("status"), Sort: list.Sort, Descending: list.Descending, Ascending: list.Ascending(),
		AfterKey: list.AfterKey(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	})
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	shown := make([]views.Row, len(rows))
	for i, row := range rows {
		shown[i] = views.Row{ID: row.ID, Name: row.Name, Kind: row.Kind, Active: row.Active}
	}
	web.KeepForTheDay(c.UserContext())
	return h.page(c, fiber.StatusOK, "resource.title", views.Index(state, shown))
}

func cursorOf(row db.ResourceListRow) web.Cursor { return web.Cursor{Key: row.SortKey, ID: row.ID} }
