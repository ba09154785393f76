package passwordreset

import "frontdesk/internal/audit"

const (
	passwordResetCreate audit.Action = "password_reset_create"
	passwordResetUse    audit.Action = "password_reset_use"
)

// Audit is how the logs know a link for a new password.
var Audit = audit.Noun{
	Kind: "password_reset", Icon: "key-round",
	Platform: []audit.Action{passwordResetCreate, passwordResetUse},
}
