// Package user shows the super-admins' console over people.
package user

import (
	"context"
	"strings"
	"time"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/views/audit"
	"frontdesk/views/transition"
	"frontdesk/views/ui"
)

// The roles that the list can be filtered by, beside those of a membership.
const (
	SuperAdmin = "super_admin"
	None       = "none"
)

// Roles are all of them, in the order in which they are offered.
var Roles = []string{SuperAdmin, "owner", "staff", None}

// Row is a person in a list.
type Row struct {
	ID, Name, Email, Status  string
	SuperAdmin, SecondFactor bool
	Memberships              []Membership
	CreatedAt                time.Time
	// SortKey is where the row stands in the list.
	SortKey string
}

// Membership is what makes a person staff of a clinic. All three states decide whether it
// lets them in: theirs, its own and the clinic's.
type Membership struct {
	ID, TenantID, TenantName, TenantStatus, Role, Status string
	Since                                                time.Time
}

// List is one page of the people.
type List struct {
	State ui.ListState
	Rows  []Row
	// Bulk is what was ticked, and what came of it; Bar is what can be done.
	Bulk transition.Bulk
	Bar  ui.BulkOptions
}

func (r Row) address() string { return "/admin/users/" + r.ID }

func (r Row) actions(in string) []transition.Action {
	return transition.Actions(r.address(), lifecycle.State(r.Status), in)
}

// Summary says in one line where somebody belongs, for a file.
func (r Row) Summary(l *locale.Locale) string {
	var parts []string
	if r.SuperAdmin {
		parts = append(parts, l.T("user.super_admin"))
	}
	for _, membership := range r.Memberships {
		parts = append(parts, membership.TenantName+": "+l.T("role."+membership.Role)+" ("+l.T("status."+membership.Status)+", "+
			l.T("user.clinic_is", "status", l.T("status."+membership.TenantStatus))+")")
	}
	return strings.Join(parts, "; ")
}

// SecondFactorWord says whether there is a second factor.
func (r Row) SecondFactorWord(l *locale.Locale) string {
	if r.SecondFactor {
		return l.T("user.factor_yes")
	}
	return l.T("user.factor_no")
}

func roleChoices(ctx context.Context) (choices []ui.Choice) {
	for _, role := range Roles {
		choices = append(choices, ui.Choice{Value: role, Label: locale.From(ctx).T("user.role_" + role)})
	}
	return choices
}

func statusChoices(ctx context.Context) (choices []ui.Choice) {
	for _, state := range lifecycle.States() {
		choices = append(choices, ui.Choice{Value: string(state), Label: statusLabel(ctx, string(state))})
	}
	return choices
}

func factorChoices(ctx context.Context) []ui.Choice {
	l := locale.From(ctx)
	return []ui.Choice{{Value: "yes", Label: l.T("user.factor_with")}, {Value: "no", Label: l.T("user.factor_without")}}
}

var statusKinds = map[string]string{
	"active": ui.Success, "suspended": ui.Warning, "deleted": ui.Failure, "disabled": ui.Warning, "revoked": ui.Neutral,
}

func statusLabel(ctx context.Context, status string) string {
	return locale.From(ctx).T("status." + status)
}

// Page is one person.
type Page struct {
	Row
	// StatusReason is why they are in their state; DisabledBy the clinic whose
	// deletion suspended them.
	StatusReason, DisabledBy string
	Sessions                 int
	LastSeenAt               *time.Time
	App                      bool
	Passkeys                 int
	Latest                   []audit.Entry
	// Own is true for whoever looks at themselves.
	Own bool
}

// resettable is true where somebody has a second factor that another may take away.
func (p Page) resettable() bool {
	return p.SecondFactor && p.Status == string(lifecycle.Active) && !p.Own
}

// belongs is true for who has a membership in a clinic, also while that is deleted.
func (p Page) belongs() bool {
	for _, membership := range p.Memberships {
		if membership.Status != "revoked" {
			return true
		}
	}
	return false
}

// factors says which second factors somebody has.
func (p Page) factors(l *locale.Locale) string {
	var kinds []string
	if p.App {
		kinds = append(kinds, l.T("user.factor_app"))
	}
	if p.Passkeys > 0 {
		kinds = append(kinds, l.T("user.factor_passkeys", "count", p.Passkeys))
	}
	if len(kinds) == 0 {
		return l.T("user.factor_no")
	}
	return strings.Join(kinds, ", ")
}
