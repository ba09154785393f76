package transition

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/lifecycle"
	"frontdesk/internal/locale"
	"frontdesk/internal/web"
	views "frontdesk/views/transition"
	"frontdesk/views/ui"
)

// mostRows is more than a page of a list has.
const mostRows = 200

// show answers a list again, with the bar as it was sent and what came of it.
type show func(c *fiber.Ctx, status int, bulk views.Bulk) error

// CreateMany changes every row that is ticked, each in a transaction of its own:
// one that cannot be changed keeps none of the others from it.
func (h *Handler) CreateMany(c *fiber.Ctx, show show) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	bulk, ids, change := readMany(form)
	if form.Err() != nil {
		return show(c, fiber.StatusUnprocessableEntity, bulk)
	}
	bulk.Outcome = h.doMany(c, ids, change, bulk.Ticked)
	if len(bulk.Outcome.Failures) > 0 {
		return show(c, fiber.StatusConflict, bulk)
	}
	if web.IsHTMX(c) {
		return show(c, fiber.StatusOK, views.Bulk{Outcome: bulk.Outcome})
	}
	return h.Web.Done(c, "transition.all_done", h.Path+"?"+string(c.Request().URI().QueryString()))
}

// readMany reads the bar below a list; what was typed and ticked is shown again.
func readMany(form *web.Form) (views.Bulk, []uuid.UUID, Change) {
	transitions := make([]string, 0, len(lifecycle.Transitions()))
	for _, transition := range lifecycle.Transitions() {
		transitions = append(transitions, string(transition))
	}
	change := Change{Transition: lifecycle.Transition(form.OneOf("transition", transitions...)), Reason: readReason(form)}
	bulk := views.Bulk{Ticked: map[string]bool{}, Reason: form.Value("reason"), Chosen: string(change.Transition), Errors: form.Errors()}
	var ids []uuid.UUID
	for _, value := range form.Values("id") {
		id, err := uuid.Parse(value)
		if err != nil || len(ids) == mostRows {
			form.Reject("id", "transition.rows_unknown")
			break
		}
		if !bulk.Ticked[id.String()] {
			ids = append(ids, id)
		}
		bulk.Ticked[id.String()] = true
	}
	if len(ids) == 0 {
		form.Reject("id", "transition.rows_none")
	}
	return bulk, ids, change
}

// doMany changes the rows one by one. Those that are changed are ticked no more, so
// that what is tried next is tried on the others alone.
func (h *Handler) doMany(c *fiber.Ctx, ids []uuid.UUID, change Change, ticked map[string]bool) *views.Outcome {
	ctx, l := c.UserContext(), locale.From(c.UserContext())
	outcome := &views.Outcome{Transition: string(change.Transition)}
	for _, id := range ids {
		err := h.Do(ctx, id, change)
		if err == nil {
			outcome.Done++
			delete(ticked, id.String())
			continue
		}
		if fault.KindOf(err) == "" {
			h.Web.Log.LogAttrs(ctx, slog.LevelError, "row not changed", slog.String("request_id", web.RequestID(ctx)),
				slog.String("id", id.String()), slog.String("error", err.Error()))
		}
		name := id.String()
		if subject, err := h.Find(ctx, id); err == nil {
			name = subject.Name
		}
		outcome.Failures = append(outcome.Failures, views.Failure{Name: name, Why: web.Sentence(l, err)})
	}
	return outcome
}

// BulkBar is the bar below a list.
func (h *Handler) BulkBar(l *locale.Locale, list web.List, state ui.ListState, bulk views.Bulk) ui.BulkOptions {
	options := ui.BulkOptions{
		State: state, Action: list.Under(h.Path + "/transitions"), Errors: bulk.Errors, Reason: bulk.Reason, Chosen: bulk.Chosen,
	}
	for _, transition := range lifecycle.Transitions() {
		options.Choices = append(options.Choices, ui.Choice{Value: string(transition), Label: l.T("transition." + string(transition))})
	}
	return options
}
