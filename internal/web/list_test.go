package web

import (
	"encoding/csv"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/views/ui"
)

var shape = ListShape{
	ID: "things", Path: "/things", PageSize: 3,
	Filters: []ListFilter{{"state", OneOf("active", "deleted")}, {"tenant", AnID}, {"from", ADate}},
	Sorts:   []ListSort{{Name: "name"}, {Name: "created", Descending: true}},
}

// read asks for a list as an address does.
func read(t *testing.T, query string) (List, error) {
	t.Helper()
	return readShape(t, shape, query)
}

func readShape(t *testing.T, shape ListShape, query string) (list List, err error) {
	t.Helper()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/things", func(c *fiber.Ctx) error {
		list, err = shape.Read(c)
		return nil
	})
	answer, failed := app.Test(httptest.NewRequest(http.MethodGet, "/things?"+query, nil))
	if failed != nil {
		t.Fatal(failed)
	}
	if failed := answer.Body.Close(); failed != nil {
		t.Fatal(failed)
	}
	return list, err
}

func TestAListsStateIsItsAddress(t *testing.T) {
	t.Parallel()
	cursor := Cursor{Key: "Ș & Ț", ID: uuid.New()}.String()
	for _, query := range []string{
		"", "q=ana+%26+co", "q=x&state=deleted", "direction=desc&sort=name", "direction=asc&sort=created&state=active",
		"from=2026-01-31&tenant=" + uuid.NewString(), "after=" + cursor, "before=" + cursor + "&q=x",
	} {
		list, err := read(t, query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if got := list.PageAddress(); strings.TrimPrefix(strings.TrimPrefix(got, "/things"), "?") != query {
			t.Errorf("%q became %q", query, got)
		}
	}
}

func TestHazard018AForgedListIsRefused(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"sort=password_hash", "sort=name;drop", "direction=up", "state=gone", "tenant=7", "from=2026-02-30", "after=%%%", "after=bm9uc2Vuc2U",
		"before=e30x", "q=%00", "q=%ff", "q=a&q=b", "state=active&state=deleted", "q=" + strings.Repeat("x", 201),
		"after=" + Cursor{Key: "a", ID: uuid.New()}.String() + "&before=" + Cursor{Key: "b", ID: uuid.New()}.String(),
	} {
		if _, err := read(t, query); !fault.Is(err, fault.Malformed) {
			t.Errorf("%q: %v", query, err)
		}
	}
}

// log is a list that is sorted by time.
var log = ListShape{ID: "log", Path: "/things", PageSize: 3, Sorts: []ListSort{{Name: "time", Descending: true, Accepts: ATime}}}

func TestHazard018ACursorOfAListByTimeNamesATime(t *testing.T) {
	t.Parallel()
	at, id := time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.FixedZone("", 7200)), uuid.New()
	list, err := readShape(t, log, "after="+TimeCursor(at, id).String())
	if err != nil {
		t.Fatal(err)
	}
	if got, after := list.AfterTime(); !got.Equal(at) || after != id {
		t.Errorf("it begins at %s %s", got, after)
	}
	for _, key := range []string{"", "Ana", "2026", "0000-01-01T00:00:00Z", "9999-12-31T00:00:00Z"} {
		if _, err := readShape(t, log, "before="+Cursor{Key: key, ID: id}.String()); !fault.Is(err, fault.Malformed) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// letters stands for a table: it answers as the queries do.
func letters(list List) []string {
	all := strings.Split("abcdefgh", "")
	if !list.Ascending() {
		slices.Reverse(all)
	}
	var rows []string
	for _, letter := range all {
		key := list.AfterKey()
		past := key == nil || list.Ascending() && letter > *key || !list.Ascending() && letter < *key
		if past && len(rows) < int(list.Limit()) {
			rows = append(rows, letter)
		}
	}
	return rows
}

func cursorOf(letter string) Cursor { return Cursor{Key: letter, ID: uuid.Nil} }

func TestPagesLeadForwardAndBackInBothDirections(t *testing.T) {
	t.Parallel()
	for _, order := range []struct {
		query string
		pages []string
	}{{"", []string{"abc", "def", "gh"}}, {"direction=desc&sort=name", []string{"hgf", "edc", "ba"}}} {
		query := order.query
		for i, want := range order.pages {
			rows, state := pageAt(t, query)
			if got := strings.Join(rows, ""); got != want {
				t.Fatalf("page %d of %q is %q", i, order.query, got)
			}
			if (state.Pager.Next == "") != (i == 2) || (state.Pager.Previous == "") != (i == 0) {
				t.Fatalf("page %d of %q leads to %+v", i, order.query, state.Pager)
			}
			if i > 0 {
				back, _ := pageAt(t, queryOf(t, state.Pager.Previous))
				if got := strings.Join(back, ""); got != order.pages[i-1] {
					t.Errorf("back from page %d of %q is %q", i, order.query, got)
				}
			}
			if i < 2 {
				query = queryOf(t, state.Pager.Next)
			}
		}
	}
}

func pageAt(t *testing.T, query string) ([]string, ui.ListState) {
	t.Helper()
	list, err := read(t, query)
	if err != nil {
		t.Fatal(err)
	}
	return Page(list, letters(list), cursorOf)
}

func queryOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.RawQuery
}

