package server_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
)

// askedList is what a list's address is made of, beside a search and a page: its filters
// with a value that each has, and its sorts.
type askedList struct {
	filters map[string]string
	sorts   []string
	// anySearch is of lists that take whatever is pasted into their search.
	anySearch bool
}

var anID = uuid.NewString()

// askedLists are those of a clinic and of the console, and the files that they come as.
var askedLists = map[string]askedList{
	"/clients":        {sorts: []string{"name", "created"}, anySearch: true},
	"/inbox":          {filters: map[string]string{"filter": "unread"}, sorts: []string{"date"}, anySearch: true},
	"/services":       {filters: map[string]string{"status": "active"}, sorts: []string{"name", "duration", "price"}},
	"/providers":      {filters: map[string]string{"status": "inactive"}, sorts: []string{"name"}},
	"/resources":      {filters: map[string]string{"status": "active"}, sorts: []string{"name", "kind"}},
	"/settings/audit": {filters: map[string]string{"actor": anID, "action": "client_read", "target": anID, "since": "2026-01-01", "until": "2026-01-02"}, sorts: []string{"time"}},
	"/admin/tenants":  {filters: map[string]string{"status": "active"}, sorts: []string{"name", "slug", "seats", "created"}},
	"/admin/users":    {filters: map[string]string{"status": "active", "second_factor": "no"}, sorts: []string{"name", "email", "created"}},
	"/admin/jobs":     {filters: map[string]string{"state": "completed", "kind": "sweep", "queue": "default"}, sorts: []string{"id"}},
	"/admin/audit":    {filters: map[string]string{"tenant": "alfa", "actor": "a@b.example", "action": "user_update", "target": anID, "since": "2026-01-01", "until": "2026-01-02"}, sorts: []string{"time"}},

	"/settings/audit/export": {filters: map[string]string{"since": "2026-01-01"}, sorts: []string{"time"}},
	"/admin/tenants/export":  {filters: map[string]string{"status": "active"}, sorts: []string{"name", "seats"}},
	"/admin/users/export":    {filters: map[string]string{"status": "active"}, sorts: []string{"name", "created"}},
	"/admin/audit/export":    {filters: map[string]string{"since": "2026-01-01"}, sorts: []string{"time"}},
}

// forEachList asks each list as whoever may.
func (s *sweep) forEachList(t *testing.T, each func(path string, list askedList, route guard.Route, get func(query string) *clinic.Answer)) {
	t.Helper()
	for path, list := range askedLists {
		at := slices.IndexFunc(s.Server.Routes(), func(r guard.Route) bool { return r.Method == http.MethodGet && r.Path == path })
		if at < 0 {
			t.Errorf("there is no list at %s", path)
			continue
		}
		route := s.Server.Routes()[at]
		each(path, list, route, func(query string) *clinic.Answer { return s.who(route).Get(path + "?" + query) })
	}
}

func TestHazard018AListsParameterThatItsOwnPagesWouldNeverAskIsRefused(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	s.forEachList(t, func(path string, list askedList, route guard.Route, get func(string) *clinic.Answer) {
		usual := maps.Clone(list.filters)
		if usual == nil {
			usual = map[string]string{}
		}
		maps.Copy(usual, map[string]string{"sort": list.sorts[0], "direction": "desc", "q": "ana", "after": "", "before": ""})
		for name, value := range usual {
			if answer := get(name + "=" + url.QueryEscape(value)); answer.Status != http.StatusOK {
				t.Errorf("%s with %s=%s answered %d", path, name, value, answer.Status)
			}
			pair := name + "=" + url.QueryEscape(value)
			assertRefused(t, name+" twice", route, get(pair+"&"+pair), http.StatusBadRequest)
			for wrong, text := range map[string]string{"10 kB": strings.Repeat("a", 10_000), "NUL": "%00", "invalid UTF-8": "%ff%fe", "half a pair": "%ed%a0%80"} {
				answer := get(name + "=" + text)
				if name == "q" && list.anySearch {
					if answer.Status != http.StatusOK {
						t.Errorf("%s, searched for %s, answered %d", path, wrong, answer.Status)
					}
					continue
				}
				assertRefused(t, name+" of "+wrong, route, answer, http.StatusBadRequest)
			}
		}
		for _, query := range []string{"sort=id%3Bdrop", "sort=" + strings.ToUpper(list.sorts[0]), "direction=up", "direction=1", "direction=DESC", "after=x&before=x"} {
			assertRefused(t, query, route, get(query), http.StatusBadRequest)
		}
	})
	assertUntouched(t, s.Database, before, theLogs...)
}

// hostileKeys are what a cursor never names: numbers and times out of range, and text
// that no column holds.
var hostileKeys = []string{
	"", "-1", "0", "1e3", "NaN", "infinity", "99999999999999999999", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648", "0x10", " 1", "1.5",
	"0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "10000-01-01T00:00:00Z", "-4713-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "'; drop table clients; --",
	"a\x00b", "\xff\xfe", strings.Repeat("a", 900), strings.Repeat("9", 900), strings.Repeat("ș", 1000),
}

func TestHazard018ACursorThatNamesNoPlaceNeverBreaksAList(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	s.forEachList(t, func(path string, list askedList, _ guard.Route, get func(string) *clinic.Answer) {
		for _, sort := range list.sorts {
			for _, key := range hostileKeys {
				for _, way := range []string{"after", "before"} {
					query := url.Values{"sort": {sort}, "direction": {"asc"}, way: {web.Cursor{Key: key, ID: uuid.Max}.String()}}.Encode()
					if answer := get(query); answer.Status != http.StatusOK && answer.Status != http.StatusBadRequest {
						t.Errorf("%s by %s %s %.40q answered %d", path, sort, way, key, answer.Status)
					}
				}
			}
		}
	})
}
