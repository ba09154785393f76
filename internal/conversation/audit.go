package conversation

import "frontdesk/internal/audit"

const (
	conversationRead   audit.Action = "conversation_read"
	conversationUnread audit.Action = "conversation_unread"
	messageCreate      audit.Action = "message_create"
	messageReceive     audit.Action = "message_receive"
	messageResend      audit.Action = "message_resend"
	messageSource      audit.Action = "message_source"
	attachmentDownload audit.Action = "attachment_download"
)

// Audit is how the logs know a conversation.
var Audit = audit.Noun{
	Kind: "conversation", Icon: "inbox", Page: "/inbox/:id",
	Clinic: []audit.Action{conversationRead, conversationUnread},
	Words: map[string]audit.Word{
		"subject": {Label: "audit.field_subject"},
		"unread":  {Label: "audit.field_unread"},
	},
}

// MessageAudit is how the logs know a message, which has no page of its own.
var MessageAudit = audit.Noun{
	Kind: "message", Icon: "mail-open",
	Clinic: []audit.Action{messageCreate, messageReceive, messageResend, messageSource},
	Words: map[string]audit.Word{
		"direction":       {Label: "audit.field_direction", Values: "audit.direction_"},
		"from_address":    {Label: "audit.field_from_address"},
		"to_addresses":    {Label: "audit.field_to_addresses"},
		"subject":         {Label: "audit.field_subject"},
		"delivery":        {Label: "audit.field_delivery", Values: "conversation.delivery_"},
		"conversation_id": {Label: "audit.field_conversation_id"},
		"mailbox_id":      {Label: "audit.field_mailbox_id"},
	},
}

// AttachmentAudit is how the logs know a file of a message.
var AttachmentAudit = audit.Noun{
	Kind: "attachment", Icon: "paperclip",
	Clinic: []audit.Action{attachmentDownload},
}
