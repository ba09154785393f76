package factor

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
)

const (
	verificationPage   = "/login/second-factor"
	verificationCookie = "second_factor"
	// challengeLife is how long a right password is worth anything without a code.
	challengeLife = 5 * time.Minute
	// maxFailures is how many wrong codes end the challenge.
	maxFailures = 5
	// maxCode bounds what is typed, spaces and hyphens included.
	maxCode = 40

	purposeVerification = "second_factor"
)

// verification is what is kept between a right password and the code.
type verification struct {
	Next     string `json:"next"`
	Failures int    `json:"failures"`
}

// Ask is what sign-in does after a right password: who has a second factor gets no
// session, but a few minutes to prove it. It reports false for who has none.
func (h *Handler) Ask(c *fiber.Ctx, userID uuid.UUID, next string) (asked bool, err error) {
	person, err := h.Store.PlatformStatement().SecondFactorPerson(c.UserContext(), userID)
	if err != nil || !has(person) {
		return false, err
	}
	if err := h.challenge(c, verificationCookie, purposeVerification, &userID, verification{Next: next}); err != nil {
		return false, err
	}
	return true, web.Redirect(c, verificationPage)
}

// challenge keeps data for the next request of this browser.
func (h *Handler) challenge(c *fiber.Ctx, cookie, purpose string, userID *uuid.UUID, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	token, hash := guard.NewToken()
	err = h.Store.PlatformWrite().ChallengeCreate(c.UserContext(), db.ChallengeCreateParams{
		TokenHash: hash, Purpose: purpose, UserID: userID, Data: raw, Lifetime: challengeLife,
	})
	if err != nil {
		return err
	}
	h.Web.SetCookie(c, cookie, token, challengeLife)
	return nil
}

// NewVerification asks for the code. Without a right password before it there is nothing
// to ask for.
func (h *Handler) NewVerification(c *fiber.Ctx) error {
	_, waiting, err := h.openChallenge(c)
	if err != nil {
		return startAnew(c, err)
	}
	return h.showVerification(c, fiber.StatusOK, waiting, nil)
}

// CreateVerification takes the code, and starts the session.
func (h *Handler) CreateVerification(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	hash, waiting, err := h.openChallenge(c)
	if err != nil {
		return startAnew(c, err)
	}
	code := form.RequiredText("code", maxCode)
	if form.Err() != nil {
		return h.showVerification(c, fiber.StatusUnprocessableEntity, waiting, form.Errors())
	}
	answered, err := h.attempt(c, hash, waiting, code)
	if err != nil {
		return startAnew(c, err)
	}
	if answered.Failures == maxFailures {
		h.Web.ClearCookie(c, verificationCookie)
		return h.SignIn.Again(c, answered.Next, "factor.too_many")
	}
	if !answered.good {
		form.Reject("code", "factor.wrong_code")
		return h.showVerification(c, fiber.StatusUnprocessableEntity, waiting, form.Errors())
	}
	h.Web.ClearCookie(c, verificationCookie)
	return h.SignIn.Enter(c, waiting.UserID, answered.Next)
}

// OutOfDate asks for the code again.
func (h *Handler) OutOfDate(c *fiber.Ctx) error {
	form, err := web.ReadOutOfDate(c)
	if err != nil {
		return err
	}
	_, waiting, err := h.openChallenge(c)
	if fault.Is(err, fault.NotFound) {
		return h.SignIn.OutOfDate(c)
	}
	if err != nil {
		return err
	}
	return h.showVerification(c, fiber.StatusForbidden, waiting, form.Errors())
}

// openChallenge returns the challenge that this browser may answer; fault.NotFound when
// there is none, when it is over, or when its person was suspended meanwhile.
func (h *Handler) openChallenge(c *fiber.Ctx) (hash []byte, row db.ChallengeShowRow, err error) {
	hash, ok := guard.HashToken(h.Web.Cookie(c, verificationCookie))
	if !ok {
		return nil, row, fault.New(fault.NotFound, "")
	}
	row, err = h.Store.PlatformStatement().ChallengeShow(c.UserContext(), hash)
	return hash, row, err
}

