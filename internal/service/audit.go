package service

import "frontdesk/internal/audit"

const (
	serviceCreate     audit.Action = "service_create"
	serviceUpdate     audit.Action = "service_update"
	serviceActivate   audit.Action = "service_activate"
	serviceDeactivate audit.Action = "service_deactivate"
)

// Audit is how the logs know a service.
var Audit = audit.Noun{
	Kind: "service", Icon: "clipboard-list", Page: "/services/:id",
	Clinic: []audit.Action{serviceCreate, serviceUpdate, serviceActivate, serviceDeactivate},
	Words: map[string]audit.Word{
		"name":          {Label: "service.name"},
		"duration":      {Label: "audit.field_duration"},
		"buffer_before": {Label: "service.buffer_before"},
		"buffer_after":  {Label: "service.buffer_after"},
		"price":         {Label: "service.price", As: audit.Hundredths},
		"active":        {Label: "audit.field_active"},
	},
}
