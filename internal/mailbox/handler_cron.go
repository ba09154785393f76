package mailbox

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/store"
)

// Schedule has every clinic's mailboxes read, as the schedule does by itself. It is for
// scripts, and takes no input from them: the job reads the list of clinics from the
// database (hazard 84). A second request while the first has not been done adds nothing.
func (h *Handler) Schedule(c *fiber.Ctx) error {
	err := h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return h.Queue.Enqueue(ctx, tx, ScheduleArguments{})
	})
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(fiber.Map{"status": "queued"})
}
