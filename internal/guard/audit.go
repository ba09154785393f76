package guard

import "frontdesk/internal/audit"

// What several rooms record of sessions, passwords and support.
const (
	SessionCreate  audit.Action = "session_create"
	SessionSwitch  audit.Action = "session_switch"
	SessionEnd     audit.Action = "session_end"
	SessionFail    audit.Action = "session_fail"
	SessionLock    audit.Action = "session_lock"
	SessionAdopt   audit.Action = "session_adopt"
	PasswordRehash audit.Action = "password_rehash"
	SupportRevoke  audit.Action = "support_revoke"
	SupportView    audit.Action = "support_view"
)
