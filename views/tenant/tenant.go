// Package tenant shows the super-admins' console over clinics.
package tenant

import (
	"context"
	"strconv"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Counts are how many clinics and people there are in each state.
type Counts struct {
	TenantsActive, TenantsSuspended, TenantsDeleted int64
	UsersActive, UsersSuspended, UsersDeleted       int64
	InvitesOpen                                     int64
}

// Row is a clinic in a list.
type Row struct {
	ID, Name, Slug, Timezone, Status string
	Members                          int64
	MaxSeats                         int32
	CreatedAt                        time.Time
}

func (r Row) address() string { return "/admin/tenants/" + r.ID }

func (r Row) seats() string {
	return strconv.FormatInt(r.Members, 10) + " / " + strconv.Itoa(int(r.MaxSeats))
}

// List is one page of the clinics.
type List struct {
	Search string
	Rows   []Row
	// First is true on the first page; Start leads to it from others.
	First bool
	Start string
	// Next is the address of the next page, or "".
	Next string
}

// Page is one clinic.
type Page struct {
	Row
	Country, Currency string
	// Team are its people and invites.
	Team Team
	// Support is nil while nobody may look into the clinic.
	Support *Support
}

// Choice is one of a list.
type Choice = ui.Choice

// Form is the form of a new clinic.
type Form struct {
	// Value returns what was typed into a field.
	Value      func(name string) string
	Errors     map[string]string
	Zones      []string
	Countries  []Choice
	Currencies []string
}

func currencyChoices(codes []string) []Choice {
	choices := make([]Choice, len(codes))
	for i, code := range codes {
		choices[i] = Choice{Value: code, Label: code}
	}
	return choices
}

var statusKinds = map[string]string{"active": ui.Success, "suspended": ui.Warning, "deleted": ui.Failure, "revoked": ui.Neutral}

func statusLabel(ctx context.Context, status string) string {
	return locale.From(ctx).T("status." + status)
}

func number(ctx context.Context, n int64) string { return locale.From(ctx).Number(n) }

// others says how many are suspended and deleted.
func others(ctx context.Context, suspended, deleted int64) string {
	l := locale.From(ctx)
	return l.T("tenant.others", "suspended", l.Number(suspended), "deleted", l.Number(deleted))
}
