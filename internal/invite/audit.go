package invite

import (
	"frontdesk/internal/audit"
	"frontdesk/internal/delivery"
	"frontdesk/internal/seat"
)

const inviteAccept audit.Action = "invite_accept"

// Audit is how the logs know an invite.
var Audit = audit.Noun{
	Kind: "invite", Icon: "mail-plus",
	Both: []audit.Action{seat.InviteCreate, seat.InviteResend, seat.InviteRevoke, inviteAccept, delivery.InviteDelivery},
	Words: map[string]audit.Word{
		"email":          {Label: "audit.field_email"},
		"name":           {Label: "audit.field_name"},
		"role":           {Label: "audit.field_role", Values: "role."},
		"expires_at":     {Label: "audit.field_expires_at"},
		"invite":         {Label: "audit.field_invite"},
		"revoked_reason": {Label: "audit.field_revoked_reason", Values: "audit.revoked_"},
		"sent":           {Label: "audit.field_sent"},
		"reason":         {Label: "audit.field_reason", Values: "invite.mail_"},
	},
}