func TestAWalkHandsOnEveryRowOnce(t *testing.T) {
	t.Parallel()
	list, err := read(t, "after="+cursorOf("c").String())
	if err != nil {
		t.Fatal(err)
	}
	var walked string
	err = Walk(list.All(2), func(l List) ([]string, error) { return letters(l), nil }, cursorOf, func(letter string) error {
		walked += letter
		return nil
	})
	if err != nil || walked != "abcdefgh" {
		t.Fatalf("walked %q: %v", walked, err)
	}
}

// file asks for a CSV file over the application, as a browser does.
func file(t *testing.T, write func(record func(...string) error) error) (*http.Response, []byte, error) {
	t.Helper()
	made := New(Options{Log: slog.New(slog.DiscardHandler)})
	app := fiber.New()
	app.Get("/file", func(c *fiber.Ctx) error { return made.CSV(c, `ță"x.csv`, write) })
	answer, err := app.Test(httptest.NewRequest(http.MethodGet, "/file", nil))
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, body, err
}

func TestHazard064AFileHoldsNoFormula(t *testing.T) {
	t.Parallel()
	hostile := []string{"=cmd", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "﹣1", "⁺1", "₌1", "−1", " =1", "\u00a0@x", "\u200b=1", "\ufeff＝1", "ană, \"x\"", "a=b", "ａ＝1", "－"}
	answer, body, err := file(t, func(record func(...string) error) error { return record(hostile...) })
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(body), byteOrderMark)
	if !marked {
		t.Error("the file does not say that it is UTF-8")
	}
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		t.Fatal(err)
	}
	// The library writes no bare carriage return.
	want := []string{"'=cmd", "'+1", "'-1", "'@x", "'\t=1", "'=1", "'＝1", "'＋1", "'－1", "'＠x", "'﹣1", "'⁺1", "'₌1", "'−1", "' =1", "'\u00a0@x", "'\u200b=1", "'\ufeff＝1", "ană, \"x\"", "a=b", "ａ＝1", "'－"}
	if !slices.Equal(fields, want) {
		t.Errorf("the file holds %q", fields)
	}
	_, parameters, err := mime.ParseMediaType(answer.Header.Get(fiber.HeaderContentDisposition))
	if err != nil || parameters["filename"] != `ță"x.csv` {
		t.Errorf("its name is %q: %v", parameters["filename"], err)
	}
}

func TestAFileThatBreaksOffIsNotTakenForAWholeOne(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"an error": func() error { return errors.New("the database went away") },
		"a panic":  func() error { panic("a nil row") },
	} {
		_, _, err := file(t, func(record func(...string) error) error {
			if err := record("head"); err != nil {
				return err
			}
			return end()
		})
		if err == nil {
			t.Errorf("%s: the answer looks whole", name)
		}
	}
}
