package web

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
)

// noteLife is how long a note waits for its page.
const noteLife = 10 * time.Minute

// LeaveNote keeps a value for the next look at one page of ours, in the browser
// of the person who asked now: sealed, so that it is stored nowhere and nobody
// else can read it. name is the cookie's; page is the path that may take it.
func (w *Web) LeaveNote(c *fiber.Ctx, name, page string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.SetCookie(c, name, w.Keys.SealCookie(notePurpose(c, name, page), raw, time.Now().Add(noteLife)), noteLife)
	return nil
}

// TakeNote reads the note that was left for this page and person, and makes the
// browser forget it; it reports whether there was one. A note for another page
// stays.
func (w *Web) TakeNote(c *fiber.Ctx, name, page string, value any) bool {
	sealed := w.Cookie(c, name)
	if sealed == "" {
		return false
	}
	raw, err := w.Keys.OpenCookie(notePurpose(c, name, page), sealed, time.Now())
	if err != nil || json.Unmarshal(raw, value) != nil {
		return false
	}
	w.ClearCookie(c, name)
	return true
}

// notePurpose binds a note to its page and to the person.
func notePurpose(c *fiber.Ctx, name, page string) string {
	who, _ := actor.From(c.UserContext())
	return name + " " + page + " " + who.UserID.String() + " " + who.TenantID.String()
}
