// Package client is the people whom a clinic looks after: their list and search,
// their pages, and the forms that keep them.
package client

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/search"
	"frontdesk/internal/web"
)

// Details are what a clinic knows of a client.
type Details struct {
	FirstName, LastName string
	// Email is in lower case, Phone as package phone keeps it; either may be empty.
	Email, Phone string
	// BirthDate is midnight UTC of the day; nil when unknown.
	BirthDate *time.Time
}

const (
	maxName = 100
	// maxPhone leaves room for the spaces and brackets that people type.
	maxPhone = 40
)

// earliestBirthYear is before anybody alive was born.
const earliestBirthYear = 1900

// Read takes the details from a form. What is wrong shows in the form.
func Read(form *web.Form, l *locale.Locale) Details {
	return Details{
		FirstName: form.RequiredText("first_name", maxName),
		LastName:  form.Text("last_name", maxName),
		Email:     form.Email("email"),
		Phone:     readPhone(form, l),
		BirthDate: readBirthDate(form, l.Now()),
	}
}

func readPhone(form *web.Form, l *locale.Locale) string {
	typed := form.Copied("phone", maxPhone)
	if typed == "" || form.Error("phone") != "" {
		return ""
	}
	phone, ok := l.ParsePhone(typed)
	if !ok {
		form.Reject("phone", "client.phone_unreadable")
	}
	return phone
}

// readBirthDate compares days, not instants: the clinic's today is a birth date.
func readBirthDate(form *web.Form, now time.Time) *time.Time {
	date := form.Date("birth_date")
	if date.IsZero() {
		return nil
	}
	today := localtime.DayOf(now, now.Location())
	switch {
	case date.After(today):
		form.Reject("birth_date", "client.birth_date_ahead")
	case date.Year() < earliestBirthYear:
		form.Reject("birth_date", "client.birth_date_early")
	}
	return &date
}

// Age returns the whole years since a birth date on the day of now. Who was born
// on 29 February turns a year older on 1 March where there is no such day.
func Age(birth, now time.Time) int {
	years := now.Year() - birth.Year()
	if now.Month() < birth.Month() || now.Month() == birth.Month() && now.Day() < birth.Day() {
		years--
	}
	return max(years, 0)
}

// create returns the row of a new client.
func (d Details) create(id uuid.UUID) db.ClientCreateParams {
	return db.ClientCreateParams{
		ID: id, FirstName: d.FirstName, LastName: d.LastName, Email: d.Email, Phone: d.Phone, BirthDate: d.BirthDate,
		SearchText: search.ClientText(d.FirstName, d.LastName, d.Email, d.Phone),
	}
}

// update returns the change of a client who still has the version.
func (d Details) update(id uuid.UUID, version int32) db.ClientUpdateParams {
	return db.ClientUpdateParams{
		ID: id, Version: version, FirstName: d.FirstName, LastName: d.LastName, Email: d.Email, Phone: d.Phone, BirthDate: d.BirthDate,
		SearchText: search.ClientText(d.FirstName, d.LastName, d.Email, d.Phone),
	}
}

// logged is how the clinic's log knows a client.
var logged = audit.Reader[db.ClientLockRow]{
	Kind: Audit.Kind, Read: (*db.Queries).ClientLock,
	Name: func(row db.ClientLockRow) string { return plainName(row.FirstName, row.LastName) },
}

// plainName is a client's name where no reader's language decides its order.
func plainName(first, last string) string { return strings.TrimSpace(first + " " + last) }
