package factor

import (
	"context"

	"github.com/a-h/templ"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	"frontdesk/internal/password"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
	"frontdesk/views/layout"
)

// Handler answers /second-factor, and the steps of /login beside the password.
type Handler struct {
	Web       *web.Web
	Store     *store.Store
	Guard     *guard.Guard
	Keys      *seal.Ring
	Passwords *password.Hasher
	Now       clock.Clock
	// Passkeys is nil where the installation's address cannot have any.
	Passkeys *webauthn.WebAuthn
	SignIn   SignIn
	// Delivery tells people what was done to their account.
	Delivery *delivery.Mailer
}

// SignIn is the sign-in page, which this room hands people back to.
type SignIn interface {
	// Enter starts the session of a person who has proved who they are.
	Enter(c *fiber.Ctx, userID uuid.UUID, next string) error
	// Again shows the page with what went wrong, a catalog key.
	Again(c *fiber.Ctx, next, message string) error
	// OutOfDate shows the page to who had a form open for too long.
	OutOfDate(c *fiber.Ctx) error
}

const (
	page     = guard.EnrolmentPage
	codePage = page + "/recovery-codes"
	codeNote = "recovery_codes"
)

// Show says which second factors the person has.
func (h *Handler) Show(c *fiber.Ctx) error {
	return h.showAll(c, fiber.StatusOK, views.NewPasskey{Name: locale.From(c.UserContext()).T("passkey.name_default")})
}

// showAll shows the page with the form of a new passkey as it is now.
func (h *Handler) showAll(c *fiber.Ctx, status int, form views.NewPasskey) error {
	person, err := h.person(c)
	if err != nil {
		return err
	}
	keys, err := h.Store.PlatformStatement().PasskeyList(c.UserContext(), person.ID)
	if err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	return h.show(c, status, "factor.title", views.Show(views.Page{
		App: person.ConfirmedAt, CodesLeft: int(person.CodesLeft), Passkeys: passkeyLines(keys), New: form,
		Required: h.required(person), PasskeysOffered: h.Passkeys != nil, Alone: who.MustEnrol,
	}))
}

// Create begins with a new secret, which counts once a code has proved that the
// app has it.
func (h *Handler) Create(c *fiber.Ctx) error {
	who, _ := actor.From(c.UserContext())
	begun, err := h.Store.PlatformWrite().SecondFactorBegin(c.UserContext(), db.SecondFactorBeginParams{
		UserID: who.UserID, SecretSealed: secrets{h.Keys}.create(who.UserID),
	})
	if err != nil {
		return err
	}
	if begun == 0 {
		return fault.New(fault.Conflict, "factor.exists")
	}
	return web.Redirect(c, page+"/confirmation")
}

// Enrol shows the secret that the app is to keep, and asks for its first code.
func (h *Handler) Enrol(c *fiber.Ctx) error {
	person, err := h.person(c)
	if err != nil {
		return err
	}
	if person.ConfirmedAt != nil || len(person.SecretSealed) == 0 {
		return web.Redirect(c, page)
	}
	return h.showEnrolment(c, fiber.StatusOK, person, nil)
}

// Confirm takes the app's first code. From then on the app is a second factor, and
// whoever else holds a session of this person has to prove it.
func (h *Handler) Confirm(c *fiber.Ctx) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	code := form.RequiredText("code", maxCode)
	person, err := h.person(c)
	if err != nil {
		return err
	}
	if person.ConfirmedAt != nil || len(person.SecretSealed) == 0 {
		return fault.New(fault.Conflict, "factor.nothing_to_confirm")
	}
	secret, err := secrets{h.Keys}.open(person.ID, person.SecretSealed)
	if err != nil {
		return err
	}
	step, right := stepOf(compact(code), secret, h.Now())
	if code != "" && !right {
		form.Reject("code", "factor.wrong_code")
	}
	if form.Err() != nil {
		return h.showEnrolment(c, fiber.StatusUnprocessableEntity, person, form.Errors())
	}
	return h.gain(c, person, func(ctx context.Context, tx *store.Tx) (audit.Entry, error) {
		confirmed, err := tx.SecondFactorConfirm(ctx, db.SecondFactorConfirmParams{UserID: person.ID, Step: step, SecretSealed: person.SecretSealed})
		if err == nil && confirmed == 0 {
			err = fault.New(fault.Conflict, "factor.nothing_to_confirm")
		}
		return audit.Entry{Action: secondFactorCreate, After: audit.Fields{"kind": "app"}}, err
	})
}

// gain adds a second factor. The first one comes with recovery codes; each ends the
// person's other sessions and gives this one a new token.
func (h *Handler) gain(c *fiber.Ctx, person db.SecondFactorPersonRow, add func(context.Context, *store.Tx) (audit.Entry, error)) error {
	var codes []string
	var welcome func()
	who, _ := actor.From(c.UserContext())
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		person, err := hold(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		entry, err := add(ctx, tx)
		if err != nil {
			return err
		}
		if codes = nil; person.CodesLeft == 0 {
			if codes, err = replaceCodes(ctx, tx, person); err != nil {
				return err
			}
		}
		ended, err := tx.SessionEndOthers(ctx, db.SessionEndOthersParams{UserID: person.ID, Spared: who.SessionID})
		if err != nil {
			return err
		}
		if len(ended) > 0 {
			entry.After["sessions_ended"] = len(ended)
		}
		if welcome, err = h.Guard.Renew(ctx, c, tx, nil); err != nil {
			return err
		}
		return audit.RecordPlatform(ctx, tx, about(person, entry))
	})
	if err != nil {
		return err
	}
	welcome()
	if codes == nil {
		return web.Redirect(c, page)
	}
	return h.handOut(c, codes)
}

// about makes the person the entry's target.
func about(person db.SecondFactorPersonRow, entry audit.Entry) audit.Entry {
	entry.TargetKind, entry.TargetID, entry.TargetName = "user", person.ID, person.Name
	return entry
}

// required reports whether this person may not be without a second factor.
func (h *Handler) required(person db.SecondFactorPersonRow) bool {
	return person.ClinicRequires || person.SuperAdmin && h.Guard.RequireAdmin2FA
}

// person is the one who asks.
func (h *Handler) person(c *fiber.Ctx) (db.SecondFactorPersonRow, error) {
	who, _ := actor.From(c.UserContext())
	return h.Store.PlatformStatement().SecondFactorPerson(c.UserContext(), who.UserID)
}

func (h *Handler) showEnrolment(c *fiber.Ctx, status int, person db.SecondFactorPersonRow, wrong map[string]string) error {
	secret, err := secrets{h.Keys}.open(person.ID, person.SecretSealed)
	if err != nil {
		return err
	}
	address, err := addressOf(person.Email, secret)
	if err != nil {
		return err
	}
	drawn, err := picture(address)
	if err != nil {
		return err
	}
	return h.show(c, status, "factor.enrol", views.Enrol(views.Enrolment{Picture: drawn, Secret: secret, Errors: wrong}))
}

// show leaves the navigation out for who can go nowhere yet.
func (h *Handler) show(c *fiber.Ctx, status int, title string, content templ.Component) error {
	who, _ := actor.From(c.UserContext())
	title = locale.From(c.UserContext()).T(title)
	if who.MustEnrol {
		return h.Web.BarePage(c, status, title, views.Must(content))
	}
	return h.Web.Page(c, status, layout.Account, title, content)
}
