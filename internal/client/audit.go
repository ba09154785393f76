package client

import "frontdesk/internal/audit"

const (
	clientRead   audit.Action = "client_read"
	clientCreate audit.Action = "client_create"
	clientUpdate audit.Action = "client_update"
)

// Audit is how the logs know a client.
var Audit = audit.Noun{
	Kind: "client", Icon: "user", Page: "/clients/:id",
	Clinic: []audit.Action{clientRead, clientCreate, clientUpdate},
	Words: map[string]audit.Word{
		"first_name": {Label: "client.first_name"},
		"last_name":  {Label: "audit.field_last_name"},
		"email":      {Label: "client.email"},
		"phone":      {Label: "client.phone"},
		"birth_date": {Label: "audit.field_birth_date", As: audit.Day},
	},
}
