package client

import (
	"time"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	views "frontdesk/views/client"
	"frontdesk/views/ui"
)

// listRows says a page of clients as it is shown.
func listRows(l *locale.Locale, rows []db.ClientListRow) []views.Row {
	shown := make([]views.Row, len(rows))
	for i, row := range rows {
		shown[i] = views.Row{
			ID: row.ID, Name: l.PersonName(row.FirstName, row.LastName), Email: row.Email,
			Phone: row.Phone, LocalPhone: l.Phone(row.Phone), BirthDate: day(l, row.BirthDate), CreatedAt: row.CreatedAt,
		}
	}
	return shown
}

// record is a client with everything that their page shows.
type record struct {
	client        db.ClientGetRow
	alike         []db.ClientListAlikeRow
	appointments  []db.ClientAppointmentListRow
	conversations []db.ClientConversationListRow
}

// profile says a record as it is shown.
func profile(l *locale.Locale, found record) views.Profile {
	row := found.client
	shown := views.Profile{
		Row: views.Row{
			ID: row.ID, Name: l.PersonName(row.FirstName, row.LastName), Email: row.Email,
			Phone: row.Phone, LocalPhone: l.Phone(row.Phone), BirthDate: day(l, row.BirthDate), CreatedAt: row.CreatedAt,
		},
	}
	if row.BirthDate != nil {
		shown.Age = Age(*row.BirthDate, l.Now())
	}
	for _, other := range found.alike {
		shown.Alike = append(shown.Alike, views.Row{ID: other.ID, Name: l.PersonName(other.FirstName, other.LastName)})
	}
	for _, conversation := range found.conversations {
		shown.Conversations = append(shown.Conversations, views.Conversation(conversation))
	}
	for _, row := range found.appointments {
		appointment := views.Appointment{
			ID: row.ID, StartsAt: row.StartsAt, EndsAt: row.EndsAt, Status: row.Status,
			Service: row.ServiceName, Provider: row.ProviderName, Color: row.ProviderColor,
		}
		if row.Upcoming {
			shown.Upcoming = append(shown.Upcoming, appointment)
		} else {
			shown.Past = append(shown.Past, appointment)
		}
	}
	return shown
}

// day is a calendar day as an instant that is on this day in the clinic's zone:
// midnight UTC is the day before in half of the world.
func day(l *locale.Locale, date *time.Time) time.Time {
	if date == nil {
		return time.Time{}
	}
	return localtime.DayStart(*date, l.Zone())
}

// stored is the form of a client as they are.
func stored(l *locale.Locale, row db.ClientGetRow) ui.Edit {
	details := Details{FirstName: row.FirstName, LastName: row.LastName, Email: row.Email, Phone: row.Phone, BirthDate: row.BirthDate}
	return ui.Edit{ID: row.ID, Version: row.Version, Values: details.values(l)}
}

// values are the details as the fields of the form show them.
func (d Details) values(l *locale.Locale) map[string]string {
	birthDate := ""
	if d.BirthDate != nil {
		birthDate = d.BirthDate.Format(time.DateOnly)
	}
	return map[string]string{"first_name": d.FirstName, "last_name": d.LastName, "email": d.Email, "phone": l.Phone(d.Phone), "birth_date": birthDate}
}
