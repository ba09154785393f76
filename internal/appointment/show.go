package appointment

import (
	"strings"
	"time"

	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	views "frontdesk/views/appointment"
	"frontdesk/views/ui"
)

// offsets are the two readings of the form's local time, or none when it exists
// once.
func offsets(l *locale.Locale, form views.Form) []ui.Choice {
	date, err := parseDay(form.Date)
	minute, ok := localtime.ParseMinute(form.Time)
	if err != nil || !ok {
		return nil
	}
	found := localtime.Instants(date, minute, l.Zone())
	if len(found) < 2 {
		return nil
	}
	return []ui.Choice{
		{Value: localtime.Offset(found[0]), Label: l.T("appointment.time_offset_first", "time", withOffset(found[0]))},
		{Value: localtime.Offset(found[1]), Label: l.T("appointment.time_offset_second", "time", withOffset(found[1]))},
	}
}

func withOffset(t time.Time) string { return t.Format("15:04 MST (UTC-07:00)") }

// clockText is a time of day; on the night when it exists twice, with its zone.
func clockText(l *locale.Locale, t time.Time) string {
	t = t.In(l.Zone())
	day := localtime.DayOf(t, l.Zone())
	if localtime.ChangesClocks(day, l.Zone()) && len(localtime.Instants(day, localtime.MinuteOf(t, l.Zone()), l.Zone())) > 1 {
		return t.Format("15:04 MST")
	}
	return l.Time(t)
}

// when says day and times: "Monday, 23 Nov 2026, 09:00–09:30".
func when(l *locale.Locale, from, until time.Time) string {
	ends := clockText(l, until)
	if !localtime.DayOf(from, l.Zone()).Equal(localtime.DayOf(until, l.Zone())) {
		ends = l.Date(until) + ", " + ends
	}
	return l.Weekday(from) + ", " + l.Date(from) + ", " + clockText(l, from) + "–" + ends
}

func showAppointment(l *locale.Locale, stored db.AppointmentGetRow, hours booking.Hours) views.Appointment {
	starts, ends := stored.StartsAt.In(l.Zone()), stored.EndsAt.In(l.Zone())
	open := stored.Status != booking.Cancelled
	return views.Appointment{
		ID: stored.ID.String(), Status: stored.Status, ClientID: stored.ClientID.String(),
		Client: l.PersonName(stored.FirstName, stored.LastName), Phone: stored.Phone, Email: stored.Email,
		Provider: stored.ProviderName, Color: stored.ProviderColor, Service: stored.ServiceName,
		Duration: l.Duration(ends.Sub(starts)), Notes: stored.Notes, When: when(l, starts, ends), Date: starts.Format(isoDate),
		OutsideHours: open && !hours.Within(starts, ends, l.Zone()), Next: booking.NextStatuses(stored.Status),
		Cancellable: open && stored.Status != booking.Completed, Movable: open,
	}
}

func showClient(l *locale.Locale, row db.AppointmentClientListRow) views.Client {
	var details []string
	if row.Phone != "" {
		details = append(details, l.Phone(row.Phone))
	}
	if row.BirthDate != nil {
		// A birth date is a day without a zone: it must not be shifted into one.
		details = append(details, l.Date(localtime.DayStart(*row.BirthDate, l.Zone())))
	}
	if row.Email != "" {
		details = append(details, row.Email)
	}
	return views.Client{ID: row.ID.String(), Name: l.PersonName(row.FirstName, row.LastName), Detail: strings.Join(details, " · ")}
}

// showTaken says what is in the way of a plan, and offers the free times with
// their day where that is another.
func showTaken(l *locale.Locale, plan booking.Plan, found booking.Obstacles) *views.Taken {
	shown := &views.Taken{}
	for _, row := range found.InTheWay {
		shown.By = append(shown.By, clockText(l, row.StartsAt)+"–"+clockText(l, row.EndsAt)+" · "+l.PersonName(row.FirstName, row.LastName))
	}
	for _, free := range found.Free {
		label := l.Time(free)
		if !localtime.DayOf(free, l.Zone()).Equal(localtime.DayOf(plan.StartsAt, l.Zone())) {
			label = l.Weekday(free) + ", " + l.Date(free) + ", " + label
		}
		shown.Free = append(shown.Free, views.FreeTime{Value: free.Format(isoMinute), Label: label})
	}
	return shown
}

// differences are the fields in which what is stored is not what the form shows.
func differences(l *locale.Locale, form, now views.Form, stored db.AppointmentGetRow) []views.Difference {
	var list []views.Difference
	add := func(label, typed, kept, shown string) {
		if typed != kept {
			list = append(list, views.Difference{Label: l.T(label), Stored: shown})
		}
	}
	add("appointment.date", form.Date, now.Date, l.Date(stored.StartsAt))
	add("appointment.time", form.Time, now.Time, clockText(l, stored.StartsAt))
	add("appointment.duration", form.Duration, now.Duration, l.Duration(stored.EndsAt.Sub(stored.StartsAt)))
	add("appointment.provider", form.ProviderID, now.ProviderID, stored.ProviderName)
	add("appointment.service", form.ServiceID, now.ServiceID, stored.ServiceName)
	add("appointment.status", form.Status, now.Status, l.T("appointment.status_"+now.Status))
	add("appointment.notes", form.Notes, now.Notes, now.Notes)
	return list
}
