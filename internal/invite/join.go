package invite

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
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

// admit uses the invite up and makes its person a member. The lock on the seats
// makes those who join wait for each other, so that the count below stays true.
func admit(ctx context.Context, tx *store.Tx, token []byte, joining joiner) (uuid.UUID, error) {
	accepted, err := tx.InviteAccept(ctx, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fault.New(fault.Conflict, "invite.unusable")
	}
	if err != nil {
		return uuid.Nil, err
	}
	seats, err := tx.TenantSeats(ctx, accepted.TenantID)
	if err != nil {
		return uuid.Nil, err
	}
	if seats.Members >= int64(seats.MaxSeats) {
		return uuid.Nil, fault.New(fault.Conflict, "invite.full")
	}
	userID := joining.existing
	if userID == uuid.Nil {
		userID = joining.create.ID
		if err := tx.UserCreate(ctx, joining.create); err != nil {
			return uuid.Nil, err
		}
	}
	return userID, tx.MembershipCreate(ctx, db.MembershipCreateParams{
		TenantID: accepted.TenantID, ID: uuid.Must(uuid.NewV7()), UserID: userID, Role: accepted.Role,
	})
}

// refusal is the catalog key of why somebody could not join, or "".
func refusal(err error) string {
	switch store.Constraint(err) {
	case "users_email_key":
		return "invite.account_appeared"
	case "memberships_tenant_id_user_id_key":
		return "invite.member"
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Kind == fault.Conflict && refused.Message != "" {
		return refused.Message
	}
	return ""
}
