// Package provider is those who see clients: when they work, which services they
// give, and the colour that the calendar knows them by.
package provider

import (
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/web"
)

const (
	maxName = 200
)

// Details are what a clinic says of a provider.
type Details struct {
	Name string
	// Color is one of the palette's names; empty leaves the choice to us.
	Color string
	// Hours are the week; nil means that nothing was said of them.
	Hours []Span
	// AllServices is true for who gives every service, later ones included.
	AllServices bool
	// ServiceIDs are those given otherwise.
	ServiceIDs []uuid.UUID
}

// Read takes the details from a form. What is wrong shows in the form.
func Read(form *web.Form) Details {
	details := Details{Name: form.RequiredText("name", maxName), Color: readColor(form), Hours: readHours(form)}
	details.AllServices, details.ServiceIDs = readServices(form)
	return details
}

func readColor(form *web.Form) string {
	color, ok := ParseColor(form.Value("color"))
	if !ok {
		form.Reject("color", "field.choose")
	}
	return color
}

// readServices takes chosen services as the wish not to give all, unless the form
// says otherwise.
func readServices(form *web.Form) (all bool, chosen []uuid.UUID) {
	sent := form.Values("service_ids")
	usual := []string{"true", "false"}
	if len(sent) > 0 {
		usual = []string{"false", "true"}
	}
	if form.OneOf("all_services", usual...) == "true" {
		return true, nil
	}
	seen := map[uuid.UUID]bool{}
	for _, text := range sent {
		id, err := uuid.Parse(strings.TrimSpace(text))
		if err != nil {
			form.Reject("service_ids", "provider.services_unknown")
			continue
		}
		if !seen[id] {
			chosen = append(chosen, id)
		}
		seen[id] = true
	}
	if len(chosen) == 0 {
		form.Reject("service_ids", "provider.services_choose")
	}
	return false, chosen
}
