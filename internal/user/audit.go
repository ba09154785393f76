package user

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/guard"
	"frontdesk/internal/seat"
)

const (
	userUpdate     audit.Action = "user_update"
	userDelete     audit.Action = "user_delete"
	userRestore    audit.Action = "user_restore"
	userPromote    audit.Action = "user_promote"
	userDemote     audit.Action = "user_demote"
	userExport     audit.Action = "user_export"
	passwordUpdate audit.Action = "password_update"
)

// Audit is how the logs know a person. What becomes of somebody their clinics read as well.
var Audit = audit.Noun{
	Kind: "user", Icon: "user-cog", ConsolePage: "/admin/users/:id",
	Platform: []audit.Action{seat.UserCreate, userPromote, userDemote, userExport},
	Both:     []audit.Action{userUpdate, seat.UserSuspend, seat.UserActivate, userDelete, userRestore},
	Words: map[string]audit.Word{
		"name":               {Label: "user.name"},
		"email":              {Label: "user.email"},
		"super_admin":        {Label: "user.super_admin"},
		"status":             {Label: "user.status", Values: "status."},
		"status_reason":      {Label: "audit.field_status_reason"},
		"deleted_at":         {Label: "audit.field_deleted_at"},
		"deleted_by":         {Label: "audit.field_deleted_by"},
		"disabled_by_tenant": {Label: "audit.field_disabled_by_tenant"},
		"tenant":             {Label: "audit.field_tenant"},
		"address":            {Label: "audit.field_path"},
	},
}

// PasswordAudit is how the logs know somebody's password.
var PasswordAudit = audit.Noun{
	Kind: "password", Icon: "key-round",
	Platform: []audit.Action{passwordUpdate, guard.PasswordRehash},
}
