package appointment

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/web"
	views "frontdesk/views/appointment"
	"frontdesk/views/ui"
)

const (
	isoDate   = time.DateOnly
	isoMinute = "2006-01-02T15:04"
	mostQuery = 100
)

// The days that a calendar knows: beyond them a year was mistyped.
var (
	firstDay = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// readPlan reads the form that books. What is wrong with a field stands in the
// form afterwards; an error is something else.
func (h *Handler) readPlan(ctx context.Context, form *web.Form) (Plan, error) {
	takeFreeTime(form)
	plan := Plan{
		ClientID: form.ID("client_id"), ProviderID: form.ID("provider_id"), ServiceID: form.ID("service_id"),
		Status: form.OneOf("status", Statuses[:5]...), Notes: form.Lines("notes", mostNotes),
	}
	date, minute, occurrence := readDay(form), readMinute(form), readOccurrence(form)
	if form.Err() == nil {
		start, err := Instant(date, minute, locale.From(ctx).Zone(), occurrence)
		if err != nil && !form.RejectFault(err) {
			return plan, err
		}
		plan.StartsAt = start
	}
	facts, err := h.Store.Statement(ctx).AppointmentFacts(ctx, factsOf(plan))
	if err != nil {
		return plan, err
	}
	form.RejectFault(fault.InvalidFields(reject(facts, true, true)))
	minutes := form.Int("duration", leastDuration, mostDuration, int(facts.Duration))
	plan.Duration = time.Duration(minutes) * time.Minute
	plan.takeBuffers(facts)
	return plan, nil
}

// readChanges reads the form that changes: a field that was not sent is nil.
func readChanges(form *web.Form) Changes {
	takeFreeTime(form)
	changes := Changes{Occurrence: readOccurrence(form)}
	changes.ProviderID = sent(form, "provider_id", func() uuid.UUID { return form.ID("provider_id") })
	changes.ServiceID = sent(form, "service_id", func() uuid.UUID { return form.ID("service_id") })
	changes.Date = sent(form, "date", func() time.Time { return readDay(form) })
	changes.Minute = sent(form, "time", func() int { return readMinute(form) })
	changes.Status = sent(form, "status", func() string { return form.OneOf("status", Statuses...) })
	changes.Notes = sent(form, "notes", func() string { return form.Lines("notes", mostNotes) })
	changes.Version = sent(form, "version", func() int32 { return int32(form.Int("version", 1, 1<<31-1, 1)) })
	if strings.TrimSpace(form.Value("duration")) != "" {
		minutes := form.Int("duration", leastDuration, mostDuration, leastDuration)
		duration := time.Duration(minutes) * time.Minute
		changes.Duration = &duration
	}
	return changes
}

func sent[T any](form *web.Form, name string, read func() T) *T {
	if !form.Has(name) {
		return nil
	}
	value := read()
	return &value
}

// takeFreeTime lets the button of a free time stand for date and time.
func takeFreeTime(form *web.Form) {
	chosen := form.Value("free_time")
	if chosen == "" {
		return
	}
	date, clock, _ := strings.Cut(chosen, "T")
	form.Set("date", date)
	form.Set("time", clock)
	form.Set("occurrence", "")
}

func readDay(form *web.Form) time.Time {
	date := form.Date("date")
	if date.IsZero() {
		form.Reject("date", "field.required")
	} else if date.Before(firstDay) || date.After(lastDay) {
		form.Reject("date", "appointment.date_range")
	}
	return date
}

func readMinute(form *web.Form) int {
	typed := strings.TrimSpace(form.Value("time"))
	if typed == "" {
		form.Reject("time", "field.required")
		return 0
	}
	minute, ok := ParseMinute(typed)
	if !ok {
		form.Reject("time", "appointment.time_format")
	}
	return minute
}

func readOccurrence(form *web.Form) Occurrence {
	return Occurrence(form.OneOf("occurrence", string(Unsaid), string(First), string(Second)))
}

// newForm is an empty form for the day and time that the address names: today,
// and the next half hour, when it names none.
func newForm(c *fiber.Ctx) (views.Form, error) {
	now := locale.From(c.UserContext()).Now()
	form := views.Form{
		New: true, Action: createRoute, IdempotencyKey: web.NewKey(), CancelHref: "/calendar",
		Date: now.Format(isoDate), Time: now.Truncate(30 * time.Minute).Add(30 * time.Minute).Format("15:04"),
		ProviderID: c.Query("provider_id"), ServiceID: c.Query("service_id"),
	}
	if date := c.Query("date"); date != "" {
		if _, err := parseDay(date); err != nil {
			return form, err
		}
		form.Date, form.CancelHref = date, "/calendar?view=day&date="+date
	}
	if clock := c.Query("time"); clock != "" {
		if _, ok := ParseMinute(clock); !ok {
			return form, fault.New(fault.Malformed, "appointment.time_format")
		}
		form.Time = clock
	}
	return form, nil
}

// parseDay reads a day of an address.
func parseDay(text string) (time.Time, error) {
	date, err := time.Parse(isoDate, text)
	if err != nil || date.Before(firstDay) || date.After(lastDay) {
		return date, fault.New(fault.Malformed, "field.date")
	}
	return date, nil
}

// typedForm is the form as it was sent.
func typedForm(typed *web.Form) views.Form {
	form := views.Form{IdempotencyKey: typed.Value("_idempotency_key"), ClientID: typed.Value("client_id"), ClientQuery: typed.Value("client_query")}
	overlay(&form, typed)
	return form
}

// overlay puts what was typed over what the form shows.
func overlay(form *views.Form, typed *web.Form) {
	fields := map[string]*string{
		"provider_id": &form.ProviderID, "service_id": &form.ServiceID, "date": &form.Date, "time": &form.Time,
		"duration": &form.Duration, "status": &form.Status, "notes": &form.Notes, "occurrence": &form.Occurrence,
	}
	for name, shown := range fields {
		if typed.Has(name) || typed.Value(name) != "" {
			*shown = typed.Value(name)
		}
	}
	form.Errors = typed.Errors()
}

// storedForm is the form as the appointment is stored.
func storedForm(l *locale.Locale, stored db.AppointmentGetRow) views.Form {
	local := stored.StartsAt.In(l.Zone())
	address := "/appointments/" + stored.ID.String()
	return views.Form{
		Action: address, CancelHref: address, Version: strconv.Itoa(int(stored.Version)),
		ClientID: stored.ClientID.String(), ClientName: l.PersonName(stored.FirstName, stored.LastName),
		ProviderID: stored.ProviderID.String(), ServiceID: stored.ServiceID.String(),
		Date: local.Format(isoDate), Time: local.Format("15:04"),
		Duration: strconv.Itoa(int(stored.EndsAt.Sub(stored.StartsAt).Minutes())), Status: stored.Status, Notes: stored.Notes,
		Providers: []ui.Choice{{Value: stored.ProviderID.String(), Label: stored.ProviderName}},
		Services:  []ui.Choice{{Value: stored.ServiceID.String(), Label: stored.ServiceName}},
	}
}

// choices are what a form offers, and the working hours of its providers.
type choices struct {
	hours     map[uuid.UUID]*Hours
	providers []ui.Choice
	services  []ui.Choice
	clients   []views.Client
}

// choices reads what the form offers and puts it in. A provider or service that
// is no longer active but stored stays on offer.
func (h *Handler) choices(ctx context.Context, form *views.Form) (choices, error) {
	found := choices{hours: map[uuid.UUID]*Hours{}}
	spans, err := h.Store.Statement(ctx).AppointmentProviderList(ctx, 0)
	if err != nil {
		return found, err
	}
	services, err := h.Store.Statement(ctx).AppointmentServiceList(ctx)
	if err != nil {
		return found, err
	}
	l := locale.From(ctx)
	for _, span := range spans {
		found.addProvider(span)
	}
	for _, service := range services {
		length := l.Duration(time.Duration(service.Duration) * time.Minute)
		found.services = append(found.services, ui.Choice{Value: service.ID.String(), Label: service.Name + " · " + length})
	}
	form.Providers, form.Services = merged(found.providers, form.Providers), merged(found.services, form.Services)
	for _, status := range Statuses {
		form.Statuses = append(form.Statuses, ui.Choice{Value: status, Label: l.T("appointment.status_" + status)})
	}
	form.Occurrences = occurrences(l, *form)
	if form.New {
		err = h.clientChoices(ctx, form)
		found.clients = form.Clients
	}
	return found, err
}

func (c *choices) addProvider(span db.AppointmentProviderListRow) {
	if c.hours[span.ID] == nil {
		c.hours[span.ID] = &Hours{}
		c.providers = append(c.providers, ui.Choice{Value: span.ID.String(), Label: span.Name})
	}
	if span.Weekday > 0 {
		hours := c.hours[span.ID]
		hours[span.Weekday] = append(hours[span.Weekday], Span{int(span.Starts), int(span.Ends)})
	}
}

// merged appends the choices of more that are not among list already.
func merged(list, more []ui.Choice) []ui.Choice {
	for _, choice := range more {
		if !has(list, choice.Value) {
			list = append(list, choice)
		}
	}
	return list
}

func has(list []ui.Choice, value string) bool {
	for _, choice := range list {
		if choice.Value == value {
			return true
		}
	}
	return false
}

// chosenExist refuses an address that names what the clinic does not have.
func (c choices) chosenExist(form views.Form) error {
	client := form.ClientID == "" || len(c.clients) > 0 && c.clients[0].ID == form.ClientID
	provider := form.ProviderID == "" || has(c.providers, form.ProviderID)
	service := form.ServiceID == "" || has(c.services, form.ServiceID)
	if !client || !provider || !service {
		return fault.New(fault.NotFound, "")
	}
	return nil
}
