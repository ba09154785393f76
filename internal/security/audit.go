package security

import "frontdesk/internal/audit"

const securityUpdate audit.Action = "security_update"

// Audit is how the logs know a clinic's security settings.
var Audit = audit.Noun{
	Kind: "security", Icon: "shield-check",
	Clinic: []audit.Action{securityUpdate},
	Words: map[string]audit.Word{
		"require_second_factor": {Label: "audit.field_require_second_factor"},
	},
}
