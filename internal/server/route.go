package server

import (
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/appointment"
	"frontdesk/internal/audit"
	"frontdesk/internal/client"
	"frontdesk/internal/console"
	"frontdesk/internal/conversation"
	"frontdesk/internal/dashboard"
	"frontdesk/internal/factor"
	"frontdesk/internal/guard"
	"frontdesk/internal/invite"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/membership"
	"frontdesk/internal/passwordreset"
	"frontdesk/internal/provider"
	"frontdesk/internal/resource"
	"frontdesk/internal/revision"
	"frontdesk/internal/security"
	"frontdesk/internal/service"
	"frontdesk/internal/session"
	"frontdesk/internal/support"
	"frontdesk/internal/tenant"
	"frontdesk/internal/user"
)

const (
	get  = fiber.MethodGet
	post = fiber.MethodPost
)

// handlers are the nouns' handlers.
type handlers struct {
	appointment   *appointment.Handler
	audit         *audit.Handler
	client        *client.Handler
	console       *console.Handler
	conversation  *conversation.Handler
	dashboard     *dashboard.Handler
	events        *events
	factor        *factor.Handler
	invite        *invite.Handler
	mailbox       *mailbox.Handler
	membership    *membership.Handler
	passwordReset *passwordreset.Handler
	provider      *provider.Handler
	security      *security.Handler
	service       *service.Handler
	resource      *resource.Handler
	session       *session.Handler
	support       *support.Handler
	tenant        *tenant.Handler
	user          *user.Handler
}

// What the pages that are kept depend on. Services and those who give them are settings.
// Of a list the first page is kept, as it is filtered and sorted: a search and the pages
// behind are asked for once.
var (
	startPage    = guard.Kept{Areas: []revision.Area{revision.Calendar, revision.Clients, revision.Inbox, revision.Settings}}
	calendarPage = guard.Kept{
		Areas: []revision.Area{revision.Calendar, revision.Clients, revision.Settings}, Parameters: []string{"view", "date"},
	}
	clientList   = guard.Kept{Areas: []revision.Area{revision.Clients}, Parameters: []string{"sort", "direction"}}
	settingsList = guard.Kept{Areas: []revision.Area{revision.Settings}, Parameters: []string{"status", "sort", "direction"}}
	inboxList    = guard.Kept{Areas: []revision.Area{revision.Inbox, revision.Clients}, Parameters: []string{"filter", "mailbox", "sort", "direction"}}
)

