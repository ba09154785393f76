package provider

import "frontdesk/internal/audit"

const (
	providerCreate     audit.Action = "provider_create"
	providerUpdate     audit.Action = "provider_update"
	providerActivate   audit.Action = "provider_activate"
	providerDeactivate audit.Action = "provider_deactivate"
)

// Audit is how the logs know a provider.
var Audit = audit.Noun{
	Kind: "provider", Icon: "stethoscope", Page: "/providers/:id",
	Clinic: []audit.Action{providerCreate, providerUpdate, providerActivate, providerDeactivate},
	Words: map[string]audit.Word{
		"name":         {Label: "provider.name"},
		"color":        {Label: "audit.field_color", Values: "color."},
		"all_services": {Label: "audit.field_all_services"},
		"active":       {Label: "audit.field_active"},
		"hours":        {Label: "provider.hours", As: audit.Hours},
		"services":     {Label: "provider.services"},
	},
}
