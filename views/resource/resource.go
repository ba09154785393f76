// Package resource shows the rooms and devices of a clinic: the list, one's page and the
// form.
package resource

import (
	"time"

	"github.com/google/uuid"
)

// Row is a resource in a list; its own page shows CreatedAt too.
type Row struct {
	ID         uuid.UUID
	Name, Kind string
	Active     bool
	CreatedAt  time.Time
}

func address(id uuid.UUID) string { return "/resources/" + id.String() }
