// Package client shows the clinic's clients: the list, a client's page and the
// form.
package client

import (
	"time"

	"github.com/google/uuid"

	"frontdesk/views/ui"
)

// Row is a client in a list.
type Row struct {
	ID   uuid.UUID
	Name string
	// Phone is E.164, LocalPhone as people of the clinic's country write it.
	Email, Phone, LocalPhone string
	// BirthDate is an instant on the day; zero when unknown.
	BirthDate time.Time
	CreatedAt time.Time
}

// Profile is a client's page.
type Profile struct {
	Row
	// Age is in whole years, when there is a birth date.
	Age int
	// Alike are others with the same address or number.
	Alike          []Row
	Upcoming, Past []Appointment
	Conversations  []Conversation
}

// Appointment is one of a client's.
type Appointment struct {
	ID               uuid.UUID
	StartsAt, EndsAt time.Time
	// Status is one of the schema's words.
	Status            string
	Service, Provider string
	// Color is the provider's.
	Color string
}

// Conversation is mail with a client's address.
type Conversation struct {
	ID            uuid.UUID
	Subject       string
	LastMessageAt time.Time
	Unread        bool
}

func address(id uuid.UUID) string { return "/clients/" + id.String() }

// statusKinds colours the states of an appointment that differ from the usual
// one, booked.
var statusKinds = map[string]string{
	"confirmed": ui.Success,
	"arrived":   ui.Info,
	"completed": ui.Neutral,
	"no_show":   ui.Warning,
	"cancelled": ui.Failure,
}
