package support

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/guard"
)

const (
	supportGrant audit.Action = "support_grant"
	supportEnter audit.Action = "support_enter"
	supportLeave audit.Action = "support_leave"
)

// Audit is how the logs know what support may do and does.
var Audit = audit.Noun{
	Kind: "support", Icon: "shield",
	Clinic: []audit.Action{supportGrant, guard.SupportRevoke, guard.SupportView},
	Both:   []audit.Action{supportEnter, supportLeave},
	Words: map[string]audit.Word{
		"expires_at": {Label: "audit.field_expires_at"},
		"path":       {Label: "audit.field_path"},
	},
}
