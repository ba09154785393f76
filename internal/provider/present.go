package provider

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/web"
	views "frontdesk/views/provider"
	"frontdesk/views/ui"
)

func ids(rows []db.ProviderListRow) []uuid.UUID {
	list := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		list[i] = row.ID
	}
	return list
}

// listRows says a page of providers as it is shown.
func listRows(l *locale.Locale, rows []db.ProviderListRow, weeks map[uuid.UUID][]Span) []views.Row {
	shown := make([]views.Row, len(rows))
	for i, row := range rows {
		shown[i] = views.Row{
			ID: row.ID, Name: row.Name, Color: row.Color, Active: row.Active, AllServices: row.AllServices,
			ServiceCount: int(row.Services), Hours: Summary(l, weeks[row.ID]),
		}
	}
	return shown
}

// profile gathers a provider's page.
func profile(l *locale.Locale, stored record) views.Profile {
	shown := views.Profile{
		Row: views.Row{
			ID: stored.row.ID, Name: stored.row.Name, Color: stored.row.Color, Active: stored.row.Active,
			AllServices: stored.row.AllServices, Hours: Summary(l, stored.week),
		},
		Upcoming: int(stored.upcoming),
	}
	for weekday := 1; weekday <= 7; weekday++ {
		shown.Week = append(shown.Week, views.DaySummary{Weekday: weekday, Times: dayTimes(stored.week, weekday)})
	}
	for _, service := range stored.services {
		if service.Chosen {
			shown.Services = append(shown.Services, views.Service{ID: service.ID, Name: service.Name, Active: service.Active, Chosen: true})
		}
	}
	return shown
}

// services are the choices of a form; ticked are the ids that were sent, or nil
// for those that are stored.
func services(rows []db.ProviderServiceListRow, ticked []string) []views.Service {
	shown := make([]views.Service, len(rows))
	for i, row := range rows {
		chosen := row.Chosen
		if ticked != nil {
			chosen = slices.Contains(ticked, row.ID.String())
		}
		shown[i] = views.Service{ID: row.ID, Name: row.Name, Active: row.Active, Chosen: chosen}
	}
	return shown
}

// spareSpans is how many empty pairs of fields each day offers, so that a break
// can be added without script.
const (
	spareSpans = 1
	leastSpans = 2
)

// days are the fields of a week, with room for more.
func days(week []Span) []views.Day {
	shown := make([]views.Day, 0, 7)
	for weekday := 1; weekday <= 7; weekday++ {
		day := newDay(weekday)
		for _, span := range week {
			if span.Weekday == weekday {
				day.Spans = append(day.Spans, views.Span{Starts: localtime.Clock(span.Starts), Ends: localtime.Clock(span.Ends % localtime.MinutesOfDay)})
			}
		}
		shown = append(shown, withRoom(day))
	}
	return shown
}

// typedDays are the fields as they were sent.
func typedDays(form *web.Form) []views.Day {
	shown := make([]views.Day, 0, 7)
	for weekday := 1; weekday <= 7; weekday++ {
		day := newDay(weekday)
		starts, ends := form.Values(StartsField(weekday)), form.Values(EndsField(weekday))
		for i := range min(max(len(starts), len(ends)), maxSpans) {
			span := views.Span{Starts: at(starts, i), Ends: at(ends, i)}
			if span != (views.Span{}) {
				day.Spans = append(day.Spans, span)
			}
		}
		shown = append(shown, withRoom(day))
	}
	return shown
}

func newDay(weekday int) views.Day {
	return views.Day{Weekday: weekday, StartsField: StartsField(weekday), EndsField: EndsField(weekday), ErrorField: HoursField(weekday)}
}

func withRoom(day views.Day) views.Day {
	wanted := min(max(len(day.Spans)+spareSpans, leastSpans), maxSpans)
	for len(day.Spans) < wanted {
		day.Spans = append(day.Spans, views.Span{})
	}
	return day
}

func at(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// typed is a form as it was sent. A color is shown as the one of the palette that it is
// read as, or that of before, "" where there was none.
func typed(form *web.Form, edit ui.Edit, before string) views.Form {
	color, _ := ParseColor(form.Value("color"))
	edit.Values = maps.Clone(edit.Values) // those are the form's own
	edit.Values["color"] = cmp.Or(color, before)
	return views.Form{
		Edit:        edit,
		AllServices: form.Value("all_services") == "true" || form.Value("all_services") == "" && len(form.Values("service_ids")) == 0,
		Days:        typedDays(form),
	}
}

// storedForm is the form of a provider as they are.
func storedForm(l *locale.Locale, stored record) views.Form {
	return views.Form{
		Edit: storedEdit(l, stored), AllServices: stored.row.AllServices, Days: days(stored.week), Services: services(stored.services, nil),
	}
}

func storedEdit(l *locale.Locale, stored record) ui.Edit {
	return ui.Edit{ID: stored.row.ID, Version: stored.row.Version, Values: values(l, detailsOf(stored), stored.services)}
}

func detailsOf(stored record) Details {
	details := Details{Name: stored.row.Name, Color: stored.row.Color, Hours: stored.week, AllServices: stored.row.AllServices}
	for _, service := range stored.services {
		if service.Chosen {
			details.ServiceIDs = append(details.ServiceIDs, service.ID)
		}
	}
	return details
}

// over is what becomes of a provider of whom these details are said: a color or hours of
// which nothing was said stay.
func (d Details) over(stored record) Details {
	d.Color = cmp.Or(d.Color, stored.row.Color)
	if d.Hours == nil {
		d.Hours = stored.week
	}
	return d
}

// values are the details in a few words for each part of the form; list has the names of
// the services.
func values(l *locale.Locale, details Details, list []db.ProviderServiceListRow) map[string]string {
	said := map[string]string{"name": details.Name, "color": details.Color, "service_ids": l.T("provider.services_all")}
	for weekday := 1; weekday <= 7; weekday++ {
		said[HoursField(weekday)] = dayTimes(details.Hours, weekday)
	}
	if !details.AllServices {
		var names []string
		for _, service := range list {
			if slices.Contains(details.ServiceIDs, service.ID) {
				names = append(names, service.Name)
			}
		}
		said["service_ids"] = strings.Join(names, ", ")
	}
	return said
}
