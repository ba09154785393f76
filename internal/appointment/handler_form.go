package appointment

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/appointment"
	"frontdesk/views/ui"
)

const (
	isoDate   = time.DateOnly
	isoMinute = "2006-01-02T15:04"
	mostQuery = 100
	// offerUnit is the minutes of the clock at which a form begins.
	offerUnit = 30
)

// The bounds of a duration's field, in minutes.
const (
	leastDuration = int(booking.LeastDuration / time.Minute)
	mostDuration  = int(booking.MostDuration / time.Minute)
)

// readRequest reads the form that books. What is wrong with a field stands in the
// form afterwards.
func readRequest(form *web.Form, zone *time.Location) booking.Request {
	takeFreeTime(form)
	request := booking.Request{
		ClientID: form.ID("client_id"), ProviderID: form.ID("provider_id"), ServiceID: form.ID("service_id"),
		Status: form.OneOf("status", booking.FirstStatuses...), Notes: form.Lines("notes", booking.MostNotes),
		Duration: time.Duration(form.Int("duration", leastDuration, mostDuration, 0)) * time.Minute,
	}
	date, minute := readDay(form), readMinute(form)
	if form.Error("date") != "" || form.Error("time") != "" {
		return request
	}
	start, err := booking.When{Date: &date, Minute: &minute, Offset: readOffset(form), Zone: zone}.StartsAt()
	form.RejectFault(err)
	request.StartsAt = start
	return request
}

// readChanges reads the form that changes: a field that was not sent is nil.
func readChanges(form *web.Form, zone *time.Location) booking.Changes {
	takeFreeTime(form)
	changes := booking.Changes{Version: form.Version(), When: booking.When{Offset: readOffset(form), Zone: zone}}
	changes.When.Date = sent(form, "date", func() time.Time { return readDay(form) })
	changes.When.Minute = sent(form, "time", func() int { return readMinute(form) })
	changes.ProviderID = sent(form, "provider_id", func() uuid.UUID { return form.ID("provider_id") })
	changes.ServiceID = sent(form, "service_id", func() uuid.UUID { return form.ID("service_id") })
	changes.Status = sent(form, "status", func() string { return form.OneOf("status", booking.Statuses...) })
	changes.Notes = sent(form, "notes", func() string { return form.Lines("notes", booking.MostNotes) })
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
	form.Set("time_offset", "")
}

