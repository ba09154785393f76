package service

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
	views "frontdesk/views/service"
)

// shape is what the list of services can be asked.
var shape = web.ListShape{
	ID: "services", Path: "/services", PageSize: 50,
	Filters: []web.ListFilter{{Name: "status", Accepts: web.OneOf("active", "inactive")}},
	Sorts:   []web.ListSort{{Name: "name"}, {Name: "duration"}, {Name: "price"}},
}

// address is that of a service's page.
func address(id uuid.UUID) string { return shape.Path + "/" + id.String() }

// Index lists services, as its address says: found, filtered, sorted.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	found, err := h.Store.Statement(c.UserContext()).ServiceList(c.UserContext(), db.ServiceListParams{
		Search: search.Phrase(list.Search), Status: list.Filter("status"), Sort: list.Sort, Descending: list.Descending, Ascending: list.Ascending(),
		AfterKey: list.AfterKey(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	})
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	web.KeepForTheDay(c.UserContext())
	return h.page(c, fiber.StatusOK, "service.title", views.Index(state, listRows(c.UserContext(), rows)))
}

func cursorOf(row db.ServiceListRow) web.Cursor { return web.Cursor{Key: row.SortKey, ID: row.ID} }
