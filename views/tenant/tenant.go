// Package tenant shows the super-admins' console over clinics.
package tenant

import (
	"context"
	"strconv"
	"time"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/views/audit"
	"frontdesk/views/transition"
	"frontdesk/views/ui"
)

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

// actions are the changes that this clinic's state allows.
func (r Row) actions(in string) []transition.Action {
	return transition.Actions(r.address(), lifecycle.State(r.Status), in)
}

// List is one page of the clinics.
type List struct {
	State ui.ListState
	Rows  []Row
	// Bulk is what was ticked, and what came of it; Bar is what can be done.
	Bulk transition.Bulk
	Bar  ui.BulkOptions
}

func statusChoices(ctx context.Context) (choices []Choice) {
	for _, state := range lifecycle.States() {
		choices = append(choices, Choice{Value: string(state), Label: statusLabel(ctx, string(state))})
	}
	return choices
}

// Page is one clinic.
type Page struct {
	Row
	// Problem is a catalog key: why what was asked of an invite was not done.
	Problem           string
	Country, Currency string
	// StatusReason is why it is in its state.
	StatusReason string
	Latest       []audit.Entry
	// Team are its people and invites.
	Team Team
	// Support is nil while nobody may look into the clinic.
	Support *Support
}

// Choice is a country, a currency or a state to choose.
type Choice = ui.Choice

// Form is the form of a clinic.
type Form struct {
	ui.Edit
	Zones      []string
	Countries  []Choice
	Currencies []string
	// SlugFixed is true once somebody joined.
	SlugFixed bool
}

// leastSeats: a new clinic has a seat for its owner's invite; later it may lose all.
func (f Form) leastSeats() string {
	if f.IsNew() {
		return "1"
	}
	return "0"
}

func currencyChoices(codes []string) []Choice {
	choices := make([]Choice, len(codes))
	for i, code := range codes {
		choices[i] = Choice{Value: code, Label: code}
	}
	return choices
}

var statusKinds = map[string]string{"active": ui.Success, "suspended": ui.Warning, "deleted": ui.Failure, "disabled": ui.Warning, "revoked": ui.Neutral}

func statusLabel(ctx context.Context, status string) string {
	return locale.From(ctx).T("status." + status)
}
