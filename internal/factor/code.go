// Package factor is how people prove who they are beside a password: the codes of
// an authenticator app, recovery codes for who has lost it, and passkeys.
package factor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"frontdesk/internal/db"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
)

const (
	// issuer is what the app calls us.
	issuer = "Frontdesk"
	// stepLength is how long a code is shown (RFC 6238, 5.2).
	stepLength = 30
	// drift is how many steps a telephone's clock may be ahead or behind.
	drift = 1
	// secretSize is that of the hash (RFC 4226, 4, R6).
	secretSize = 20

	recoveryCodeCount = 10
	// recoveryCodeSize is 80 bits, so that a plain hash is enough at rest.
	recoveryCodeSize = 10
)

// The way of counting that every app knows.
var codeOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// secrets seals what the app and we share.
type secrets struct{ keys *seal.Ring }

func secretAAD(userID uuid.UUID) seal.AssociatedData {
	return seal.AAD(uuid.Nil, "second_factors", userID, "secret_sealed")
}

func (s secrets) create(userID uuid.UUID) []byte {
	secret := make([]byte, secretSize)
	rand.Read(secret)
	return s.keys.Seal(secret, secretAAD(userID))
}

// open returns the secret in the spelling of the apps.
func (s secrets) open(userID uuid.UUID, sealed []byte) (string, error) {
	secret, err := s.keys.Open(sealed, secretAAD(userID))
	if err != nil {
		return "", err
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), nil
}

// addressOf is what the QR code says (the Key URI Format of the apps).
func addressOf(email, secret string) (string, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: email, Secret: raw})
	if err != nil {
		return "", err
	}
	return key.URL(), nil
}

// stepOf returns the time step whose code it is: now's, or a neighbour's, since
// clocks drift.
func stepOf(code, secret string, now time.Time) (int64, bool) {
	current := now.Unix() / stepLength
	for step := current - drift; step <= current+drift; step++ {
		if right, err := hotp.ValidateCustom(code, uint64(step), secret, codeOptions); err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// newRecoveryCodes returns codes as people read them, and what is kept of them.
func newRecoveryCodes() (codes []string, hashes [][]byte) {
	for range recoveryCodeCount {
		raw := make([]byte, recoveryCodeSize)
		rand.Read(raw)
		code := base32.StdEncoding.EncodeToString(raw)
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
		hashes = append(hashes, recoveryHash(code))
	}
	return codes, hashes
}

func recoveryHash(code string) []byte {
	hash := sha256.Sum256([]byte(code))
	return hash[:]
}

// compact takes out what people put into a code to read it.
func compact(typed string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(typed))
}

// proof is what a person proved themselves with.
type proof struct {
	good bool
	// recovery is true for a code that is used up now.
	recovery bool
}

// prove takes an app's code or a recovery code, each once: the row says whether it
// was taken before, also by somebody at the same moment (hazard 9).
func (h *Handler) prove(ctx context.Context, tx *store.Tx, person db.SecondFactorPersonRow, typed string) (proof, error) {
	code := compact(typed)
	if len(code) != codeOptions.Digits.Length() {
		used, err := tx.RecoveryCodeUse(ctx, db.RecoveryCodeUseParams{UserID: person.ID, CodeHash: recoveryHash(code)})
		return proof{good: used == 1, recovery: true}, err
	}
	if person.ConfirmedAt == nil {
		return proof{}, nil
	}
	secret, err := secrets{h.Keys}.open(person.ID, person.SecretSealed)
	if err != nil {
		return proof{}, err
	}
	step, right := stepOf(code, secret, h.Now())
	if !right {
		return proof{}, nil
	}
	used, err := tx.SecondFactorUse(ctx, db.SecondFactorUseParams{UserID: person.ID, Step: step})
	return proof{good: used == 1}, err
}

// hold returns a person as they are once whoever changes their second factors at
// this moment is done, and keeps others waiting until this transaction ends. Of two
// that remove the last two, one so finds out that theirs is the last.
func hold(ctx context.Context, tx *store.Tx, userID uuid.UUID) (db.SecondFactorPersonRow, error) {
	if _, err := tx.SecondFactorLock(ctx, userID); err != nil {
		return db.SecondFactorPersonRow{}, err
	}
	return tx.SecondFactorPerson(ctx, userID)
}

// has reports whether the person has any second factor.
func has(person db.SecondFactorPersonRow) bool {
	return person.ConfirmedAt != nil || person.Passkeys > 0
}
