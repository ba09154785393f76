package invite

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
)

// joiner is who joins: an account that exists, or one that is made.
type joiner struct {
	existing uuid.UUID
	create   db.UserCreateParams
}

func (h *Handler) newJoiner(ctx context.Context, invite db.InviteByTokenRow, found standing, form *web.Form) (joiner, error) {
	if found == oneButton {
		return joiner{existing: *invite.UserID}, nil
	}
	typed := readAccount(invite, form)
	if err := form.Err(); err != nil {
		return joiner{}, err
	}
	hash, err := h.Passwords.Hash(ctx, typed.password)
	return joiner{create: db.UserCreateParams{
		ID: uuid.Must(uuid.NewV7()), Email: invite.Email, Name: typed.name, PasswordHash: &hash,
		Language: locale.From(ctx).Language(),
	}}, err
}

// admit uses the invite up, makes its person a member, and returns who that is.
// The caller has locked the seats.
func admit(ctx context.Context, tx *store.Tx, token []byte, joining joiner) (uuid.UUID, error) {
	accepted, err := tx.InviteAccept(ctx, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, lost(ctx, tx, token)
	}
	if err != nil {
		return uuid.Nil, err
	}
	left, err := seat.Left(ctx, tx, accepted.TenantID)
	if err != nil {
		return uuid.Nil, err
	}
	if !left {
		return uuid.Nil, fault.New(fault.Conflict, "invite.full")
	}
	who, err := person(ctx, tx, joining)
	if err != nil {
		return uuid.Nil, err
	}
	membershipID, err := tx.MembershipJoin(ctx, db.MembershipJoinParams{
		TenantID: accepted.TenantID, ID: uuid.Must(uuid.NewV7()), UserID: who.ID, Role: accepted.Role, InvitedAt: accepted.CreatedAt,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fault.New(fault.Conflict, "invite.member")
	}
	if err != nil {
		return uuid.Nil, err
	}
	return who.ID, recordJoin(ctx, tx, accepted, who, membershipID)
}

// lost says what became of the invite since it was looked at: another request was
// faster, or somebody changed something.
func lost(ctx context.Context, tx *store.Tx, token []byte) error {
	invite, err := tx.InviteByToken(ctx, token)
	if err != nil {
		return err
	}
	if message := obstacle(invite); message != "" {
		return fault.New(fault.Conflict, message)
	}
	return fault.New(fault.Conflict, "invite.used")
}

// person makes the account, or holds the one that exists as it is: whoever
// suspends or deletes it was before, or waits.
func person(ctx context.Context, tx *store.Tx, joining joiner) (db.UserLockRow, error) {
	if joining.existing == uuid.Nil {
		created := joining.create
		if err := tx.UserCreate(ctx, created); err != nil {
			return db.UserLockRow{}, err
		}
		made := db.UserLockRow{ID: created.ID, Name: created.Name, Status: "active"}
		return made, audit.RecordPlatform(acting(ctx, made), tx, audit.Entry{
			Action: seat.UserCreate, TargetKind: "user", TargetID: made.ID, TargetName: made.Name,
			After: audit.Fields{"email": created.Email, "name": created.Name, "status": made.Status},
		})
	}
	found, err := tx.UserLock(ctx, joining.existing)
	switch {
	case err != nil:
		return found, err
	case found.Status != "active":
		return found, fault.New(fault.Conflict, "invite.person_"+found.Status)
	case found.SuperAdmin:
		return found, fault.New(fault.Conflict, "invite.person_super_admin")
	}
	return found, nil
}

// recordJoin tells both logs that the person joined: the clinic's, and the
// platform's, which is about people.
func recordJoin(ctx context.Context, tx *store.Tx, accepted db.InviteAcceptRow, person db.UserLockRow, membershipID uuid.UUID) error {
	ctx = acting(ctx, person)
	for _, entry := range []audit.Entry{
		{Action: inviteAccept, TargetKind: "invite", TargetID: accepted.ID, TargetName: accepted.Email},
		{
			Action: seat.MembershipCreate, TargetKind: "membership", TargetID: membershipID, TargetName: person.Name,
			After: audit.Fields{"role": accepted.Role, "status": "active"},
		},
	} {
		if err := seat.Record(ctx, tx, accepted.TenantID, true, entry); err != nil {
			return err
		}
	}
	return nil
}

// acting makes the one who joins the actor: who is new here acts for the first time.
func acting(ctx context.Context, person db.UserLockRow) context.Context {
	return actor.With(ctx, actor.Actor{UserID: person.ID, Name: person.Name})
}

// refusal is the catalog key of why somebody could not join, or "".
func refusal(err error) string {
	if store.Constraint(err) == "users_email_key" {
		return "invite.account_appeared"
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Kind == fault.Conflict {
		return refused.Message
	}
	return ""
}
