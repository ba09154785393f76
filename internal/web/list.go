package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/views/ui"
)

// ListShape is what a list can be asked: where it stands, how it is filtered and
// sorted. A list's whole state is its address, so that back, reload and a shared
// link show the same rows.
type ListShape struct {
	// ID is that of the element that htmx replaces: "tenants".
	ID string
	// Path is the list's own address.
	Path     string
	Filters  []ListFilter
	Sorts    []ListSort // the first is the usual one
	PageSize int
	// AnySearch takes whatever people paste as a search, without what Postgres could
	// not take and cut to its length, where other lists refuse it.
	AnySearch bool
}

// ListFilter is a parameter that narrows a list. One that is empty does not.
type ListFilter struct {
	Name string
	// Accepts tells what may stand there from what is forged.
	Accepts func(value string) bool
}

// ListSort is a column that a list can be sorted by.
type ListSort struct {
	Name string
	// Descending is the direction in which it begins: the newest first.
	Descending bool
	// Accepts tells what a cursor's key may be from what is forged; nil takes any
	// text.
	Accepts func(key string) bool
}

// OneOf accepts the values of a closed list.
func OneOf(values ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(values, value) }
}

// AnID accepts a UUID.
func AnID(value string) bool { _, err := parseID(value); return err == nil }

// ADate accepts YYYY-MM-DD.
func ADate(value string) bool { _, err := time.Parse(time.DateOnly, value); return err == nil }

// ATime accepts the key of a TimeCursor.
func ATime(value string) bool {
	at, err := time.Parse(time.RFC3339Nano, value)
	return err == nil && !at.Before(firstTime) && at.Before(lastTime)
}

// SomeText accepts a line of at most most characters.
func SomeText(most int) func(string) bool {
	return func(value string) bool { return utf8.RuneCountInString(value) <= most }
}

// maxSearch bounds what is searched for, in characters.
const maxSearch = 200

// The ends of time, as far as a list is concerned: no row is older or newer.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// List is the state that an address asks for.
type List struct {
	shape      ListShape
	filters    map[string]string
	Search     string
	Sort       string
	Descending bool
	// Cursor is the row after which the page begins or, going Back, before which
	// it ends; the zero value is the beginning.
	Cursor Cursor
	Back   bool
}

// Read takes the state from the address. What the list's own pages would never
// ask is fault.Malformed (hazard 18): an unknown column, a value that no filter
// has, a cursor of no row, a parameter that stands twice.
func (s ListShape) Read(c *fiber.Ctx) (List, error) {
	list := List{shape: s, filters: map[string]string{}}
	values, err := s.values(c)
	if err != nil {
		return List{}, err
	}
	list.Search = strings.TrimSpace(values["q"])
	if utf8.RuneCountInString(list.Search) > maxSearch {
		return List{}, fault.New(fault.Malformed, "error.list")
	}
	for _, filter := range s.Filters {
		value := values[filter.Name]
		if value != "" && !filter.Accepts(value) {
			return List{}, fault.New(fault.Malformed, "error.list")
		}
		list.filters[filter.Name] = value
	}
	if err := list.readOrder(values["sort"], values["direction"]); err != nil {
		return List{}, err
	}
	return list, list.readCursor(values["after"], values["before"])
}

// values are the parameters that the list knows; others are not its business.
func (s ListShape) values(c *fiber.Ctx) (map[string]string, error) {
	known := []string{"q", "sort", "direction", "after", "before"}
	for _, filter := range s.Filters {
		known = append(known, filter.Name)
	}
	values := map[string]string{}
	for key, raw := range c.Request().URI().QueryArgs().All() {
		name, value := string(key), string(raw)
		if name == "q" && s.AnySearch {
			value = Line(value, maxSearch)
		}
		if !slices.Contains(known, name) {
			continue
		}
		if _, twice := values[name]; twice || !utf8.ValidString(value) || hasNUL(value) {
			return nil, fault.New(fault.Malformed, "error.list")
		}
		values[name] = value
	}
	return values, nil
}

func (l *List) readOrder(sort, direction string) error {
	column := slices.IndexFunc(l.shape.Sorts, func(s ListSort) bool { return s.Name == sort })
	if sort == "" {
		column = 0
	}
	if column < 0 || !OneOf("", "asc", "desc")(direction) {
		return fault.New(fault.Malformed, "error.list")
	}
	l.Sort, l.Descending = l.shape.Sorts[column].Name, l.shape.Sorts[column].Descending
	if direction != "" {
		l.Descending = direction == "desc"
	}
	return nil
}

func (l *List) readCursor(after, before string) (err error) {
	if after != "" && before != "" {
		return fault.New(fault.Malformed, "error.cursor")
	}
	l.Back = before != ""
	if l.Cursor, err = parseCursor(after + before); err != nil {
		return err
	}
	accepts := l.column().Accepts
	if l.Cursor != (Cursor{}) && accepts != nil && !accepts(l.Cursor.Key) {
		return fault.New(fault.Malformed, "error.cursor")
	}
	return nil
}

// column is the one by which the list is sorted.
func (l List) column() ListSort {
	return l.shape.Sorts[slices.IndexFunc(l.shape.Sorts, func(s ListSort) bool { return s.Name == l.Sort })]
}

// Filter returns what a filter asks for, or "".
func (l List) Filter(name string) string { return l.filters[name] }

// FilterID is Filter for one of ids; nil when it does not narrow the list.
func (l List) FilterID(name string) *uuid.UUID {
	id, err := parseID(l.filters[name])
	if err != nil {
		return nil
	}
	return &id
}