// routes is the whole table: method, path, who may, handler, and what
// a page that is kept depends on.
func routes(h handlers) []guard.Route {
	return []guard.Route{
		{Method: get, Path: "/", Access: guard.SignedIn, Handler: h.dashboard.Show, Kept: &startPage},

		{Method: get, Path: "/appointments", Access: guard.Member, Handler: h.appointment.Index},
		{Method: get, Path: "/appointments/new", Access: guard.Writer, Handler: h.appointment.New},
		{Method: get, Path: "/appointments/clients", Access: guard.Writer, Handler: h.appointment.Clients},
		{Method: post, Path: "/appointments", Access: guard.Writer, Handler: h.appointment.Create},
		{Method: get, Path: "/appointments/:id", Access: guard.Member, Handler: h.appointment.Show},
		{Method: post, Path: "/appointments/:id", Access: guard.Writer, Handler: h.appointment.Update},
		{Method: get, Path: "/appointments/:id/edit", Access: guard.Writer, Handler: h.appointment.Edit},
		{Method: post, Path: "/appointments/:id/cancellation", Access: guard.Writer, Handler: h.appointment.Cancel},
		{Method: get, Path: "/calendar", Access: guard.Member, Handler: h.appointment.Calendar, Kept: &calendarPage},

		{Method: get, Path: "/settings/audit", Access: guard.Owner, Handler: h.audit.Index},
		{Method: get, Path: "/settings/audit/export", Access: guard.Owner, Handler: h.audit.Export},
		{Method: get, Path: "/settings/audit/:id", Access: guard.Owner, Handler: h.audit.Show},
		{Method: get, Path: "/admin/audit", Access: guard.SuperAdmin, Handler: h.audit.PlatformIndex},
		{Method: get, Path: "/admin/audit/export", Access: guard.SuperAdmin, Handler: h.audit.PlatformExport},
		{Method: get, Path: "/admin/audit/:id", Access: guard.SuperAdmin, Handler: h.audit.PlatformShow},

		{Method: get, Path: "/clients", Access: guard.Member, Handler: h.client.Index, Kept: &clientList},
		{Method: get, Path: "/clients/new", Access: guard.Writer, Handler: h.client.New},
		{Method: post, Path: "/clients", Access: guard.Writer, Handler: h.client.Create},
		{Method: get, Path: "/clients/:id", Access: guard.Member, Handler: h.client.Show},
		{Method: post, Path: "/clients/:id", Access: guard.Writer, Handler: h.client.Update},
		{Method: get, Path: "/clients/:id/edit", Access: guard.Writer, Handler: h.client.Edit},

		{Method: get, Path: "/admin", Access: guard.SuperAdmin, Handler: h.console.Overview},
		{Method: get, Path: "/admin/docs", Access: guard.SuperAdmin, Handler: h.console.Docs},
		{Method: get, Path: "/admin/jobs", Access: guard.SuperAdmin, Handler: h.console.Jobs},
		{Method: post, Path: "/admin/jobs/:id/retry", Access: guard.SuperAdmin, Handler: h.console.RetryJob},
		{Method: post, Path: "/admin/jobs/:id/cancellation", Access: guard.SuperAdmin, Handler: h.console.CancelJob},
		{Method: get, Path: "/admin/rls", Access: guard.SuperAdmin, Handler: h.console.RLS},

		{Method: get, Path: "/events", Access: guard.SignedIn, Handler: h.events.Show, Background: true, Enrolment: true},

		{Method: get, Path: "/inbox", Access: guard.Member, Handler: h.conversation.Index, Kept: &inboxList},
		{Method: get, Path: "/inbox/unread", Access: guard.Member, Handler: h.conversation.Unread, Background: true, Shows: []revision.Area{revision.Inbox}},
		{Method: get, Path: "/inbox/:id", Access: guard.Member, Handler: h.conversation.Show},
		{Method: post, Path: "/inbox/:id/messages", Access: guard.Writer, Handler: h.conversation.CreateMessage},
		{Method: post, Path: "/inbox/:id/reading", Access: guard.Writer, Handler: h.conversation.Reading},
		{Method: get, Path: "/inbox/:id/messages/:message/body", Access: guard.Member, Handler: h.conversation.Body},
		{Method: get, Path: "/inbox/:id/messages/:message/delivery", Access: guard.Member, Handler: h.conversation.Delivery},
		{Method: post, Path: "/inbox/:id/messages/:message/delivery", Access: guard.Writer, Handler: h.conversation.SendAgain},
		{Method: get, Path: "/inbox/:id/messages/:message/source", Access: guard.Member, Handler: h.conversation.Source},
		{Method: get, Path: "/inbox/:id/attachments/:attachment", Access: guard.Member, Handler: h.conversation.Attachment},

		{Method: get, Path: "/second-factor", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Show},
		{Method: post, Path: "/second-factor", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Proven(h.factor.Create)},
		{Method: get, Path: "/second-factor/confirmation", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Proven(h.factor.Enrol)},
		{Method: post, Path: "/second-factor/confirmation", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Proven(h.factor.Confirm)},
		{Method: get, Path: "/second-factor/proof", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.AskProof},
		{Method: post, Path: "/second-factor/proof", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Prove},
		{Method: get, Path: "/second-factor/deletion", Access: guard.SignedIn, Handler: h.factor.AskDestroy},
		{Method: post, Path: "/second-factor/deletion", Access: guard.SignedIn, Handler: h.factor.Destroy},
		{Method: get, Path: "/second-factor/recovery-codes", Access: guard.SignedIn, Handler: h.factor.Codes},
		{Method: get, Path: "/second-factor/recovery-codes/new", Access: guard.SignedIn, Handler: h.factor.AskCodes},
		{Method: post, Path: "/second-factor/recovery-codes", Access: guard.SignedIn, Handler: h.factor.RenewCodes},
		{Method: post, Path: "/second-factor/passkeys/options", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Proven(h.factor.BeginPasskey)},
		{Method: post, Path: "/second-factor/passkeys", Access: guard.SignedIn, Enrolment: true, Handler: h.factor.Proven(h.factor.CreatePasskey)},
		{Method: get, Path: "/second-factor/passkeys/:id/deletion", Access: guard.SignedIn, Handler: h.factor.AskDestroyPasskey},
		{Method: post, Path: "/second-factor/passkeys/:id/deletion", Access: guard.SignedIn, Handler: h.factor.DestroyPasskey},
		{Method: get, Path: "/login/second-factor", Access: guard.Public, Handler: h.factor.NewVerification},
		{Method: post, Path: "/login/second-factor", Access: guard.Public, Handler: h.factor.CreateVerification, OutOfDate: h.factor.OutOfDate},
		{Method: post, Path: "/login/passkey/options", Access: guard.Public, Handler: h.factor.BeginPasskeySignIn},
		{Method: post, Path: "/login/passkey", Access: guard.Public, Handler: h.factor.CreatePasskeySignIn},
		{Method: get, Path: "/admin/users/:id/second-factor-reset/new", Access: guard.SuperAdmin, Handler: h.factor.NewReset},
		{Method: post, Path: "/admin/users/:id/second-factor-reset", Access: guard.SuperAdmin, Handler: h.factor.Reset},

		{Method: get, Path: "/settings/security", Access: guard.Owner, Handler: h.security.Show},
		{Method: post, Path: "/settings/security", Access: guard.Owner, Handler: h.security.Update},

		{Method: get, Path: "/invite/:token", Access: guard.Public, Handler: h.invite.Show},
		{Method: post, Path: "/invite/:token", Access: guard.Public, Handler: h.invite.Accept, OutOfDate: h.invite.OutOfDate},
		{Method: post, Path: "/team/invites/:id/renewal", Access: guard.Owner, Handler: h.invite.Renew},
		{Method: post, Path: "/team/invites/:id/revocation", Access: guard.Owner, Handler: h.invite.Revoke},
		{Method: get, Path: "/admin/tenants/:id/invites/new", Access: guard.SuperAdmin, Handler: h.invite.New},
		{Method: post, Path: "/admin/tenants/:id/invites", Access: guard.SuperAdmin, Handler: h.invite.Add},
		{Method: post, Path: "/admin/tenants/:id/invites/:invite/renewal", Access: guard.SuperAdmin, Handler: h.invite.RenewOfTenant},
		{Method: post, Path: "/admin/tenants/:id/invites/:invite/revocation", Access: guard.SuperAdmin, Handler: h.invite.RevokeOfTenant},

		{Method: post, Path: "/api/cron/email-sync", Access: guard.MachineToken, Handler: h.mailbox.Schedule},
		{Method: get, Path: "/settings/email", Access: guard.Owner, Handler: h.mailbox.Index},
		{Method: get, Path: "/settings/email/new", Access: guard.Owner, Handler: h.mailbox.New},
		{Method: post, Path: "/settings/email", Access: guard.Owner, Handler: h.mailbox.Create},
		{Method: get, Path: "/settings/email/:id", Access: guard.Owner, Handler: h.mailbox.Show},
		{Method: post, Path: "/settings/email/:id", Access: guard.Owner, Handler: h.mailbox.Update},
		{Method: get, Path: "/settings/email/:id/state", Access: guard.Owner, Handler: h.mailbox.State},
		{Method: post, Path: "/settings/email/:id/sync", Access: guard.Owner, Handler: h.mailbox.Sync},
		{Method: post, Path: "/settings/email/:id/activation", Access: guard.Owner, Handler: h.mailbox.Activate},
		{Method: post, Path: "/settings/email/:id/deactivation", Access: guard.Owner, Handler: h.mailbox.Deactivate},

		{Method: get, Path: "/settings/support", Access: guard.Owner, Handler: h.support.Index},
		{Method: post, Path: "/settings/support", Access: guard.Owner, Handler: h.support.Create},
		{Method: post, Path: "/settings/support/:id/revocation", Access: guard.Owner, Handler: h.support.Revoke},
		{Method: post, Path: "/admin/tenants/:id/support-session", Access: guard.SuperAdmin, Handler: h.support.Enter},
		{Method: post, Path: "/support-session/ending", Access: guard.Support, Handler: h.support.Leave},

		{Method: get, Path: "/team", Access: guard.Owner, Handler: h.membership.Index},
		{Method: post, Path: "/team", Access: guard.Owner, Handler: h.membership.Create},
		{Method: post, Path: "/team/:id/role", Access: guard.Owner, Handler: h.membership.UpdateRole},
		{Method: post, Path: "/team/:id/removal", Access: guard.Owner, Handler: h.membership.Remove},

		{Method: get, Path: "/providers", Access: guard.Member, Handler: h.provider.Index, Kept: &settingsList},
		{Method: get, Path: "/providers/new", Access: guard.Writer, Handler: h.provider.New},
		{Method: post, Path: "/providers", Access: guard.Writer, Handler: h.provider.Create},
		{Method: get, Path: "/providers/:id", Access: guard.Member, Handler: h.provider.Show},
		{Method: post, Path: "/providers/:id", Access: guard.Writer, Handler: h.provider.Update},
		{Method: get, Path: "/providers/:id/edit", Access: guard.Writer, Handler: h.provider.Edit},
		{Method: post, Path: "/providers/:id/activation", Access: guard.Writer, Handler: h.provider.Activate},
		{Method: post, Path: "/providers/:id/deactivation", Access: guard.Writer, Handler: h.provider.Deactivate},

		{Method: get, Path: "/services", Access: guard.Member, Handler: h.service.Index, Kept: &settingsList},
		{Method: get, Path: "/services/new", Access: guard.Writer, Handler: h.service.New},
		{Method: post, Path: "/services", Access: guard.Writer, Handler: h.service.Create},
		{Method: get, Path: "/services/:id", Access: guard.Member, Handler: h.service.Show},
		{Method: post, Path: "/services/:id", Access: guard.Writer, Handler: h.service.Update},
		{Method: get, Path: "/services/:id/edit", Access: guard.Writer, Handler: h.service.Edit},
		{Method: post, Path: "/services/:id/activation", Access: guard.Writer, Handler: h.service.Activate},
		{Method: post, Path: "/services/:id/deactivation", Access: guard.Writer, Handler: h.service.Deactivate},

		{Method: get, Path: "/resources", Access: guard.Member, Handler: h.resource.Index, Kept: &settingsList},
		{Method: get, Path: "/resources/new", Access: guard.Writer, Handler: h.resource.New},
		{Method: post, Path: "/resources", Access: guard.Writer, Handler: h.resource.Create},
		{Method: get, Path: "/resources/:id", Access: guard.Member, Handler: h.resource.Show},
		{Method: post, Path: "/resources/:id", Access: guard.Writer, Handler: h.resource.Update},
		{Method: get, Path: "/resources/:id/edit", Access: guard.Writer, Handler: h.resource.Edit},
		{Method: post, Path: "/resources/:id/activation", Access: guard.Writer, Handler: h.resource.Activate},
		{Method: post, Path: "/resources/:id/deactivation", Access: guard.Writer, Handler: h.resource.Deactivate},

		{Method: get, Path: "/login", Access: guard.Public, Handler: h.session.New},
		{Method: post, Path: "/login", Access: guard.Public, Handler: h.session.Create, OutOfDate: h.session.OutOfDate},
		{Method: post, Path: "/logout", Access: guard.SignedIn, Enrolment: true, Handler: h.session.Destroy},
		{Method: get, Path: "/sessions", Access: guard.SignedIn, Handler: h.session.Index},
		{Method: post, Path: "/sessions/ending", Access: guard.SignedIn, Handler: h.session.EndOthers},
		{Method: post, Path: "/sessions/:id/ending", Access: guard.SignedIn, Handler: h.session.End},
		{Method: get, Path: "/tenants", Access: guard.SignedIn, Handler: h.session.Tenants},
		{Method: get, Path: "/tenants/switcher", Access: guard.SignedIn, Handler: h.session.Switcher},
		{Method: post, Path: "/tenants/:id/session", Access: guard.SignedIn, Handler: h.session.Switch},

		{Method: get, Path: "/admin/tenants", Access: guard.SuperAdmin, Handler: h.tenant.Index},
		{Method: get, Path: "/admin/tenants/new", Access: guard.SuperAdmin, Handler: h.tenant.New},
		{Method: post, Path: "/admin/tenants", Access: guard.SuperAdmin, Handler: h.tenant.Create},
		{Method: get, Path: "/admin/tenants/export", Access: guard.SuperAdmin, Handler: h.tenant.Export},
		{Method: post, Path: "/admin/tenants/transitions", Access: guard.SuperAdmin, Handler: h.tenant.CreateTransitions},
		{Method: get, Path: "/admin/tenants/:id", Access: guard.SuperAdmin, Handler: h.tenant.Show},
		{Method: post, Path: "/admin/tenants/:id", Access: guard.SuperAdmin, Handler: h.tenant.Update},
		{Method: get, Path: "/admin/tenants/:id/edit", Access: guard.SuperAdmin, Handler: h.tenant.Edit},
		{Method: get, Path: "/admin/tenants/:id/suspension/new", Access: guard.SuperAdmin, Handler: h.tenant.NewTransition(lifecycle.Suspend)},
		{Method: post, Path: "/admin/tenants/:id/suspension", Access: guard.SuperAdmin, Handler: h.tenant.CreateTransition(lifecycle.Suspend)},
		{Method: get, Path: "/admin/tenants/:id/activation/new", Access: guard.SuperAdmin, Handler: h.tenant.NewTransition(lifecycle.Activate)},
		{Method: post, Path: "/admin/tenants/:id/activation", Access: guard.SuperAdmin, Handler: h.tenant.CreateTransition(lifecycle.Activate)},
		{Method: get, Path: "/admin/tenants/:id/deletion/new", Access: guard.SuperAdmin, Handler: h.tenant.NewTransition(lifecycle.Delete)},
		{Method: post, Path: "/admin/tenants/:id/deletion", Access: guard.SuperAdmin, Handler: h.tenant.CreateTransition(lifecycle.Delete)},
		{Method: get, Path: "/admin/tenants/:id/restoration/new", Access: guard.SuperAdmin, Handler: h.tenant.NewTransition(lifecycle.Restore)},
		{Method: post, Path: "/admin/tenants/:id/restoration", Access: guard.SuperAdmin, Handler: h.tenant.CreateTransition(lifecycle.Restore)},

		{Method: get, Path: "/admin/users", Access: guard.SuperAdmin, Handler: h.user.Index},
		{Method: get, Path: "/admin/users/export", Access: guard.SuperAdmin, Handler: h.user.Export},
		{Method: post, Path: "/admin/users/transitions", Access: guard.SuperAdmin, Handler: h.user.CreateTransitions},
		{Method: get, Path: "/admin/users/:id", Access: guard.SuperAdmin, Handler: h.user.Show},
		{Method: post, Path: "/admin/users/:id", Access: guard.SuperAdmin, Handler: h.user.UpdateUser},
		{Method: get, Path: "/admin/users/:id/edit", Access: guard.SuperAdmin, Handler: h.user.Edit},
		{Method: get, Path: "/admin/users/:id/suspension/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Suspend)},
		{Method: post, Path: "/admin/users/:id/suspension", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Suspend)},
		{Method: get, Path: "/admin/users/:id/activation/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Activate)},
		{Method: post, Path: "/admin/users/:id/activation", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Activate)},
		{Method: get, Path: "/admin/users/:id/deletion/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Delete)},
		{Method: post, Path: "/admin/users/:id/deletion", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Delete)},
		{Method: get, Path: "/admin/users/:id/restoration/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Restore)},
		{Method: post, Path: "/admin/users/:id/restoration", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Restore)},
		{Method: get, Path: "/admin/users/:id/promotion/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Promote)},
		{Method: post, Path: "/admin/users/:id/promotion", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Promote)},
		{Method: get, Path: "/admin/users/:id/demotion/new", Access: guard.SuperAdmin, Handler: h.user.NewTransition(lifecycle.Demote)},
		{Method: post, Path: "/admin/users/:id/demotion", Access: guard.SuperAdmin, Handler: h.user.CreateTransition(lifecycle.Demote)},

		{Method: post, Path: "/preferences", Access: guard.Public, Handler: h.user.Update},
		{Method: get, Path: "/password-reset", Access: guard.Public, Handler: h.passwordReset.New},
		{Method: post, Path: "/password-reset", Access: guard.Public, Handler: h.passwordReset.Create, OutOfDate: h.passwordReset.OutOfDate},
		{Method: get, Path: "/password-reset/:token", Access: guard.Public, Handler: h.passwordReset.Edit},
		{Method: post, Path: "/password-reset/:token", Access: guard.Public, Handler: h.passwordReset.Update, OutOfDate: h.passwordReset.ChoiceOutOfDate},
		{Method: get, Path: "/password", Access: guard.SignedIn, Handler: h.user.EditPassword},
		{Method: post, Path: "/password", Access: guard.SignedIn, Handler: h.user.UpdatePassword},
	}
}
