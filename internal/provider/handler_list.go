package provider

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
	views "frontdesk/views/provider"
)

// shape is what the list of providers can be asked.
var shape = web.ListShape{
	ID: "providers", Path: "/providers", PageSize: 50,
	Filters: []web.ListFilter{{Name: "status", Accepts: web.OneOf("active", "inactive")}},
	Sorts:   []web.ListSort{{Name: "name"}},
}

// address is that of a provider's page.
func address(id uuid.UUID) string { return shape.Path + "/" + id.String() }

// Index lists providers with their weeks, as its address says: found, filtered, sorted.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	ctx, queries := c.UserContext(), h.Store.Statement(c.UserContext())
	found, err := queries.ProviderList(ctx, db.ProviderListParams{
		Search: search.Phrase(list.Search), Status: list.Filter("status"), Descending: list.Descending, Ascending: list.Ascending(),
		AfterKey: list.AfterKey(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	})
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	hours, err := queries.ProviderHoursList(ctx, ids(rows))
	if err != nil {
		return err
	}
	web.KeepForTheDay(c.UserContext())
	return h.page(c, fiber.StatusOK, "provider.title", views.Index(state, listRows(locale.From(ctx), rows, spansOf(hours))))
}

func cursorOf(row db.ProviderListRow) web.Cursor { return web.Cursor{Key: row.SortKey, ID: row.ID} }
