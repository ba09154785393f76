package client

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
	views "frontdesk/views/client"
)

// shape is what the list of clients can be asked.
var shape = web.ListShape{
	ID: "clients", Path: "/clients", PageSize: 50, AnySearch: true,
	Sorts: []web.ListSort{
		{Name: "name", Accepts: func(key string) bool { return strings.Contains(key, nameBreak) }},
		{Name: "created", Descending: true, Accepts: web.ATime},
	},
}

// nameBreak stands between the two names in a cursor; no name holds a line end.
const nameBreak = "\n"

// address is that of a client's page.
func address(id uuid.UUID) string { return shape.Path + "/" + id.String() }

// Index lists clients, as its address says: found, sorted.
func (h *Handler) Index(c *fiber.Ctx) error {
	list, err := shape.Read(c)
	if err != nil {
		return err
	}
	found, err := h.Store.Statement(c.UserContext()).ClientList(c.UserContext(), asked(list))
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, func(row db.ClientListRow) web.Cursor { return cursorOf(list, row) })
	web.KeepForTheDay(c.UserContext())
	return h.page(c, fiber.StatusOK, "client.title", views.Index(state, listRows(locale.From(c.UserContext()), rows)))
}

func asked(list web.List) db.ClientListParams {
	asked := db.ClientListParams{
		Terms: search.Terms(list.Search), Sort: list.Sort, Ascending: list.Ascending(), AfterID: list.Cursor.ID, PageSize: list.Limit(),
	}
	if list.Sort == "created" {
		asked.AfterTime, asked.AfterID = list.AfterTime()
	} else if key := list.AfterKey(); key != nil {
		last, first, _ := strings.Cut(*key, nameBreak)
		asked.AfterLastName, asked.AfterFirstName = &last, first
	}
	return asked
}

func cursorOf(list web.List, row db.ClientListRow) web.Cursor {
	if list.Sort == "created" {
		return web.TimeCursor(row.CreatedAt, row.ID)
	}
	return web.Cursor{Key: row.LastName + nameBreak + row.FirstName, ID: row.ID}
}
