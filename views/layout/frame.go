// Package layout holds what stands around a page: the document, the navigation,
// the targets of toasts and dialogs. The guard fills a Frame for each request;
// pages are children of Page, Bare or Fragment.
package layout

import (
	"context"
	"time"

	"frontdesk/internal/actor"
	"frontdesk/views/ui"
)

// Theme is a person's choice of light or dark.
type Theme string

// The themes; System follows the device.
const (
	System Theme = "system"
	Light  Theme = "light"
	Dark   Theme = "dark"
)

// Section is the part of the program that a page belongs to.
type Section string

// The sections in the navigation.
const (
	Dashboard Section = "dashboard"
	Calendar  Section = "calendar"
	Clients   Section = "clients"
	Inbox     Section = "inbox"
	Providers Section = "providers"
	Services  Section = "services"
	Resources Section = "resources"
	Team      Section = "team"
	Mailboxes Section = "mailboxes"
	Support   Section = "support"
	Audit     Section = "audit"
	Security  Section = "security"
	Overview  Section = "overview"
	Tenants   Section = "tenants"
	Users     Section = "users"
	Jobs      Section = "jobs"
	Docs      Section = "docs"
	RLS       Section = "rls"
	SystemLog Section = "platform_audit"
	// Account is the person's own, which the navigation has no entry for.
	Account Section = "account"
)

// Frame is what the pages of one request have in common.
type Frame struct {
	// PersonName is the signed-in person's; empty shows no navigation.
	PersonName string
	// initials stand for the person in what is drawn for everybody.
	initials string
	// TenantName is the clinic's; empty for a super-admin.
	TenantName string
	Role       actor.Role
	SuperAdmin bool
	// SupportUntil is when a super-admin's look into this clinic ends; nil for its
	// own people.
	SupportUntil *time.Time
	// SeveralTenants shows the switcher beside the clinic's name.
	SeveralTenants bool
	// CSRF is the session's token, which forms and htmx send back.
	CSRF string
	// Offers reports whether the asker may send the method to the address; nil is
	// always. The components ask it before they show what leads there.
	Offers func(method, address string) bool
	Theme  Theme
	// Section marks the current entry of the navigation.
	Section Section
	// Revision says what the page shows, as "inbox:7 as:… until:…", so that its fragments
	// find out whether that is still what there is; empty for one that stays as it is.
	Revision string
	// Unread is the number of unread conversations.
	Unread int
	// Toasts are results of the request before this one.
	Toasts []ui.ToastOptions
	// Asset returns the address of a file in static/dist with its hash; nil
	// stands for "/static/" and the name.
	Asset func(name string) string
}

type contextKey struct{}

// With returns ctx carrying the frame, its CSRF token for the forms, its revision for the
// fragments, and what the components may offer.
func With(ctx context.Context, frame Frame) context.Context {
	ctx = ui.WithRevision(ui.WithToken(context.WithValue(ctx, contextKey{}, frame), frame.CSRF), frame.Revision)
	return ui.WithOffers(ctx, frame.Offers)
}

// From returns the frame in ctx, or an empty one.
func From(ctx context.Context) Frame {
	frame, _ := ctx.Value(contextKey{}).(Frame)
	return frame
}

// sign is what an avatar of the person says.
func (f Frame) sign() string {
	if f.initials != "" {
		return f.initials
	}
	return ui.Initials(f.PersonName)
}

// asset returns the address of a static file.
func (f Frame) asset(name string) string {
	if f.Asset == nil {
		return "/static/" + name
	}
	return f.Asset(name)
}

// theme returns the value of data-theme; "" leaves it to the device.
func (f Frame) theme() string {
	if f.Theme == Light || f.Theme == Dark {
		return string(f.Theme)
	}
	return ""
}

// chosenTheme returns the person's choice, System when there is none.
func (f Frame) chosenTheme() Theme {
	if f.theme() == "" {
		return System
	}
	return f.Theme
}
