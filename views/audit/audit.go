// Package audit shows the two logs: sentences of what was done, and for each what it
// changed.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Log is a page of a log.
type Log struct {
	State   ui.ListState
	Entries []Entry
	// Actors are whom the filter offers; none in the platform's log, where there
	// are too many.
	Actors []ui.Choice
	// Actions are those that this log can hold.
	Actions []string
	// Export is the address of the file.
	Export   string
	Platform bool
}

// Entry is what was done once.
type Entry struct {
	ID                               string
	At                               time.Time
	ActorKind, ActorID, ActorName    string
	Action                           string
	TargetKind, TargetID, TargetName string
	TenantID, TenantName             string
	Reason, IP, UserAgent, RequestID string
	Changes                          []Change
	// Icon is the drawing of what it is about, and Href leads to that, where it has a page.
	Icon, Href string
}

// Change is a field with its values before and after, as JSON has them.
type Change struct {
	Field          string
	Word           Word
	Before, After  any
	HadOne, HasOne bool
}

// Word is what a field is called, and how its values are read.
type Word struct {
	// Label is a key of the catalogs; a field without one is called by its own name.
	Label string
	// Values, ending in "_" or ".", begins the keys of values that are words of the
	// program's own, such as a status. One without a key is shown as it is.
	Values string
	// As is how else its values are read.
	As Shape
}

// Shape is what a value means that JSON has as a number or as text.
type Shape int

// The shapes. A Plain text that is an instant is shown as one.
const (
	Plain Shape = iota
	// Hundredths is an amount of money.
	Hundredths
	// Day is an instant of which only the date counts.
	Day
	// Hours is "1 09:00-17:00": a day of the week (1 is Monday, ISO 8601) and its hours.
	Hours
)

// Sentence says what was done.
func (e Entry) Sentence(ctx context.Context) string {
	return sentence(ctx, e.Action, e.actor(ctx), e.target(ctx))
}

// sentence is that of an action. One that this program does not know, of another
// version, is said by its name.
func sentence(ctx context.Context, action, actor, target string) string {
	l := locale.From(ctx)
	if key := "audit.action_" + action; l.Has(key) {
		return l.T(key, "actor", actor, "target", target)
	}
	return l.T("audit.unknown", "actor", actor, "target", target, "action", strings.ReplaceAll(action, "_", " "))
}

// actor is who did it, as it is said in a sentence.
func (e Entry) actor(ctx context.Context) string {
	l := locale.From(ctx)
	switch {
	case e.ActorKind == "support":
		return l.T("audit.support_of", "name", e.ActorName)
	case e.ActorName != "":
		return e.ActorName
	case e.ActorKind == "visitor":
		return l.T("audit.visitor")
	case e.ActorKind == "person":
		return e.ActorID
	}
	return l.T("audit.system")
}

func (e Entry) target(ctx context.Context) string {
	if e.TargetName == "" {
		return locale.From(ctx).T("audit.nameless")
	}
	return e.TargetName
}

// actorFilter is the value of the filter that finds all by the same.
func (e Entry) actorFilter() string {
	if e.ActorKind == "person" || e.ActorID != "" && e.ActorKind != "system" {
		return e.ActorID
	}
	return e.ActorKind
}

func filtered(path, name, value string) string {
	return path + "?" + url.Values{name: {value}}.Encode()
}

// actionChoices are the actions as sentences without names, in their order.
func (log Log) actionChoices(ctx context.Context) (choices []ui.Choice) {
	for _, action := range log.Actions {
		choices = append(choices, ui.Choice{Value: action, Label: sentence(ctx, action, "…", "…")})
	}
	return choices
}

func (log Log) subtitle(ctx context.Context) string {
	if log.Platform {
		return locale.From(ctx).T("audit.subtitle_platform")
	}
	return locale.From(ctx).T("audit.subtitle")
}

func (log Log) columns(ctx context.Context) []ui.Column {
	l := locale.From(ctx)
	columns := []ui.Column{{Label: l.T("audit.what")}, log.State.SortableColumn("time", l.T("audit.when")), {Label: l.T("audit.origin")}}
	if log.Platform {
		columns = append(columns, ui.Column{Label: l.T("audit.tenant")})
	}
	return columns
}