// Ascending is the direction in which the database walks: going back is walking
// the other way, and Page turns the rows round.
func (l List) Ascending() bool { return l.Descending == l.Back }

// AfterKey is the sort key of the cursor; nil at the beginning.
func (l List) AfterKey() *string {
	if l.Cursor == (Cursor{}) {
		return nil
	}
	return &l.Cursor.Key
}

// AfterTime is where the page begins in a list that is sorted by time, whose ListSort
// accepts ATime; the ends of time stand before the first and the last row.
func (l List) AfterTime() (time.Time, uuid.UUID) {
	at, err := time.Parse(time.RFC3339Nano, l.Cursor.Key)
	switch {
	case l.Cursor != Cursor{} && err == nil:
		return at, l.Cursor.ID
	case l.Ascending():
		return firstTime, uuid.Nil
	}
	return lastTime, uuid.Max
}

// Limit is how many rows to ask for: one more than a page shows says whether
// there is another page.
func (l List) Limit() int32 { return int32(l.shape.PageSize + 1) }

// All returns the list from its beginning, in batches of size rows, for Walk.
func (l List) All(size int) List {
	l.Cursor, l.Back, l.shape.PageSize = Cursor{}, false, size
	return l
}

// Query is the state as it stands in an address, without the cursor. What is as
// usual is left out.
func (l List) Query() url.Values {
	query := url.Values{}
	if l.Search != "" {
		query.Set("q", l.Search)
	}
	for name, value := range l.filters {
		if value != "" {
			query.Set(name, value)
		}
	}
	if !l.usuallySorted() {
		query.Set("sort", l.Sort)
		query.Set("direction", directionName(l.Descending))
	}
	return query
}

func (l List) usuallySorted() bool {
	usual := l.shape.Sorts[0]
	return l.Sort == usual.Name && l.Descending == usual.Descending
}

func directionName(descending bool) string {
	if descending {
		return "desc"
	}
	return "asc"
}

// Where is the list from its beginning, with another value of a filter.
func (l List) Where(name, value string) List {
	l.filters = maps.Clone(l.filters)
	l.filters[name] = value
	l.Cursor, l.Back = Cursor{}, false
	return l
}

// Address is the list's first page in this state.
func (l List) Address() string { return withQuery(l.shape.Path, l.Query()) }

// PageAddress is this very page.
func (l List) PageAddress() string { return l.Under(l.shape.Path) }

// Under returns another address that carries the state of this very page, for a
// form that changes rows and shows the page again.
func (l List) Under(path string) string {
	switch {
	case l.Cursor == Cursor{}:
		return withQuery(path, l.Query())
	case l.Back:
		return l.at(path, "before", l.Cursor)
	}
	return l.at(path, "after", l.Cursor)
}

func (l List) at(path, parameter string, cursor Cursor) string {
	query := l.Query()
	query.Set(parameter, cursor.String())
	return withQuery(path, query)
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// state is what the list's components show of it, with so many rows on the page.
func (l List) state(rows int, pager ui.PagerOptions) ui.ListState {
	sorts := map[string]ui.ListSort{}
	for _, column := range l.shape.Sorts {
		sorts[column.Name] = l.sortOf(column)
	}
	state := ui.ListState{
		ID: l.shape.ID, Path: l.shape.Path, Here: l.PageAddress(), Search: l.Search, Filters: l.filters,
		Sorts: sorts, Pager: pager, Rows: rows, Narrowed: l.narrowed(),
	}
	if !l.usuallySorted() {
		state.Sort, state.Direction = l.Sort, directionName(l.Descending)
	}
	return state
}

// sortOf says how a column stands, and where its head leads: a press turns the
// direction round, or begins with the column's usual one.
func (l List) sortOf(column ListSort) ui.ListSort {
	current := column.Name == l.Sort
	turned := l
	turned.Sort, turned.Descending = column.Name, column.Descending
	if current {
		turned.Descending = !l.Descending
	}
	return ui.ListSort{Href: turned.Address(), Current: current, Descending: l.Descending}
}

func (l List) narrowed() bool {
	for _, value := range l.filters {
		if value != "" {
			return true
		}
	}
	return l.Search != ""
}

// Page cuts the rows that were asked for (Limit) to those of the page, in the
// order in which they are shown, with the state to show them in. cursorOf is the
// cursor of a row.
func Page[R any](l List, rows []R, cursorOf func(R) Cursor) ([]R, ui.ListState) {
	more := len(rows) > l.shape.PageSize
	if more {
		rows = rows[:l.shape.PageSize]
	}
	if l.Back {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	var pager ui.PagerOptions
	if len(rows) == 0 {
		// Whatever stood here is gone; the way back is the beginning.
		if l.Cursor != (Cursor{}) {
			pager.Previous = l.Address()
		}
		return rows, l.state(len(rows), pager)
	}
	if l.Back && more || !l.Back && l.Cursor != (Cursor{}) {
		pager.Previous = l.at(l.shape.Path, "before", cursorOf(rows[0]))
	}
	if !l.Back && more || l.Back {
		pager.Next = l.at(l.shape.Path, "after", cursorOf(rows[len(rows)-1]))
	}
	return rows, l.state(len(rows), pager)
}

// Walk asks for a whole list, page by page, and hands on each row: the file of a
// list never stands in memory as a whole.
func Walk[R any](l List, ask func(List) ([]R, error), cursorOf func(R) Cursor, each func(R) error) error {
	for {
		rows, err := ask(l)
		if err != nil {
			return err
		}
		more := len(rows) > l.shape.PageSize
		if more {
			rows = rows[:l.shape.PageSize]
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		l.Cursor = cursorOf(rows[len(rows)-1])
	}
}
