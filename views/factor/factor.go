// Package factor shows how people prove who they are beside a password.
package factor

import (
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Page is a person's second factors.
type Page struct {
	// App is since when an authenticator app is one; nil for never.
	App       *time.Time
	CodesLeft int
	Passkeys  []Passkey
	// Required is true where the person may not be without one.
	Required bool
	// PasskeysOffered is false where the installation's address can have none.
	PasskeysOffered bool
	New             NewPasskey
	// Alone is true for who can go to no other page yet.
	Alone bool
}

// NewPasskey is the form of one more.
type NewPasskey struct {
	Name string
	// Errors holds a catalog key for each field.
	Errors map[string]string
	// Message is a catalog key about the whole form.
	Message string
}

func (n NewPasskey) message(l *locale.Locale) string {
	if n.Message == "" {
		return ""
	}
	return l.T(n.Message)
}

func (p Page) has() bool { return p.App != nil || len(p.Passkeys) > 0 }

// state is the badge of the whole page.
func (p Page) state(l *locale.Locale) ui.BadgeOptions {
	if p.has() {
		return ui.BadgeOptions{Kind: ui.Success, Label: l.T("factor.on"), Dot: true}
	}
	return ui.BadgeOptions{Label: l.T("factor.off"), Dot: true}
}

// Passkey is one that is registered.
type Passkey struct {
	ID, Name   string
	CreatedAt  time.Time
	LastUsedAt *time.Time
}

// Picture is a QR code: Path draws its dark squares on a field of Size by Size.
type Picture struct {
	Size int
	Path string
}

// quietZone is the border that readers need around the code.
const quietZone = 4

func (p Picture) viewBox() string {
	whole := strconv.Itoa(p.Size + 2*quietZone)
	edge := strconv.Itoa(-quietZone)
	return strings.Join([]string{edge, edge, whole, whole}, " ")
}

// Enrolment is an app's secret, which is to be proved by a code.
type Enrolment struct {
	Picture Picture
	Secret  string
	// Errors holds a catalog key for each field.
	Errors map[string]string
}

// grouped puts spaces into a secret, so that people can type it.
func (e Enrolment) grouped() string {
	var groups []string
	for rest := e.Secret; rest != ""; {
		size := min(4, len(rest))
		groups, rest = append(groups, rest[:size]), rest[size:]
	}
	return strings.Join(groups, " ")
}

// Question asks for the password before something is done. Title, Text and Label
// are catalog keys.
type Question struct {
	Title, Text, Label string
	// Subject names what it is about, if there are several.
	Subject string
	// Action is the address that the form posts to.
	Action string
	Danger bool
	Errors map[string]string
}

func (q Question) kind() string {
	if q.Danger {
		return ui.Danger
	}
	return ui.Primary
}

// ResetForm takes the second factors of somebody else away.
type ResetForm struct {
	UserID, Name, Reason string
	Errors               map[string]string
}

func (f ResetForm) address() string { return "/admin/users/" + f.UserID }

// VerificationForm asks for the code at sign-in.
type VerificationForm struct {
	Errors map[string]string
	Next   string
	// App and Passkey are what the person can be verified by, beside a
	// recovery code.
	App, Passkey bool
}

// hint says what else the field takes than an app's code.
func (f VerificationForm) hint(l *locale.Locale) string {
	if f.App {
		return l.T("factor.verification_hint")
	}
	return ""
}

func (f VerificationForm) label(l *locale.Locale) string {
	if f.App {
		return l.T("factor.code")
	}
	return l.T("factor.recovery_code")
}

func (f VerificationForm) text(l *locale.Locale) string {
	if f.App {
		return l.T("factor.verification_text")
	}
	return l.T("factor.verification_text_passkey")
}