func (log Log) filters(ctx context.Context) []ui.ListFilter {
	l := locale.From(ctx)
	filters := []ui.ListFilter{
		{Name: "action", Label: l.T("audit.action"), Choices: log.actionChoices(ctx), All: l.T("audit.every_action")},
		{Name: "since", Label: l.T("audit.since"), Type: "date"},
		{Name: "until", Label: l.T("audit.until"), Type: "date"},
	}
	if log.Platform {
		return append([]ui.ListFilter{
			{Name: "tenant", Label: l.T("audit.tenant_slug"), Type: "text"},
			{Name: "actor", Label: l.T("audit.actor_email"), Type: "text"},
		}, filters...)
	}
	return append([]ui.ListFilter{{Name: "actor", Label: l.T("audit.actor"), Choices: log.actorChoices(ctx), All: l.T("audit.actor_all")}}, filters...)
}

// actorChoices offers the team, the two that are nobody of it, and whoever else the
// list is narrowed to: a super-admin is in no team.
func (log Log) actorChoices(ctx context.Context) []ui.Choice {
	l := locale.From(ctx)
	choices := append([]ui.Choice{}, log.Actors...)
	choices = append(choices, ui.Choice{Value: "support", Label: l.T("audit.support")}, ui.Choice{Value: "system", Label: l.T("audit.system")})
	chosen := log.State.Filters["actor"]
	for _, choice := range choices {
		if chosen == "" || choice.Value == chosen {
			return choices
		}
	}
	label := chosen
	if len(log.Entries) > 0 {
		label = log.Entries[0].ActorName
	}
	return append(choices, ui.Choice{Value: chosen, Label: label})
}

// label is what a field is called.
func (c Change) label(ctx context.Context) string {
	if c.Word.Label != "" {
		return locale.From(ctx).T(c.Word.Label)
	}
	return strings.ReplaceAll(c.Field, "_", " ")
}

// text is a value as a person reads it.
func (c Change) text(ctx context.Context, value any) string {
	l := locale.From(ctx)
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return l.T("audit.yes")
		}
		return l.T("audit.no")
	case float64:
		return c.number(value)
	case string:
		return c.word(l, value)
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = c.text(ctx, part)
		}
		return strings.Join(parts, "\n")
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

// number writes an amount with its decimals.
func (c Change) number(value float64) string {
	if c.Word.As == Hundredths {
		return strconv.FormatFloat(value/100, 'f', 2, 64)
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// word reads instants, days and working hours, which are text in a log.
func (c Change) word(l *locale.Locale, value string) string {
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		if c.Word.As == Day {
			return at.Format("2006-01-02")
		}
		return l.DateTime(at)
	}
	if day, hours, isHours := strings.Cut(value, " "); isHours && c.Word.As == Hours {
		if number, err := strconv.Atoi(day); err == nil {
			return l.WeekdayName(time.Weekday(number%7)) + " " + strings.ReplaceAll(hours, "-", "–")
		}
	}
	if key := c.Word.Values + value; c.Word.Values != "" && l.Has(key) {
		return l.T(key)
	}
	return value
}

// Head names the columns of a log's file.
func Head(ctx context.Context, platform bool) []string {
	l := locale.From(ctx)
	head := []string{
		l.T("audit.when"), l.T("audit.what"), l.T("audit.code"), l.T("audit.actor"), l.T("audit.actor_code"), l.T("audit.target"), "ID",
		l.T("audit.before"), l.T("audit.after"), l.T("audit.field_reason"), l.T("audit.ip"), l.T("audit.user_agent"), l.T("audit.request"),
	}
	if platform {
		head = append(head, l.T("audit.tenant"))
	}
	return head
}

// Record is a row of a log's file: instants exactly, values as the log has them.
func Record(ctx context.Context, e Entry, platform bool) []string {
	record := []string{
		e.At.UTC().Format(time.RFC3339Nano), e.Sentence(ctx), e.Action, e.actor(ctx), e.ActorID, e.TargetName, e.TargetID,
		e.side(ctx, func(c Change) (any, bool) { return c.Before, c.HadOne }), e.side(ctx, func(c Change) (any, bool) { return c.After, c.HasOne }),
		e.Reason, e.IP, e.UserAgent, e.RequestID,
	}
	if platform {
		record = append(record, e.TenantName)
	}
	return record
}

// side is one side of the changes in one cell.
func (e Entry) side(ctx context.Context, of func(Change) (any, bool)) string {
	var parts []string
	for _, change := range e.Changes {
		if value, has := of(change); has {
			parts = append(parts, change.label(ctx)+": "+strings.ReplaceAll(change.text(ctx, value), "\n", ", "))
		}
	}
	return strings.Join(parts, "; ")
}
