package factor

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/web"
	views "frontdesk/views/factor"
)

// proofLife is how long it holds that a session's person has proved who they are.
// Signing in is the first proof.
const proofLife = 10 * time.Minute

const proofPage = page + "/proof"

var identity = views.Question{Title: "factor.prove", Text: "factor.prove_text", Action: proofPage, Label: "factor.prove_go"}

// Proven stands before what adds a second factor: whoever finds a browser signed in
// must not give themselves a way in that outlives the session. It asks for the password
// where the last proof is old (OWASP ASVS 5.0, 7.5.1).
func (h *Handler) Proven(next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		who, _ := actor.From(c.UserContext())
		proved, err := h.Store.PlatformStatement().SessionIsProved(c.UserContext(), db.SessionIsProvedParams{ID: who.SessionID, Life: proofLife})
		if err != nil {
			return err
		}
		if !proved {
			return web.Redirect(c, proofPage)
		}
		return next(c)
	}
}

// AskProof asks who is there.
func (h *Handler) AskProof(c *fiber.Ctx) error {
	return h.ask(c, fiber.StatusOK, identity, nil)
}

// Prove takes the password as a proof, and leads back to what it is for.
func (h *Handler) Prove(c *fiber.Ctx) error {
	return h.withPassword(c, identity, func(uuid.UUID) error {
		who, _ := actor.From(c.UserContext())
		if err := h.Store.PlatformWrite().SessionProve(c.UserContext(), who.SessionID); err != nil {
			return err
		}
		return web.Redirect(c, page)
	})
}
