// Package invite is how people come into a clinic: by a link that is good once,
// for a while, and for one e-mail address.
package invite

import (
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/password"
	"frontdesk/internal/web"
)

// standing says what an invite asks of whoever opens its link.
type standing int

const (
	// unusable: expired, used, revoked, or its clinic or person is not active.
	unusable standing = iota
	// newAccount: nobody has the address yet, so a name and a password make one.
	newAccount
	// signInFirst: the address owns an account, which is its owner's alone to use.
	// Whoever can read the mail must not reset its password by an invite.
	signInFirst
	// otherPerson: the same, and somebody else is signed in.
	otherPerson
	// oneButton: its owner is signed in.
	oneButton
)

// standingOf judges a stored invite for who asks; uuid.Nil is nobody.
//
// A super-admin's account joins no clinic: whoever signs in lands in their
// clinic, so that the console would be out of reach.
func standingOf(invite db.InviteByTokenRow, asker actor.Actor) standing {
	switch {
	case !invite.Good || invite.UserStatus != "active" || invite.SuperAdmin:
		return unusable
	case invite.UserID == nil:
		return newAccount
	case asker.UserID == *invite.UserID:
		return oneButton
	case asker.UserID == uuid.Nil:
		return signInFirst
	}
	return otherPerson
}

// account is what a person chooses who is new here. Role and e-mail are the
// invite's, whatever the form says (hazard 40).
type account struct{ name, password string }

func readAccount(invite db.InviteByTokenRow, form *web.Form) account {
	typed := account{name: form.RequiredText("name", 200), password: form.Value("password")}
	about := password.About{Clinic: invite.TenantName, Name: typed.name, Email: invite.Email}
	switch wrong := password.Check(typed.password, about); {
	case typed.password == "":
		form.Reject("password", "field.required")
	case wrong != "":
		form.Reject("password", wrong)
	case form.Value("password_confirm") != typed.password:
		form.Reject("password_confirm", "invite.password_differs")
	}
	return typed
}
