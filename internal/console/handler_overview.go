package console

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	auditviews "frontdesk/views/audit"
	views "frontdesk/views/console"
	"frontdesk/views/layout"
)

// shownRows is how many of the latest clinics, and of the latest rows of the log, the
// overview shows.
const shownRows = 8

// Overview shows the installation at a glance, all of it as of one moment.
func (h *Handler) Overview(c *fiber.Ctx) error {
	var glance views.Glance
	err := h.Store.PlatformSnapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) (err error) {
		glance, err = h.glance(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	title := locale.From(c.UserContext()).T("nav.overview")
	return h.Web.Page(c, fiber.StatusOK, layout.Overview, title, views.Overview(glance))
}

func (h *Handler) glance(ctx context.Context, tx *store.Tx) (glance views.Glance, err error) {
	var counts db.ConsoleCountsRow
	var clinics []db.ConsoleTenantListRow
	var latest []db.ConsoleEventListRow
	var jobs []job.Count
	err = tx.Last(
		func() (err error) { counts, err = tx.ConsoleCounts(ctx); return err },
		func() (err error) { clinics, err = tx.ConsoleTenantList(ctx, shownRows); return err },
		func() (err error) { latest, err = tx.ConsoleEventList(ctx, shownRows); return err },
		func() (err error) { jobs, err = h.Queue.Counts(ctx, tx); return err },
	)
	if err != nil {
		return glance, err
	}
	glance = views.Glance{Counts: views.Counts(counts), Queue: byState(jobs), Latest: latestOf(latest)}
	for _, row := range clinics {
		glance.Newest = append(glance.Newest, views.Clinic{ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Status: row.Status, CreatedAt: row.CreatedAt})
	}
	return glance, nil
}

// byState adds up the queue's figures: every state, those without a job too.
func byState(counts []job.Count) []views.JobCount {
	shown := make([]views.JobCount, 0, len(job.States()))
	for _, state := range job.States() {
		sum := views.JobCount{State: state}
		for _, count := range counts {
			if count.State == state {
				sum.Jobs += count.Jobs
			}
		}
		shown = append(shown, sum)
	}
	return shown
}

func latestOf(rows []db.ConsoleEventListRow) []auditviews.Entry {
	entries := make([]auditviews.Entry, len(rows))
	for i, row := range rows {
		entries[i] = auditviews.Entry{
			At: row.OccurredAt, ActorKind: row.ActorKind, ActorName: row.ActorName, Action: row.Action, TargetName: row.TargetName, Reason: row.Reason,
		}
	}
	return entries
}
