package tenant

import "frontdesk/internal/audit"

const (
	tenantCreate   audit.Action = "tenant_create"
	tenantUpdate   audit.Action = "tenant_update"
	tenantSuspend  audit.Action = "tenant_suspend"
	tenantActivate audit.Action = "tenant_activate"
	tenantDelete   audit.Action = "tenant_delete"
	tenantRestore  audit.Action = "tenant_restore"
	tenantExport   audit.Action = "tenant_export"
)

// Audit is how the logs know a clinic.
var Audit = audit.Noun{
	Kind: "tenant", Icon: "building-2", ConsolePage: "/admin/tenants/:id",
	Platform: []audit.Action{tenantCreate, tenantExport},
	Both:     []audit.Action{tenantUpdate, tenantSuspend, tenantActivate, tenantDelete, tenantRestore},
	Words: map[string]audit.Word{
		"name":                 {Label: "tenant.name"},
		"slug":                 {Label: "tenant.slug"},
		"timezone":             {Label: "tenant.timezone"},
		"country":              {Label: "tenant.country"},
		"currency":             {Label: "tenant.currency"},
		"max_seats":            {Label: "tenant.max_seats"},
		"status":               {Label: "tenant.status", Values: "status."},
		"status_reason":        {Label: "audit.field_status_reason"},
		"deleted_at":           {Label: "audit.field_deleted_at"},
		"deleted_by":           {Label: "audit.field_deleted_by"},
		"memberships_disabled": {Label: "audit.field_memberships_disabled"},
		"users_suspended":      {Label: "audit.field_users_suspended"},
		"memberships_restored": {Label: "audit.field_memberships_restored"},
		"users_restored":       {Label: "audit.field_users_restored"},
		"address":              {Label: "audit.field_path"},
	},
}
