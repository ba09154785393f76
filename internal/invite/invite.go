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

// standing says what an invite that is good asks of whoever opens its link.
type standing int

const (
	// newAccount: nobody has the address yet, so a name and a password make one.
	newAccount standing = iota
	// signInFirst: the address owns an account, which is its owner's alone to use.
	// Whoever can read the mail must not reset its password by an invite.
	signInFirst
	// otherPerson: the same, and somebody else is signed in.
	otherPerson
	// oneButton: its owner is signed in.
	oneButton
)

func standingOf(invite db.InviteByTokenRow, asker actor.Actor) standing {
	switch {
	case invite.UserID == nil:
		return newAccount
	case asker.UserID == *invite.UserID:
		return oneButton
	case asker.UserID == uuid.Nil:
		return signInFirst
	}
	return otherPerson
}

// obstacle is the catalog key of why nobody can join by this invite, or "". The
// sentences name neither clinic nor address: who holds an old link may be anybody
// (hazard 38).
//
// A super-admin's account joins no clinic: whoever signs in lands in their
// clinic, so that the console would be out of reach.
func obstacle(invite db.InviteByTokenRow) string {
	switch {
	case invite.Accepted:
		return "invite.used"
	case invite.Revoked:
		return revocations[invite.RevokedReason]
	case invite.Expired:
		return "invite.expired"
	case invite.TenantStatus != "active":
		return "invite.tenant_" + invite.TenantStatus
	case invite.UserStatus != "active":
		return "invite.person_" + invite.UserStatus
	case invite.SuperAdmin:
		return "invite.person_super_admin"
	case invite.RemovedSince:
		return "invite.removed"
	case invite.MembershipStatus == "active":
		return "invite.member"
	case invite.Members >= int64(invite.MaxSeats):
		return "invite.full"
	}
	return ""
}

// revocations are the sentences for why an invite was taken back. Those of before
// reasons were written down have none.
var revocations = map[string]string{
	"": "invite.cancelled", "cancelled": "invite.cancelled", "replaced": "invite.replaced",
	"removed": "invite.removed", "expired": "invite.expired",
}

// account is what a person chooses who is new here. Role and e-mail are the
// invite's, whatever the form says (hazard 40).
type account struct{ name, password string }

func readAccount(invite db.InviteByTokenRow, form *web.Form) account {
	name := form.RequiredText("name", 200)
	about := password.About{Clinic: invite.TenantName, Name: name, Email: invite.Email}
	return account{name: name, password: form.NewPassword(about)}
}
