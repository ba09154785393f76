package membership

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/seat"
)

const (
	membershipRole   audit.Action = "membership_role"
	membershipRemove audit.Action = "membership_remove"
)

// Audit is how the logs know a membership.
var Audit = audit.Noun{
	Kind: "membership", Icon: "users",
	Clinic: []audit.Action{membershipRole, membershipRemove},
	Both:   []audit.Action{seat.MembershipCreate, seat.MembershipDisable, seat.MembershipRestore},
	Words: map[string]audit.Word{
		"role":   {Label: "membership.role", Values: "role."},
		"status": {Label: "audit.field_status", Values: "status."},
	},
}
