// Package revision says what has changed. The database keeps a number for each area of
// each clinic, and raises it with whatever changes rows there, once a transaction
// (migration 00029). A page that keeps its numbers is up to date for as long as they
// are equal; they are compared, never counted.
package revision

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/google/uuid"

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

// AreasAt are those of a clinic, or of the console, which is uuid.Nil.
func AreasAt(tenantID uuid.UUID) []Area {
	if tenantID == uuid.Nil {
		return Areas[4:]
	}
	return Areas[:4]
}

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

// Name names what is shown, as "calendar:1 clients:2 as:…": by the numbers of the areas
// that it is made of, and by everything else that decides how it looks. What has the same
// name looks the same until time changes it, so whoever keeps or repeats a page must name
// all of it: who asks and as what, the address, language, zone and currency. The numbers
// must have been read before the rows.
func (r Revisions) Name(areas []Area, decides ...string) string {
	parts := make([]byte, 0, 512)
	for _, part := range decides {
		parts = append(strconv.AppendInt(parts, int64(len(part)), 10), ' ')
		parts = append(append(parts, part...), '\n')
	}
	hash := sha256.Sum256(parts)
	return r.words(areas) + " as:" + base64.RawURLEncoding.EncodeToString(hash[:16])
}

// words are the numbers of areas, as "calendar:1 clients:2".
func (r Revisions) words(areas []Area) string {
	words := make([]string, len(areas))
	for i, area := range areas {
		words[i] = string(area) + ":" + strconv.FormatInt(r.Of(area), 10)
	}
	return strings.Join(words, " ")
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
