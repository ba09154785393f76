package console

import (
	"context"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/audit"
	"frontdesk/internal/fault"
	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/console"
	"frontdesk/views/layout"
)

// maxName is how long a kind or the name of a queue may be.
const maxName = 128

// jobShape is what the list of jobs can be asked.
var jobShape = web.ListShape{
	ID: "jobs", Path: "/admin/jobs", PageSize: 50,
	Filters: []web.ListFilter{
		{Name: "state", Accepts: web.OneOf(job.States()...)}, {Name: "kind", Accepts: web.SomeText(maxName)}, {Name: "queue", Accepts: web.SomeText(maxName)},
	},
	Sorts: []web.ListSort{{Name: "id", Descending: true, Accepts: func(key string) bool { _, known := parseJobID(key); return known }}},
}

// Jobs lists the queue, the newest first, as its address says.
func (h *Handler) Jobs(c *fiber.Ctx) error {
	list, err := jobShape.Read(c)
	if err != nil {
		return err
	}
	var found []job.Row
	var counts []job.Count
	err = h.Store.PlatformSnapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(
			func() (err error) { found, err = h.Queue.List(ctx, tx, filterOf(list)); return err },
			func() (err error) { counts, err = h.Queue.Counts(ctx, tx); return err },
		)
	})
	if err != nil {
		return err
	}
	rows, state := web.Page(list, found, cursorOf)
	shown := views.JobList{State: state, States: job.States()}
	for _, row := range rows {
		shown.Rows = append(shown.Rows, jobOf(row, list))
	}
	for _, count := range counts {
		shown.Kinds, shown.Queues = append(shown.Kinds, count.Kind), append(shown.Queues, count.Queue)
	}
	shown.Kinds, shown.Queues = distinct(shown.Kinds), distinct(shown.Queues)
	return h.Web.Page(c, fiber.StatusOK, layout.Jobs, locale.From(c.UserContext()).T("nav.jobs"), views.Jobs(shown))
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func filterOf(list web.List) job.Filter {
	filter := job.Filter{
		State: list.Filter("state"), Kind: list.Filter("kind"), Queue: list.Filter("queue"), Ascending: list.Ascending(), Limit: int(list.Limit()),
	}
	if key := list.AfterKey(); key != nil {
		filter.After, _ = parseJobID(*key)
	}
	return filter
}

// cursorOf is the cursor of a job, whose id is a number.
func cursorOf(row job.Row) web.Cursor { return web.Cursor{Key: strconv.FormatInt(row.ID, 10)} }

// parseJobID reads a job's id: digits alone, as River counts them.
func parseJobID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

func jobOf(row job.Row, list web.List) views.Job {
	path := jobShape.Path + "/" + strconv.FormatInt(row.ID, 10)
	shown := views.Job{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, State: row.State, Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		ScheduledAt: row.ScheduledAt, LastError: row.LastError,
	}
	if row.Retryable() {
		shown.Retry = list.Under(path + "/retry")
	}
	if row.Cancellable() {
		shown.Cancel = list.Under(path + "/cancellation")
	}
	return shown
}

// change is what a job goes through: Queue.Retry or Queue.Cancel.
type change func(ctx context.Context, tx *store.Tx, id int64) (before, after job.Row, err error)

// RetryJob lets a job run again at once.
func (h *Handler) RetryJob(c *fiber.Ctx) error {
	return h.changeJob(c, h.Queue.Retry, jobRetry, "job.retried")
}

// CancelJob ends a job before it is done.
func (h *Handler) CancelJob(c *fiber.Ctx) error {
	return h.changeJob(c, h.Queue.Cancel, jobCancel, "job.cancelled")
}

// changeJob makes and records the change, and goes back to the very page of the list
// that it was asked from.
func (h *Handler) changeJob(c *fiber.Ctx, change change, action audit.Action, told string) error {
	id, known := parseJobID(c.Params("id"))
	if !known {
		return fault.New(fault.NotFound, "")
	}
	list, err := jobShape.Read(c)
	if err != nil {
		return err
	}
	err = h.Store.Platform(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		before, after, err := change(ctx, tx, id)
		if err != nil {
			return err
		}
		return audit.RecordPlatform(ctx, tx, audit.Entry{
			Action: action, TargetKind: "job", TargetName: before.Kind + " " + strconv.FormatInt(id, 10), SubjectID: audit.Nobody,
			Before: audit.Fields{"state": before.State}, After: audit.Fields{"state": after.State},
		})
	})
	if err != nil {
		return err
	}
	return h.Web.Done(c, told, list.PageAddress())
}
