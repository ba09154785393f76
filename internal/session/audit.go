package session

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/guard"
)

// Audit is how the logs know a session.
var Audit = audit.Noun{
	Kind: "session", Icon: "door-open",
	Platform: []audit.Action{guard.SessionCreate, guard.SessionFail, guard.SessionLock, guard.SessionEnd, guard.SessionSwitch},
	Words: map[string]audit.Word{
		"failures":     {Label: "audit.field_failures"},
		"locked_until": {Label: "audit.field_locked_until"},
	},
}
