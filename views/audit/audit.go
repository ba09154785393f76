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
}

// Change is a field with its values before and after, as JSON has them.
type Change struct {
	Field          string
	Before, After  any
	HadOne, HasOne bool
}

// Sentence says what was done.
func (e Entry) Sentence(ctx context.Context) string {
	return sentence(ctx, e.Action, e.actor(ctx), e.target(ctx))
}

func sentence(ctx context.Context, action, actor, target string) string {
	return locale.From(ctx).T("audit.action_"+action, "actor", actor, "target", target)
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

// targetHref leads to what it was about, where it has a page.
func (e Entry) targetHref() string {
	pages := map[string]string{
		"client": "/clients/", "provider": "/providers/", "service": "/services/", "appointment": "/appointments/",
		"mailbox": "/settings/email/", "conversation": "/inbox/",
	}
	if page := pages[e.TargetKind]; page != "" && e.TargetID != "" && e.TenantID == "" {
		return page + e.TargetID
	}
	return ""
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

// icon is the drawing of what it is about.
func (e Entry) icon() string {
	icons := map[string]string{
		"client": "user", "provider": "stethoscope", "service": "clipboard-list", "appointment": "calendar", "mailbox": "mail",
		"conversation": "inbox", "message": "mail-open", "attachment": "paperclip", "invite": "mail-plus", "membership": "users",
		"support": "shield", "audit": "scroll-text", "tenant": "building-2", "user": "user-cog", "session": "door-open",
		"password": "key-round", "second": "shield-check", "recovery": "key-round", "passkey": "key-round", "job": "list-checks",
		"security": "shield-check",
	}
	noun, _, _ := strings.Cut(e.Action, "_")
	if icon := icons[noun]; icon != "" {
		return icon
	}
	return "activity"
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
	l := locale.From(ctx)
	if key := "audit.field_" + c.Field; l.Has(key) {
		return l.T(key)
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

// number writes a price, which is kept in hundredths, with its decimals.
func (c Change) number(value float64) string {
	if c.Field == "price" {
		return strconv.FormatFloat(value/100, 'f', 2, 64)
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// word reads instants, days and working hours, which are text in a log.
func (c Change) word(l *locale.Locale, value string) string {
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		if c.Field == "birth_date" {
			return at.Format("2006-01-02")
		}
		return l.DateTime(at)
	}
	if day, hours, isHours := strings.Cut(value, " "); isHours && c.Field == "hours" {
		if number, err := strconv.Atoi(day); err == nil {
			return l.WeekdayName(time.Weekday(number%7)) + " " + strings.ReplaceAll(hours, "-", "–")
		}
	}
	for _, catalog := range codes[c.Field] {
		if l.Has(catalog + value) {
			return l.T(catalog + value)
		}
	}
	return value
}

// codes are the fields whose values are words of the program's own, and where in the
// catalog these may stand. A status is of a clinic, a person or an appointment.
var codes = map[string][]string{
	"role":           {"role."},
	"status":         {"status.", "appointment.status_"},
	"state":          {"job.state_"},
	"color":          {"tone."},
	"delivery":       {"conversation.delivery_"},
	"reason":         {"invite.mail_"},
	"delivery_error": {"invite.mail_"},
	"revoked_reason": {"audit.revoked_"},
	"language":       {"audit.language_"},
	"direction":      {"audit.direction_"},
	"kind":           {"audit.factor_"},
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
