package session

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/guard"
)

// Audit is how the logs know a session.
var Audit = audit.Noun{
	Kind: "session", Icon: "door-open",
	Platform: []audit.Action{guard.SessionCreate, guard.SessionFail, guard.SessionLock, guard.SessionEnd, guard.SessionSwitch, guard.SessionAdopt},
	Words: map[string]audit.Word{
		"failures":     {Label: "audit.field_failures"},
		"locked_until": {Label: "audit.field_locked_until"},
		// What was adopted, of each kind.
		"sessions":        {Label: "audit.field_sessions"},
		"invites":         {Label: "audit.field_invites"},
		"password_resets": {Label: "audit.field_password_resets"},
		"support_grants":  {Label: "audit.field_support_grants"},
	},
}
