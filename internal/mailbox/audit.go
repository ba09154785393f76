package mailbox

import "frontdesk/internal/audit"

const (
	mailboxCreate     audit.Action = "mailbox_create"
	mailboxUpdate     audit.Action = "mailbox_update"
	mailboxActivate   audit.Action = "mailbox_activate"
	mailboxDeactivate audit.Action = "mailbox_deactivate"
	mailboxSync       audit.Action = "mailbox_sync"
)

// Audit is how the logs know a mailbox.
var Audit = audit.Noun{
	Kind: "mailbox", Icon: "mail", Page: "/settings/email/:id",
	Clinic: []audit.Action{mailboxCreate, mailboxUpdate, mailboxActivate, mailboxDeactivate, mailboxSync},
	Words: map[string]audit.Word{
		"name":              {Label: "mailbox.name"},
		"address":           {Label: "mailbox.address"},
		"imap_host":         {Label: "mailbox.imap_host"},
		"imap_port":         {Label: "mailbox.imap_port"},
		"imap_security":     {Label: "mailbox.imap_security"},
		"smtp_host":         {Label: "mailbox.smtp_host"},
		"smtp_port":         {Label: "mailbox.smtp_port"},
		"smtp_security":     {Label: "mailbox.smtp_security"},
		"username":          {Label: "mailbox.username"},
		"password_replaced": {Label: "audit.field_password_replaced"},
		"active":            {Label: "audit.field_active"},
	},
}
