package clinic

import (
	"net/http"
	"slices"
)

// Walk follows a list from the page at path to its end and back to its beginning, and
// fails unless both ways show the same rows, each once. It returns the ids of the rows,
// which the selector finds, in their order.
func (b *Browser) Walk(path, rows string) []string {
	b.t.Helper()
	forward, last := b.pages(path, rows, "next")
	backward, first := b.pages(last, rows, "prev")
	slices.Reverse(backward)
	seen := map[string]bool{}
	there, back := slices.Concat(forward...), slices.Concat(backward...)
	for _, id := range there {
		if seen[id] {
			b.t.Errorf("%s: %s stands twice", path, id)
		}
		seen[id] = true
	}
	if !slices.Equal(there, back) {
		b.t.Errorf("%s: on the way back %d rows are not the %d of the way there", path, len(back), len(there))
	}
	if page := b.Get(first); page.Find(`a[rel="prev"]`).Length() != 0 {
		b.t.Errorf("%s: there is a page before the first", path)
	}
	return there
}

// pages are the rows of each page from path on, and the address of the last.
func (b *Browser) pages(path, rows, way string) (pages [][]string, last string) {
	b.t.Helper()
	for len(pages) < 100 {
		answer := b.Get(path)
		if answer.Status != http.StatusOK {
			b.t.Fatalf("%s answered %d", path, answer.Status)
		}
		var ids []string
		for _, row := range answer.Find(rows).EachIter() {
			id, _ := row.Attr("id")
			ids = append(ids, id)
		}
		pages = append(pages, ids)
		next, more := answer.Find(`a[rel="` + way + `"]`).Attr("href")
		if !more {
			return pages, path
		}
		path = next
	}
	b.t.Fatalf("%s never ends", path)
	return nil, ""
}
