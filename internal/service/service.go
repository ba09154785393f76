// Package service is what a clinic does for its clients: how long each thing
// takes and what it costs.
package service

import (
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/web"
)

const (
	maxName = 200
	// Minutes; the schema's bounds.
	leastDuration, mostDuration = 5, 24 * 60
	mostBuffer                  = 4 * 60
)

// logged is how the clinic's log knows a service.
var logged = audit.Reader[db.ServiceLockRow]{
	Kind: Audit.Kind, Lock: booking.LockService, Read: (*db.Queries).ServiceLock,
	Name: func(row db.ServiceLockRow) string { return row.Name },
}

// Details are what a clinic says of a service.
type Details struct {
	Name string
	// In minutes: with the client, and the provider's before and after.
	Duration, BufferBefore, BufferAfter int
	// Price is in hundredths of the clinic's currency.
	Price int64
}

// Read takes the details from a form. What is wrong shows in the form.
func Read(form *web.Form) Details {
	return Details{
		Name:         form.RequiredText("name", maxName),
		Duration:     readDuration(form),
		BufferBefore: form.Int("buffer_before", 0, mostBuffer, 0),
		BufferAfter:  form.Int("buffer_after", 0, mostBuffer, 0),
		Price:        readPrice(form),
	}
}

func readDuration(form *web.Form) int {
	if strings.TrimSpace(form.Value("duration")) == "" {
		form.Reject("duration", "field.required")
	}
	return form.Int("duration", leastDuration, mostDuration, leastDuration)
}

func readPrice(form *web.Form) int64 {
	typed := strings.TrimSpace(form.Value("price"))
	if typed == "" {
		return 0
	}
	price, problem := ParsePrice(typed)
	if problem != "" {
		form.Reject("price", problem)
	}
	return price
}

func (d Details) create(id uuid.UUID) db.ServiceCreateParams {
	return db.ServiceCreateParams{
		ID: id, Name: d.Name, Duration: int32(d.Duration), BufferBefore: int32(d.BufferBefore), BufferAfter: int32(d.BufferAfter), Price: d.Price,
	}
}

func (d Details) update(id uuid.UUID, version int32) db.ServiceUpdateParams {
	return db.ServiceUpdateParams{
		ID: id, Version: version, Name: d.Name, Duration: int32(d.Duration),
		BufferBefore: int32(d.BufferBefore), BufferAfter: int32(d.BufferAfter), Price: d.Price,
	}
}
