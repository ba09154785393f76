package booking

import "frontdesk/internal/audit"

const (
	appointmentCreate audit.Action = "appointment_create"
	appointmentUpdate audit.Action = "appointment_update"
	appointmentCancel audit.Action = "appointment_cancel"
)

// Audit is how the logs know an appointment.
var Audit = audit.Noun{
	Kind: "appointment", Icon: "calendar", Page: "/appointments/:id",
	Clinic: []audit.Action{appointmentCreate, appointmentUpdate, appointmentCancel},
	Words: map[string]audit.Word{
		"client":    {Label: "appointment.client"},
		"provider":  {Label: "appointment.provider"},
		"service":   {Label: "appointment.service"},
		"starts_at": {Label: "audit.field_starts_at"},
		"ends_at":   {Label: "audit.field_ends_at"},
		"status":    {Label: "appointment.status", Values: "appointment.status_"},
		"notes":     {Label: "audit.field_notes"},
	},
}
