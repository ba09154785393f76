package resource

import "frontdesk/internal/audit"

const (
	resourceCreate     audit.Action = "resource_create"
	resourceUpdate     audit.Action = "resource_update"
	resourceActivate   audit.Action = "resource_activate"
	resourceDeactivate audit.Action = "resource_deactivate"
)

// Audit is how the logs know a resource.
var Audit = audit.Noun{
	Kind: "resource", Icon: "armchair", Page: "/resources/:id",
	Clinic: []audit.Action{resourceCreate, resourceUpdate, resourceActivate, resourceDeactivate},
	Words: map[string]audit.Word{
		"name":   {Label: "resource.name"},
		"kind":   {Label: "resource.kind"},
		"active": {Label: "audit.field_active"},
	},
}
