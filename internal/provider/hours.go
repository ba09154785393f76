package provider

import (
	"fmt"
	"sort"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/localtime"
	"frontdesk/internal/web"
)

// maxSpans is more breaks than anybody has in a day.
const maxSpans = 10

// Span is a time of work on one day of each week, in minutes since local
// midnight. Two spans of a day with a gap between them are a break.
type Span struct {
	// Weekday is ISO 8601's: 1 is Monday, 7 is Sunday.
	Weekday, Starts, Ends int
}

// UsualHours are Monday to Friday, 09:00 to 17:00: of whom nothing else was said.
func UsualHours() []Span {
	var week []Span
	for weekday := 1; weekday <= 5; weekday++ {
		week = append(week, Span{weekday, 9 * 60, 17 * 60})
	}
	return week
}

// StartsField and EndsField are the names of a weekday's form fields. Each stands
// once for every span, in order.
func StartsField(weekday int) string { return fmt.Sprintf("starts_%d", weekday) }

// EndsField is StartsField's pair.
func EndsField(weekday int) string { return fmt.Sprintf("ends_%d", weekday) }

// HoursField is the name under which a weekday's errors stand.
func HoursField(weekday int) string { return fmt.Sprintf("hours_%d", weekday) }

// readHours takes the week from a form. It returns nil when the form says nothing
// of hours, and an empty week when it says that there are none.
func readHours(form *web.Form) []Span {
	var week []Span
	for weekday := 1; weekday <= 7; weekday++ {
		starts, ends := form.Values(StartsField(weekday)), form.Values(EndsField(weekday))
		if len(starts) == 0 && len(ends) == 0 {
			continue
		}
		if week == nil {
			week = []Span{}
		}
		spans, problem := readDay(weekday, starts, ends)
		if problem != "" {
			form.Reject(HoursField(weekday), fmt.Sprintf("provider.hours_%s_%d", problem, weekday))
		}
		form.MoveError(StartsField(weekday), HoursField(weekday))
		form.MoveError(EndsField(weekday), HoursField(weekday))
		week = append(week, spans...)
	}
	return week
}

// The problems of a day; the catalogs have a sentence of each for each day.
const (
	unreadable = "unreadable"
	reversed   = "reversed"
	overlapped = "overlapped"
)

// readDay pairs starts with ends; a pair of empty fields is no span.
func readDay(weekday int, starts, ends []string) (spans []Span, problem string) {
	if len(starts) != len(ends) || len(starts) > maxSpans {
		return nil, unreadable
	}
	for i := range starts {
		from, until := strings.TrimSpace(starts[i]), strings.TrimSpace(ends[i])
		if from == "" && until == "" {
			continue
		}
		span, problem := readSpan(weekday, from, until)
		if problem != "" {
			return nil, problem
		}
		spans = append(spans, span)
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].Starts < spans[j].Starts })
	for i := 1; i < len(spans); i++ {
		if spans[i].Starts < spans[i-1].Ends {
			return nil, overlapped
		}
	}
	return spans, ""
}

func readSpan(weekday int, from, until string) (Span, string) {
	starts, startOK := localtime.ParseMinute(from)
	ends, endOK := localtime.ParseEnd(until)
	switch {
	case !startOK || !endOK:
		return Span{}, unreadable
	case ends <= starts:
		return Span{}, reversed
	}
	return Span{weekday, starts, ends}, ""
}

// rows are the spans as the table keeps them.
func rows(providerID uuid.UUID, week []Span) (db.ProviderHoursCreateParams, error) {
	params := db.ProviderHoursCreateParams{ProviderID: providerID}
	for _, span := range week {
		id, err := uuid.NewV7()
		if err != nil {
			return params, fmt.Errorf("make an id for working hours: %w", err)
		}
		params.Ids = append(params.Ids, id)
		params.Weekdays = append(params.Weekdays, int16(span.Weekday))
		params.Starts = append(params.Starts, int16(span.Starts))
		params.Ends = append(params.Ends, int16(span.Ends))
	}
	return params, nil
}

// spansOf sorts rows of several providers by provider.
func spansOf(stored []db.ProviderHoursListRow) map[uuid.UUID][]Span {
	weeks := map[uuid.UUID][]Span{}
	for _, row := range stored {
		weeks[row.ProviderID] = append(weeks[row.ProviderID], Span{int(row.Weekday), int(row.Starts), int(row.Ends)})
	}
	return weeks
}
