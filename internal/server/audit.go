package server

import (
	"net/http"

	"frontdesk/internal/audit"
	"frontdesk/internal/booking"
	"frontdesk/internal/client"
	"frontdesk/internal/console"
	"frontdesk/internal/conversation"
	"frontdesk/internal/factor"
	"frontdesk/internal/guard"
	"frontdesk/internal/invite"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/membership"
	"frontdesk/internal/passwordreset"
	"frontdesk/internal/provider"
	"frontdesk/internal/resource"
	"frontdesk/internal/security"
	"frontdesk/internal/service"
	"frontdesk/internal/session"
	"frontdesk/internal/support"
	"frontdesk/internal/tenant"
	"frontdesk/internal/user"
)

// logged is all that the two logs may speak of, in the order in which their filters
// offer it. A new noun stands here, or its rows have no words.
func logged() (*audit.Registry, error) {
	return audit.NewRegistry(
		client.Audit, booking.Audit, provider.Audit, service.Audit, resource.Audit,
		conversation.Audit, conversation.MessageAudit, conversation.AttachmentAudit, mailbox.Audit,
		tenant.Audit, user.Audit, invite.Audit, membership.Audit,
		session.Audit, user.PasswordAudit, passwordreset.Audit, factor.Audit, factor.RecoveryCodeAudit, factor.PasskeyAudit,
		security.Audit, support.Audit, console.Audit,
	)
}

// pages are the routes that show something.
func pages(routes []guard.Route) (paths []string) {
	for _, route := range routes {
		if route.Method == http.MethodGet {
			paths = append(paths, route.Path)
		}
	}
	return paths
}
