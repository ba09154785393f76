package factor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

// NewPasskeys returns what registers and verifies passkeys for the installation at
// baseURL. It is nil where people reach it by an IP address: a passkey belongs to a
// domain, and browsers refuse to make one for a number (WebAuthn level 2, 5.1.2:
// "effective domain").
func NewPasskeys(baseURL string) (*webauthn.WebAuthn, error) {
	address, err := url.Parse(baseURL)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(address.Hostname()); err == nil {
		return nil, nil
	}
	passkeys, err := webauthn.New(&webauthn.Config{RPID: address.Hostname(), RPDisplayName: issuer, RPOrigins: []string{baseURL}})
	if err != nil {
		return nil, fmt.Errorf("APP_BASE_URL: passkeys for %s: %w", address.Hostname(), err)
	}
	return passkeys, nil
}

// holder is a person as the library asks for one.
type holder struct {
	id          uuid.UUID
	name, email string
	credentials []webauthn.Credential
}

// WebAuthnID implements webauthn.User: the id, which says nothing about the person.
func (p *holder) WebAuthnID() []byte { return p.id[:] }

func (p *holder) WebAuthnName() string { return p.email }

func (p *holder) WebAuthnDisplayName() string { return p.name }

func (p *holder) WebAuthnCredentials() []webauthn.Credential { return p.credentials }

// holderOf is the person with the passkeys that they have already.
func holderOf(person db.SecondFactorPersonRow, rows []db.PasskeyListRow) (*holder, error) {
	made := &holder{id: person.ID, name: person.Name, email: person.Email}
	for _, row := range rows {
		var credential webauthn.Credential
		if err := json.Unmarshal(row.Credential, &credential); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", row.ID, err)
		}
		made.credentials = append(made.credentials, credential)
	}
	return made, nil
}

// beginRegistration asks for a passkey that the device keeps and gives away only to
// a person whom it has recognised: it is two factors by itself.
func (h *Handler) beginRegistration(person *holder) (*protocol.CredentialCreation, *webauthn.SessionData, error) {
	return h.Passkeys.BeginRegistration(person,
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithExclusions(webauthn.Credentials(person.credentials).CredentialDescriptors()),
	)
}

// register checks what the browser made for the challenge.
func (h *Handler) register(person *holder, challenge []byte, response string) (*webauthn.Credential, error) {
	var begun webauthn.SessionData
	if err := json.Unmarshal(challenge, &begun); err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(response))
	if err != nil {
		return nil, notGenuine(err)
	}
	credential, err := h.Passkeys.CreateCredential(person, begun, parsed)
	if err != nil {
		return nil, notGenuine(err)
	}
	return credential, nil
}

// notGenuine is for what a browser sent and does not hold: the reason is for the log.
func notGenuine(err error) error { return fault.Wrap(fault.Unauthenticated, "passkey.refused", err) }

// recognise returns whose passkey answered the challenge. It moves the passkey's
// counter; one that went back is a copy of the passkey, and is refused.
func (h *Handler) recognise(ctx context.Context, challenge []byte, response string) (userID uuid.UUID, err error) {
	var begun webauthn.SessionData
	if err := json.Unmarshal(challenge, &begun); err != nil {
		return uuid.Nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(response))
	if err != nil {
		return uuid.Nil, notGenuine(err)
	}
	cloned := false
	err = h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.PasskeyByCredential(ctx, parsed.RawID)
		if err != nil {
			return err
		}
		credential, err := h.validate(row, begun, parsed)
		if err != nil {
			return err
		}
		userID, cloned = row.UserID, credential.Authenticator.CloneWarning
		if cloned {
			return recordClone(ctx, tx, row)
		}
		raw, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		return tx.PasskeyUse(ctx, db.PasskeyUseParams{ID: row.ID, Credential: raw})
	})
	if fault.Is(err, fault.NotFound) || err == nil && cloned {
		return uuid.Nil, notGenuine(errors.Join(err, fmt.Errorf("passkey unknown, or cloned: %t", cloned)))
	}
	return userID, err
}

func (h *Handler) validate(row db.PasskeyByCredentialRow, begun webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	person := &holder{id: row.UserID, name: row.UserName, email: row.UserEmail, credentials: make([]webauthn.Credential, 1)}
	if err := json.Unmarshal(row.Credential, &person.credentials[0]); err != nil {
		return nil, fmt.Errorf("passkey %s: %w", row.ID, err)
	}
	credential, err := h.Passkeys.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return person, nil }, begun, parsed)
	if err != nil {
		return nil, notGenuine(err)
	}
	return credential, nil
}

func recordClone(ctx context.Context, tx *store.Tx, row db.PasskeyByCredentialRow) error {
	return audit.RecordPlatform(actor.With(ctx, actor.Actor{UserID: row.UserID, Name: row.UserName}), tx, audit.Entry{
		Action: secondFactorFail, TargetKind: "user", TargetID: row.UserID, TargetName: row.UserName,
		After: audit.Fields{"passkey": row.Name, "cloned": true},
	})
}
