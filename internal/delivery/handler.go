package delivery

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/web"
)

// The headers that tell a script what the page after them tells a person.
const (
	SentHeader   = "X-Invite-Sent"
	ReasonHeader = "X-Invite-Reason"
)

// Answer hands the invite out and sends the browser to the page, which says what
// became of it. An invite without a token was made by the same form before: there
// is nothing to hand out again.
func (m *Mailer) Answer(c *fiber.Ctx, glue *web.Web, invite Invite, page string) error {
	if invite.Token == "" {
		return web.Redirect(c, page)
	}
	note := m.HandOut(c.UserContext(), invite)
	c.Set(SentHeader, strconv.FormatBool(note.Sent))
	if !note.Sent {
		c.Set(ReasonHeader, code(note.Reason))
	}
	if err := glue.LeaveNote(c, NoteName, page, note); err != nil {
		return err
	}
	return web.Redirect(c, page)
}