func readDay(form *web.Form) time.Time {
	date := form.Date("date")
	if date.IsZero() {
		form.Reject("date", "field.required")
	} else if !booking.KnownDay(date) {
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
	minute, ok := localtime.ParseMinute(typed)
	if !ok {
		form.Reject("time", "appointment.time_format")
	}
	return minute
}

// readOffset reads which of the two instants of a repeated time is meant. For any
// other time it says nothing, so that none is wrong.
func readOffset(form *web.Form) string { return strings.TrimSpace(form.Value("time_offset")) }

// newForm is an empty form for the day and time that the address names. What it leaves
// open is the next half hour.
func newForm(c *fiber.Ctx) (views.Form, error) {
	form := views.Form{
		New: true, Action: createRoute, IdempotencyKey: web.NewKey(), CancelHref: "/calendar",
		Date: c.Query("date"), Time: c.Query("time"), ProviderID: c.Query("provider_id"), ServiceID: c.Query("service_id"),
	}
	if form.Date != "" {
		if _, err := parseDay(form.Date); err != nil {
			return form, err
		}
		form.CancelHref = "/calendar?view=day&date=" + form.Date
	}
	if _, ok := localtime.ParseMinute(form.Time); form.Time != "" && !ok {
		return form, fault.New(fault.Malformed, "appointment.time_format")
	}
	offerStart(&form, locale.From(c.UserContext()).Now())
	return form, nil
}

// offerStart fills in what the form's address leaves open, so that no time is offered that
// has passed, or that clocks skip (hazard 113). The next half hour of 23:56 is tomorrow's.
func offerStart(form *views.Form, now time.Time) {
	zone := now.Location()
	date, dated := localtime.ParseDay(form.Date)
	minute, timed := localtime.ParseMinute(form.Time)
	if dated && timed {
		return
	}
	today, start := localtime.DayOf(now, zone), localtime.Next(now, offerUnit, zone)
	switch {
	case timed:
		if start, _ = localtime.Span(today, minute, minute, zone); !start.After(now) {
			start, _ = localtime.Span(today.AddDate(0, 0, 1), minute, minute, zone)
		}
	case dated && !date.Equal(today):
		next := localtime.MinuteOf(start, zone)
		start, _ = localtime.Span(date, next, next, zone)
	}
	form.Date = start.Format(isoDate)
	if !timed {
		form.Time, form.TimeOffset = start.Format("15:04"), localtime.Offset(start)
	}
}

// parseDay reads a day of an address.
func parseDay(text string) (time.Time, error) {
	date, ok := localtime.ParseDay(text)
	if !ok || !booking.KnownDay(date) {
		return date, fault.New(fault.Malformed, "field.date")
	}
	return date, nil
}

// typedForm is the form as it was sent.
func typedForm(typed *web.Form) views.Form {
	form := views.Form{IdempotencyKey: typed.Value("_idempotency_key"), ClientID: typed.Value("client_id"), ClientQuery: clientQuery(typed)}
	if searched(typed) {
		form.ClientID = ""
	}
	overlay(&form, typed)
	return form
}

// clientQuery is what stands in the search for a client.
func clientQuery(form *web.Form) string { return web.Line(form.Value("client_query"), mostQuery) }

// searched reports whether somebody has looked for another client since the one was
// chosen that the form holds: the search holds something else than those were found by who
// were shown. Enter in it, or the button beside it, then books nobody (hazard 110).
func searched(form *web.Form) bool {
	query := clientQuery(form)
	return query != "" && query != web.Line(form.Value("client_found"), mostQuery)
}

// overlay puts what was typed over what the form shows.
func overlay(form *views.Form, typed *web.Form) {
	fields := map[string]*string{
		"provider_id": &form.ProviderID, "service_id": &form.ServiceID, "date": &form.Date, "time": &form.Time,
		"duration": &form.Duration, "status": &form.Status, "notes": &form.Notes, "time_offset": &form.TimeOffset,
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
	address := addressOf(stored.ID)
	return views.Form{
		Action: address, CancelHref: address, Version: strconv.Itoa(int(stored.Version)),
		ClientID: stored.ClientID.String(), ClientName: l.PersonName(stored.FirstName, stored.LastName),
		ProviderID: stored.ProviderID.String(), ServiceID: stored.ServiceID.String(),
		Date: local.Format(isoDate), Time: local.Format("15:04"), TimeOffset: localtime.Offset(local),
		Duration: strconv.Itoa(int(stored.EndsAt.Sub(stored.StartsAt).Minutes())), Status: stored.Status, Notes: stored.Notes,
		Providers: []ui.Choice{{Value: stored.ProviderID.String(), Label: stored.ProviderName}},
		Services:  []ui.Choice{{Value: stored.ServiceID.String(), Label: stored.ServiceName}},
	}
}

// choices are what a form offers.
type choices struct {
	providers []ui.Choice
	services  []ui.Choice
	clients   []views.Client
}

// choices reads what the form offers and puts it in. A provider or service that
// is no longer active but stored stays on offer.
func (h *Handler) choices(ctx context.Context, form *views.Form) (choices, error) {
	var found choices
	var providers []db.AppointmentProviderChoiceListRow
	var services []db.AppointmentServiceListRow
	err := h.Store.Snapshot(ctx, func(ctx context.Context, tx *store.Tx) error {
		questions := []func() error{
			func() (err error) { providers, err = tx.AppointmentProviderChoiceList(ctx); return err },
			func() (err error) { services, err = tx.AppointmentServiceList(ctx); return err },
		}
		if form.New {
			questions = append(questions, h.clientQuestions(ctx, tx, form)...)
		}
		return tx.Last(questions...)
	})
	if err != nil {
		return found, err
	}
	l := locale.From(ctx)
	for _, provider := range providers {
		found.providers = append(found.providers, ui.Choice{Value: provider.ID.String(), Label: provider.Name})
	}
	for _, service := range services {
		length := l.Duration(time.Duration(service.Duration) * time.Minute)
		found.services = append(found.services, ui.Choice{Value: service.ID.String(), Label: service.Name + " · " + length})
	}
	form.Providers, form.Services = merged(found.providers, form.Providers), merged(found.services, form.Services)
	for _, status := range booking.Statuses {
		form.Statuses = append(form.Statuses, ui.Choice{Value: status, Label: l.T("appointment.status_" + status)})
	}
	form.TimeOffsets = offsets(l, *form)
	if form.New {
		found.clients = form.Clients
	}
	return found, nil
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
