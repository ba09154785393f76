package seat

import "frontdesk/internal/audit"

// What several rooms record of invites, memberships and people: who takes a seat, and who
// gives it up.
const (
	InviteCreate      audit.Action = "invite_create"
	InviteResend      audit.Action = "invite_resend"
	InviteRevoke      audit.Action = "invite_revoke"
	MembershipCreate  audit.Action = "membership_create"
	MembershipDisable audit.Action = "membership_disable"
	MembershipRestore audit.Action = "membership_restore"
	UserCreate        audit.Action = "user_create"
	UserSuspend       audit.Action = "user_suspend"
	UserActivate      audit.Action = "user_activate"
)
