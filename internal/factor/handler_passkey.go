package factor

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
)

const (
	passkeyCookie = "passkey"
	// maxName is what the column holds.
	maxName = 100

	purposeRegistration = "passkey_registration"
	purposeSignIn       = "passkey_sign_in"
)

// offered refuses where the installation's address has no domain.
func (h *Handler) offered() error {
	if h.Passkeys == nil {
		return fault.New(fault.NotFound, "passkey.not_offered")
	}
	return nil
}

// BeginPasskey answers what the browser is to make a passkey with.
func (h *Handler) BeginPasskey(c *fiber.Ctx) error {
	if err := h.offered(); err != nil {
		return err
	}
	person, holder, err := h.holder(c)
	if err != nil {
		return err
	}
	creation, begun, err := h.beginRegistration(holder)
	if err != nil {
		return err
	}
	if err := h.challenge(c, passkeyCookie, purposeRegistration, &person.ID, begun); err != nil {
		return err
	}
	return c.JSON(creation)
}

// CreatePasskey keeps the passkey that the browser made.
func (h *Handler) CreatePasskey(c *fiber.Ctx) error {
	if err := h.offered(); err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	name, response := form.RequiredText("name", maxName), form.Value("credential")
	if form.Err() != nil {
		return h.refusePasskey(c, form, "")
	}
	person, holder, err := h.holder(c)
	if err != nil {
		return err
	}
	credential, err := h.registered(c, holder, response)
	if fault.Is(err, fault.Unauthenticated) {
		return h.refusePasskey(c, form, "passkey.refused")
	}
	if err != nil {
		return err
	}
	raw, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	return h.gain(c, person, func(ctx context.Context, tx *store.Tx) (audit.Entry, error) {
		err := tx.PasskeyCreate(ctx, db.PasskeyCreateParams{
			ID: uuid.Must(uuid.NewV7()), UserID: person.ID, CredentialID: credential.ID, Credential: raw, Name: name,
		})
		return audit.Entry{Action: passkeyCreate, After: audit.Fields{"name": name}}, err
	})
}

// registered takes the challenge, so that it is answered once, and checks the answer.
func (h *Handler) registered(c *fiber.Ctx, person *holder, response string) (*webauthn.Credential, error) {
	challenge, err := h.take(c, purposeRegistration, &person.id)
	if err != nil {
		return nil, err
	}
	return h.register(person, challenge, response)
}

// take returns the data of this browser's challenge for the purpose, and ends it.
func (h *Handler) take(c *fiber.Ctx, purpose string, userID *uuid.UUID) ([]byte, error) {
	hash, ok := guard.HashToken(h.Web.Cookie(c, passkeyCookie))
	if !ok {
		return nil, fault.New(fault.Unauthenticated, "")
	}
	h.Web.ClearCookie(c, passkeyCookie)
	data, err := h.Store.PlatformWrite().ChallengeTake(c.UserContext(), db.ChallengeTakeParams{TokenHash: hash, Purpose: purpose, UserID: userID})
	if fault.Is(err, fault.NotFound) {
		return nil, notGenuine(err)
	}
	return data, err
}

// refusePasskey shows the page again with what is wrong, a field's matter or a
// message about the whole: the browser's own dialog is over by then.
func (h *Handler) refusePasskey(c *fiber.Ctx, form *web.Form, message string) error {
	return h.showAll(c, fiber.StatusUnprocessableEntity, views.NewPasskey{Name: form.Value("name"), Errors: form.Errors(), Message: message})
}

// holder is the one who asks, with their passkeys.
func (h *Handler) holder(c *fiber.Ctx) (db.SecondFactorPersonRow, *holder, error) {
	person, err := h.person(c)
	if err != nil {
		return person, nil, err
	}
	rows, err := h.Store.PlatformStatement().PasskeyList(c.UserContext(), person.ID)
	if err != nil {
		return person, nil, err
	}
	made, err := holderOf(person, rows)
	return person, made, err
}

// AskDestroyPasskey asks for the password before a passkey is removed.
func (h *Handler) AskDestroyPasskey(c *fiber.Ctx) error {
	question, _, err := h.removalOfPasskey(c)
	if err != nil {
		return err
	}
	return h.ask(c, fiber.StatusOK, question, nil)
}

// DestroyPasskey removes a passkey.
func (h *Handler) DestroyPasskey(c *fiber.Ctx) error {
	question, id, err := h.removalOfPasskey(c)
	if err != nil {
		return err
	}
	return h.withPassword(c, question, func(userID uuid.UUID) error {
		return h.lose(c, userID, func(ctx context.Context, tx *store.Tx, person db.SecondFactorPersonRow) (audit.Entry, error) {
			name, err := tx.PasskeyDelete(ctx, db.PasskeyDeleteParams{ID: id, UserID: person.ID})
			return audit.Entry{Action: passkeyDelete, Before: audit.Fields{"name": name}}, err
		})
	})
}

// removalOfPasskey is fault.NotFound for somebody else's passkey.
func (h *Handler) removalOfPasskey(c *fiber.Ctx) (views.Question, uuid.UUID, error) {
	id, err := web.ID(c, "id")
	if err != nil {
		return views.Question{}, id, err
	}
	person, err := h.person(c)
	if err != nil {
		return views.Question{}, id, err
	}
	passkey, err := h.Store.PlatformStatement().PasskeyShow(c.UserContext(), db.PasskeyShowParams{ID: id, UserID: person.ID})
	return views.Question{
		Title: "passkey.remove", Subject: passkey.Name, Text: "passkey.remove_text",
		Action: page + "/passkeys/" + id.String() + "/deletion", Label: "factor.remove", Danger: true,
	}, id, err
}

// BeginPasskeySignIn answers what the browser is to look for a passkey with. Nobody
// is named: the passkey will say whose it is.
func (h *Handler) BeginPasskeySignIn(c *fiber.Ctx) error {
	if err := h.offered(); err != nil {
		return err
	}
	assertion, begun, err := h.Passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	if err := h.challenge(c, passkeyCookie, purposeSignIn, nil, begun); err != nil {
		return err
	}
	return c.JSON(assertion)
}

// CreatePasskeySignIn signs in whose passkey it is. A passkey is two factors: the
// device, and what the device asks its owner for.
func (h *Handler) CreatePasskeySignIn(c *fiber.Ctx) error {
	if err := h.offered(); err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	next, response := web.LocalPath(form.Value("next")), form.Value("credential")
	if form.Err() != nil {
		return h.SignIn.Again(c, "/", "passkey.refused")
	}
	challenge, err := h.take(c, purposeSignIn, nil)
	if err == nil {
		err = h.enter(c, challenge, response, next)
	}
	if fault.Is(err, fault.Unauthenticated) {
		return h.SignIn.Again(c, next, "passkey.refused")
	}
	return err
}

// enter starts the session of whose passkey answered the challenge. A verification that
// waits for this browser's code is done with.
func (h *Handler) enter(c *fiber.Ctx, challenge []byte, response, next string) error {
	userID, err := h.recognise(c.UserContext(), challenge, response)
	if err != nil {
		return err
	}
	if err := h.SignIn.Enter(c, userID, next); err != nil {
		return err
	}
	h.Web.ClearCookie(c, verificationCookie)
	return nil
}

func passkeyLines(rows []db.PasskeyListRow) []views.Passkey {
	lines := make([]views.Passkey, len(rows))
	for i, row := range rows {
		lines[i] = views.Passkey{ID: row.ID.String(), Name: row.Name, CreatedAt: row.CreatedAt, LastUsedAt: row.LastUsedAt}
	}
	return lines
}
