package layout

import "frontdesk/internal/actor"

// entry is a line of the navigation. Its label is the message "nav.{section}".
type entry struct {
	section Section
	href    string
	icon    string
	// key is the second key of the shortcut that goes there ("g", then key).
	key string
}

func (e entry) label() string { return "nav." + string(e.section) }

// work is what everybody in a clinic uses all day; it is also the bottom bar of a
// phone, so there are no more than four.
var work = []entry{
	{Dashboard, "/", "layout-dashboard", "d"},
	{Calendar, "/calendar", "calendar-days", "c"},
	{Clients, "/clients", "users", "p"},
	{Inbox, "/inbox", "inbox", "i"},
}

var clinic = []entry{
	{Providers, "/providers", "stethoscope", ""},
	{Services, "/services", "clipboard-list", ""},
	{Resources, "/resources", "armchair", ""},
}

var ownerOnly = []entry{
	{Team, "/team", "user-cog", ""},
	{Mailboxes, "/settings/email", "mail", ""},
	{Audit, "/settings/audit", "scroll-text", ""},
	{Support, "/settings/support", "door-open", ""},
	{Security, "/settings/security", "shield-check", ""},
}

var platform = []entry{
	{Overview, "/admin", "gauge", "o"},
	{Tenants, "/admin/tenants", "building-2", "t"},
	{Users, "/admin/users", "users", "p"},
	{SystemLog, "/admin/audit", "scroll-text", "a"},
}

// nowhere is for who has an account and no clinic.
var nowhere = []entry{{Account, "/tenants", "building-2", ""}}

// platformMore stands below, and on a phone in the drawer.
var platformMore = []entry{
	{Jobs, "/admin/jobs", "list-checks", ""},
	{RLS, "/admin/rls", "shield-check", ""},
	{Docs, "/admin/docs", "book-open", ""},
}

// main returns the entries that come first, for who is signed in.
func (f Frame) main() []entry {
	if f.SuperAdmin {
		return platform
	}
	if f.TenantName == "" {
		return nowhere
	}
	return work
}

// further returns the entries below: how the clinic is set up, where the owner's
// are hidden from staff, who are refused there; or how the installation runs.
func (f Frame) further() []entry {
	if f.SuperAdmin {
		return platformMore
	}
	if f.TenantName == "" {
		return nil
	}
	if f.Role == actor.Owner {
		return append(append([]entry{}, clinic...), ownerOnly...)
	}
	return clinic
}

// organisation is the name above the navigation.
func (f Frame) organisation() string {
	if f.TenantName != "" {
		return f.TenantName
	}
	return product
}

// product is a proper name, the same in every language.
const product = "Frontdesk"

// furtherLabel is the key of the heading above them.
func (f Frame) furtherLabel() string {
	if f.SuperAdmin {
		return "nav.installation"
	}
	return "nav.clinic"
}
