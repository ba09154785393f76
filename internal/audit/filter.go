package audit

import (
	"time"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
)

const (
	pageSize = 50
	// exportBatch is how many rows of a file are asked for at a time.
	exportBatch = 1000
	maxAction   = 50
	maxEmail    = 254
	maxSlug     = 40
)

// The kinds of actor that a filter can name instead of a person.
const (
	bySystem  = "system"
	bySupport = "support"
	byVisitor = "visitor"
)

// shape is the address of a clinic's log. It is only ever sorted by time.
var shape = web.ListShape{
	ID: "audit", Path: "/settings/audit", PageSize: pageSize, Sorts: []web.ListSort{{Name: "time", Descending: true, Accepts: web.ATime}},
	Filters: []web.ListFilter{
		{Name: "actor", Accepts: func(value string) bool { return isKind(value) || web.AnID(value) }},
		{Name: "action", Accepts: web.SomeText(maxAction)},
		{Name: "target", Accepts: web.AnID},
		{Name: "since", Accepts: web.ADate},
		{Name: "until", Accepts: web.ADate},
	},
}

// platformShape is that of the platform's log. Persons and clinics are too many to
// choose from a list: they are named, or given by the links of a row.
var platformShape = web.ListShape{
	ID: "audit", Path: "/admin/audit", PageSize: pageSize, Sorts: shape.Sorts,
	Filters: []web.ListFilter{
		{Name: "tenant", Accepts: web.SomeText(maxSlug)},
		{Name: "actor", Accepts: web.SomeText(maxEmail)},
		{Name: "action", Accepts: web.SomeText(maxAction)},
		{Name: "target", Accepts: web.AnID},
		{Name: "since", Accepts: web.ADate},
		{Name: "until", Accepts: web.ADate},
	},
}

func isKind(actor string) bool { return actor == bySystem || actor == bySupport || actor == byVisitor }

// filterOf reads what a list is narrowed to, in the clinic's days. The names that
// only the platform's log has are looked up by its handler.
func filterOf(list web.List, l *locale.Locale) db.AuditEventListNewestParams {
	asked := db.AuditEventListNewestParams{
		ActorID: list.FilterID("actor"), Action: list.Filter("action"), TargetID: list.FilterID("target"),
		Search: search.Phrase(list.Search), Since: firstDay, Until: lastDay, Most: list.Limit(),
	}
	if actor := list.Filter("actor"); isKind(actor) {
		asked.ActorKind = actor
	}
	if since := list.Filter("since"); since != "" {
		asked.Since, _ = daySpan(since, l.Zone())
	}
	if until := list.Filter("until"); until != "" {
		_, asked.Until = daySpan(until, l.Zone())
	}
	return asked
}

// The ends of time, as far as a list is concerned.
var (
	firstDay = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// daySpan is a day that a filter has accepted as one, in the clinic's zone.
func daySpan(day string, zone *time.Location) (from, until time.Time) {
	date, ok := localtime.ParseDay(day)
	if !ok {
		return firstDay, lastDay
	}
	return localtime.DaySpan(date, zone)
}

// exportName is the name of a list's file.
func exportName(l *locale.Locale) string {
	return "audit-" + l.Now().Format(time.DateOnly) + ".csv"
}