// startAnew sends whoever has no challenge to answer back to the beginning.
func startAnew(c *fiber.Ctx, err error) error {
	if fault.Is(err, fault.NotFound) {
		return web.Redirect(c, "/login")
	}
	return err
}

// attempt tries the code within the limits of sign-in. Codes are counted apart from
// passwords: a right password forgets wrong ones, and whoever has it must not be
// able to begin to guess codes anew by typing it.
func (h *Handler) attempt(c *fiber.Ctx, hash []byte, waiting db.ChallengeShowRow, code string) (answered, error) {
	ctx := actor.With(c.UserContext(), actor.Actor{UserID: waiting.UserID, Name: waiting.Name})
	attempt, err := h.Guard.Attempt(c, "second factor of "+waiting.Email)
	if err != nil {
		return answered{}, err
	}
	if !attempt.Admitted() {
		code = "" // which is never right
	}
	result, err := h.answer(ctx, hash, code)
	if err != nil {
		return result, errors.Join(err, attempt.Abandoned(ctx))
	}
	if result.good {
		return result, attempt.Succeeded(ctx)
	}
	return result, attempt.Failed(ctx, &audit.Entry{
		Action: secondFactorFail, TargetKind: "user", TargetID: waiting.UserID, TargetName: waiting.Name,
		After: audit.Fields{"failures": result.Failures},
	})
}

// answered is what became of a code.
type answered struct {
	verification
	good bool
}

// answer tries the code. Answers to one challenge wait for each other, so that five
// wrong ones are five also when they come at once; the right one takes it away.
func (h *Handler) answer(ctx context.Context, hash []byte, code string) (result answered, err error) {
	err = h.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		locked, err := tx.ChallengeLock(ctx, hash)
		if err != nil {
			return err
		}
		result = answered{}
		if err := json.Unmarshal(locked.Data, &result.verification); err != nil {
			return err
		}
		person, err := tx.SecondFactorPerson(ctx, locked.UserID)
		if err != nil {
			return err
		}
		proved, err := h.prove(ctx, tx, person, code)
		if err != nil {
			return err
		}
		if !proved.good {
			result.Failures++
			return refuse(ctx, tx, hash, result.verification)
		}
		result.good = true
		return accept(ctx, tx, hash, person, proved)
	})
	return result, err
}

func accept(ctx context.Context, tx *store.Tx, hash []byte, person db.SecondFactorPersonRow, proved proof) error {
	if proved.recovery {
		err := audit.RecordPlatform(ctx, tx, about(person, audit.Entry{
			Action: recoveryCodeUse, After: audit.Fields{"codes_left": person.CodesLeft - 1},
		}))
		if err != nil {
			return err
		}
	}
	return tx.ChallengeDelete(ctx, hash)
}

// refuse keeps how many codes were wrong, and ends the challenge at the last.
func refuse(ctx context.Context, tx *store.Tx, hash []byte, now verification) error {
	if now.Failures >= maxFailures {
		return tx.ChallengeDelete(ctx, hash)
	}
	raw, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return tx.ChallengeUpdate(ctx, db.ChallengeUpdateParams{TokenHash: hash, Data: raw})
}

func (h *Handler) showVerification(c *fiber.Ctx, status int, waiting db.ChallengeShowRow, wrong map[string]string) error {
	var now verification
	if err := json.Unmarshal(waiting.Data, &now); err != nil {
		return err
	}
	return h.Web.BarePage(c, status, locale.From(c.UserContext()).T("factor.verification"), views.Verification(views.VerificationForm{
		Errors: wrong, Next: now.Next, App: waiting.HasApp, Passkey: waiting.HasPasskey && h.Passkeys != nil,
	}))
}
