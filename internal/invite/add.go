package invite

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
)

// addition is somebody whom a super-admin adds to a clinic. Here the form may say
// which role: a clinic that lost its owners gets one back by it.
type addition struct {
	name, email string
	role        actor.Role
}

func readAddition(form *web.Form) addition {
	return addition{
		name: form.RequiredText("name", 200), email: form.RequiredEmail("email"),
		role: actor.Role(form.OneOf("role", string(actor.Staff), string(actor.Owner))),
	}
}

// add returns the invite that is handed out; without a token when the same form
// came before.
func (h *Handler) add(ctx context.Context, tenantID uuid.UUID, person addition, key submission.Key) (delivery.Invite, error) {
	on := surface{tenantID, true}
	var made delivery.Invite
	err := h.do(ctx, on, func(ctx context.Context, tx *store.Tx) error {
		made = delivery.Invite{}
		return on.once(ctx, tx, consolePage(tenantID)+"/invites", key, func() (err error) {
			if err := checkAccount(ctx, tx, person.email); err != nil {
				return err
			}
			made, err = seat.Keep(ctx, tx, seat.Guest{
				TenantID: tenantID, Name: person.name, Email: person.email, Role: person.role,
				Lifetime: h.Delivery.Lifetime, Console: true,
			})
			return err
		})
	})
	return made, err
}

// checkAccount is fault.Invalid for an address whose account can join no clinic. Only
// the console asks: to a clinic it would tell who is known elsewhere (hazard 24).
func checkAccount(ctx context.Context, tx *store.Tx, email string) error {
	known, err := tx.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	case known.SuperAdmin:
		return fault.InvalidFields(map[string]string{"email": "invite.email_super_admin"})
	case known.Status != "active":
		return fault.InvalidFields(map[string]string{"email": "invite.email_" + known.Status})
	}
	return nil
}
