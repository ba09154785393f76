package delivery

import "frontdesk/internal/audit"

// InviteDelivery is what became of the mail to an invite.
const InviteDelivery audit.Action = "invite_delivery"
