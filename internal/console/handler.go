// Package console shows those who run the installation how it stands: at a glance,
// its queue, what keeps clinics apart, and what each change of state does. It shows
// no clinic's data.
package console

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/store/rls"
	"frontdesk/internal/web"
	views "frontdesk/views/console"
	"frontdesk/views/layout"
)

// Handler answers /admin, /admin/docs, /admin/jobs and /admin/rls.
type Handler struct {
	Web   *web.Web
	Store *store.Store
	Queue *job.Queue
}

// Docs shows which change of state is possible, as the state machine itself has it.
func (h *Handler) Docs(c *fiber.Ctx) error {
	title := locale.From(c.UserContext()).T("nav.docs")
	return h.Web.Page(c, fiber.StatusOK, layout.Docs, title, views.Docs())
}

// RLS shows how row-level security stands now. The catalog can be read by
// every login, so the platform's own asks, without a right more than it has.
func (h *Handler) RLS(c *fiber.Ctx) error {
	var report rls.Report
	err := h.Store.PlatformSnapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		report, err = rls.CheckLogins(ctx, tx.Raw(), tx.Last, rls.RunTime)
		return err
	})
	if err != nil {
		return err
	}
	title := locale.From(c.UserContext()).T("nav.rls")
	return h.Web.Page(c, fiber.StatusOK, layout.RLS, title, views.RLS(reportOf(report)))
}
