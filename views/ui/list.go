package ui

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"frontdesk/internal/locale"
)

// ListState is how a list stands, as its address says it; web.Page makes it.
type ListState struct {
	// ID is that of the list's element, which htmx replaces.
	ID string
	// Path is the list's address, Here that of this very page.
	Path, Here string
	Search     string
	// Filters are the values of the filters by name.
	Filters map[string]string
	// Sort is the column by which it is sorted, Direction "asc" or "desc"; both are
	// empty when it is sorted as usual, which no address says.
	Sort, Direction string
	// Sorts are the columns by which it can be sorted.
	Sorts map[string]ListSort
	Pager PagerOptions
	// Rows is how many are on the page.
	Rows int
	// Narrowed is true when a search or a filter leaves rows out.
	Narrowed bool
}

// ListSort is where the head of a column leads, and how the column stands.
type ListSort struct {
	Href                string
	Current, Descending bool
}

// SortableColumn is the head of a column that sorts the list.
func (s ListState) SortableColumn(name, label string) Column {
	return Column{Label: label, sort: s.Sorts[name], sortID: s.ID + "-sort-" + name, list: &s}
}

// AtEnd is the column with its values, numbers, at the end of the line.
func (c Column) AtEnd() Column {
	c.End = true
	return c
}

func sortable(columns []Column) (sorts []Column) {
	for _, column := range columns {
		if column.sort.Href != "" {
			sorts = append(sorts, column)
		}
	}
	return sorts
}

// SelectColumn is the head of the column of RowSelect.
func (s ListState) SelectColumn() Column {
	return Column{list: &s, selects: true}
}

// IsBare is true for a list in which there is nothing at all yet, so that there is
// nothing to search either.
func (s ListState) IsBare() bool {
	return s.Rows == 0 && !s.Narrowed && s.Pager == (PagerOptions{})
}

// aria is the value of aria-sort, or "" where the list is sorted by another column.
func (s ListSort) aria() string {
	switch {
	case !s.Current:
		return ""
	case s.Descending:
		return "descending"
	}
	return "ascending"
}

func (s ListSort) icon() string {
	switch {
	case !s.Current:
		return "chevrons-up-down"
	case s.Descending:
		return "arrow-down"
	}
	return "arrow-up"
}

func (s ListState) filterForm() string { return s.ID + "-filter" }
func (s ListState) bulkForm() string   { return s.ID + "-bulk" }

// swap makes htmx put the answer's list in the place of this one. The address of
// the browser becomes that of what is shown.
func (s ListState) swap(attributes Attributes) Attributes {
	attributes["hx-target"], attributes["hx-select"] = "#"+s.ID, "#"+s.ID
	attributes["hx-swap"], attributes["hx-push-url"] = "outerHTML", "true"
	attributes["hx-sync"] = "#" + s.ID + ":replace"
	return attributes
}

// link asks for another state of the list.
func (s ListState) link(href string) Attributes { return s.swap(Attributes{"hx-get": href}) }

// filterField asks as soon as it is changed, together with the others.
func (s ListState) filterField(trigger string) Attributes {
	return s.swap(Attributes{"hx-get": s.Path, "hx-trigger": trigger, "hx-include": "#" + s.filterForm()})
}

// inPlace makes the links of tabs ask for the list alone. Their ids keep the focus.
func (s ListState) inPlace(name string, tabs []Tab) []Tab {
	tabs = slices.Clone(tabs)
	for n := range tabs {
		tabs[n].Attributes = s.link(tabs[n].Href)
		tabs[n].Attributes["id"] = s.ID + "-" + name + "-" + strconv.Itoa(n)
	}
	return tabs
}

// ListToolbarOptions describes what stands above a list.
type ListToolbarOptions struct {
	State ListState
	// SearchLabel says what is searched; without it there is no search. SearchHint
	// stands in the field, by default the label does.
	SearchLabel, SearchHint string
	Filters                 []ListFilter
	// Export is the address of the list's file; it gets the state that is shown.
	Export string
}

func (o ListToolbarOptions) searchHint() string { return cmp.Or(o.SearchHint, o.SearchLabel) }

// ListFilter is a field that narrows a list.
type ListFilter struct {
	Name, Label string
	// Choices make it a list to choose from, whose first choice, All, is not to
	// narrow.
	Choices []Choice
	All     string
	// Type is that of an input, where there are no Choices: "date", "text".
	Type string
}

// ListBodyOptions says what stands in the place of rows where there are none.
type ListBodyOptions struct {
	State ListState
	// None is of a list that holds nothing yet: what to do.
	None EmptyOptions
	// Icon, by default that of a search, Title and Text are of a search or a filter that
	// leaves nothing.
	Icon, Title, Text string
}

func (o ListBodyOptions) icon() string { return cmp.Or(o.Icon, "search") }

// BulkOptions describes the bar that changes the rows which are ticked.
type BulkOptions struct {
	State ListState
	// Action is the address that it posts to; it carries the state of the page.
	Action string
	// Choices are what can be done.
	Choices []Choice
	// Errors and Reason are what was wrong, and what was typed, the time before.
	Errors map[string]string
	Reason string
	Chosen string
}

// bulkError is what was wrong with the bar: any of its fields.
func bulkError(ctx context.Context, options BulkOptions) string {
	for _, name := range sortedNames(options.Errors) {
		return locale.From(ctx).T(options.Errors[name])
	}
	return ""
}
