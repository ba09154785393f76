// Package revision says what has changed. The database keeps a number for each area of
// each clinic, and raises it with whatever changes rows there, once a transaction
// (migration 00029). A page that keeps its numbers is up to date for as long as they
// are equal; they are compared, never counted.
package revision

import (
	"context"

	"frontdesk/internal/db"
)

// Area is what a number stands for.
type Area string

// A clinic's areas, and then the console's.
const (
	Calendar Area = "calendar"
	Clients  Area = "clients"
	Inbox    Area = "inbox"
	// Settings is who works there and how they are called, services, hours, security.
	Settings Area = "settings"

	Clinics Area = "clinics"
	People  Area = "people"
	// Jobs is what has become of them; one that is put into the queue moves nothing.
	Jobs Area = "jobs"
)

// Areas are all of them, in the order in which they are told.
var Areas = []Area{Calendar, Clients, Inbox, Settings, Clinics, People, Jobs}

// Revisions are the numbers of one clinic, or of the console.
type Revisions struct{ Calendar, Clients, Inbox, Settings, Clinics, People, Jobs int64 }

// Of returns the number of an area.
func (r Revisions) Of(area Area) int64 {
	switch area {
	case Calendar:
		return r.Calendar
	case Clients:
		return r.Clients
	case Inbox:
		return r.Inbox
	case Settings:
		return r.Settings
	case Clinics:
		return r.Clinics
	case People:
		return r.People
	case Jobs:
		return r.Jobs
	}
	return 0
}

// Moved returns the areas whose number is another one now.
func (r Revisions) Moved(now Revisions) (moved []Area) {
	for _, area := range Areas {
		if r.Of(area) != now.Of(area) {
			moved = append(moved, area)
		}
	}
	return moved
}

// OfRow are the numbers that the database answered.
func OfRow(row db.Revision) Revisions {
	return Revisions{row.Calendar, row.Clients, row.Inbox, row.Settings, row.Clinics, row.People, row.Jobs}
}

type key struct{}

// With returns ctx carrying the revisions of the asker's clinic, or of the console, as
// the guard read them: before whatever a handler reads, so that what is shown is never
// older than its number.
func With(ctx context.Context, now Revisions) context.Context {
	return context.WithValue(ctx, key{}, now)
}

// From returns them; they are zero for who is not signed in.
func From(ctx context.Context) Revisions {
	now, _ := ctx.Value(key{}).(Revisions)
	return now
}
