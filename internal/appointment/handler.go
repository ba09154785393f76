package appointment

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/search"
	"frontdesk/internal/store"
	"frontdesk/internal/web"
	views "frontdesk/views/appointment"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

// Handler answers /appointments and /calendar.
type Handler struct {
	Web   *web.Web
	Store *store.Store
}

// Index leads to the agenda, which is the list of appointments.
func (h *Handler) Index(c *fiber.Ctx) error { return web.Redirect(c, "/calendar?view=agenda") }

// Show shows one appointment.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	stored, err := h.Store.Statement(ctx).AppointmentGet(ctx, id)
	if err != nil {
		return err
	}
	hours, err := booking.HoursOf(ctx, h.Store.Statement(ctx), stored.ProviderID)
	if err != nil {
		return err
	}
	shown := showAppointment(locale.From(ctx), stored, hours)
	return h.Web.Page(c, fiber.StatusOK, layout.Calendar, shown.Client, views.ShowPage(shown))
}

// New shows the form that books.
func (h *Handler) New(c *fiber.Ctx) error {
	form, err := newForm(c)
	if err != nil {
		return err
	}
	clientID, err := web.QueryID(c, "client_id")
	if err != nil {
		return err
	}
	if clientID != uuid.Nil {
		form.ClientID = clientID.String()
	}
	choices, err := h.choices(c.UserContext(), &form)
	if err != nil {
		return err
	}
	if err := choices.chosenExist(form); err != nil {
		return err
	}
	return h.show(c, fiber.StatusOK, form)
}

// Create books.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	if form.Has("find_client") {
		return h.again(c, fiber.StatusOK, form, obstructed{})
	}
	ctx := c.UserContext()
	request := readRequest(form, locale.From(ctx).Zone())
	if searched(form) {
		form.Reject("client_id", "appointment.client_searched")
	}
	if form.Err() != nil {
		return h.refuse(c, form, request)
	}
	location, err := h.book(ctx, key, request)
	taken, isTaken := errors.AsType[*booking.TakenError](err)
	switch {
	case isTaken:
		return h.again(c, fiber.StatusConflict, form, obstructed{plan: &taken.Plan})
	case form.RejectFault(err):
		return h.again(c, form.Status(), form, obstructed{})
	case err != nil:
		return err
	}
	return h.done(c, location, request.StartsAt, "appointment.booked")
}

// refuse shows a form that cannot be read, with what is wrong with its choices as
// well, so that a person hears of everything at once.
func (h *Handler) refuse(c *fiber.Ctx, form *web.Form, request booking.Request) error {
	err := booking.Check(c.UserContext(), h.Store.Statement(c.UserContext()), request)
	if err != nil && !form.RejectFault(err) {
		return err
	}
	return h.again(c, fiber.StatusUnprocessableEntity, form, obstructed{})
}

// Edit shows the form that changes.
func (h *Handler) Edit(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	stored, err := h.Store.Statement(ctx).AppointmentGet(ctx, id)
	if err != nil {
		return err
	}
	form := storedForm(locale.From(ctx), stored)
	if _, err := h.choices(ctx, &form); err != nil {
		return err
	}
	return h.show(c, fiber.StatusOK, form)
}

// Update moves an appointment or changes what is known of it: fields that the
// form leaves out stay as they are.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	changes := readChanges(form, locale.From(c.UserContext()).Zone())
	if form.Err() != nil {
		return h.editAgain(c, fiber.StatusUnprocessableEntity, id, form, obstructed{})
	}
	plan, err := h.change(c.UserContext(), id, changes)
	taken, isTaken := errors.AsType[*booking.TakenError](err)
	switch {
	case err == nil:
		return h.done(c, addressOf(id), plan.StartsAt, "appointment.saved")
	case fault.Is(err, fault.Stale):
		return h.editAgain(c, fiber.StatusConflict, id, form, obstructed{stale: true})
	case isTaken:
		return h.editAgain(c, fiber.StatusConflict, id, form, obstructed{plan: &taken.Plan})
	case form.RejectFault(err):
		return h.editAgain(c, fiber.StatusUnprocessableEntity, id, form, obstructed{})
	}
	return err
}

// Cancel gives the time of an appointment away.
func (h *Handler) Cancel(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	plan, err := h.cancel(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.done(c, addressOf(id), plan.StartsAt, "appointment.was_cancelled")
}

// Clients answers the search for a client while one types.
func (h *Handler) Clients(c *fiber.Ctx) error {
	if !web.IsHTMX(c) {
		return web.Redirect(c, "/appointments/new")
	}
	form := views.Form{ClientQuery: web.QueryText(c, "client_query", mostQuery), ClientID: c.Query("client_id")}
	err := h.Store.Snapshot(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Last(h.clientQuestions(ctx, tx, &form)...)
	})
	if err != nil {
		return err
	}
	return h.Web.Fragment(c, fiber.StatusOK, views.ClientChoices(form))
}

// done says what was done and leads on: to the appointment, or back to the day
// for somebody who works in the calendar.
func (h *Handler) done(c *fiber.Ctx, location string, startsAt time.Time, message string) error {
	if err := h.Web.Toast(c, ui.Success, message); err != nil {
		return err
	}
	if inCalendar(c) {
		day := localtime.DayOf(startsAt, locale.From(c.UserContext()).Zone())
		location = "/calendar?view=day&date=" + day.Format(isoDate)
	}
	return web.Redirect(c, location)
}

func inCalendar(c *fiber.Ctx) bool {
	current, err := url.Parse(c.Get("HX-Current-URL"))
	return err == nil && web.IsHTMX(c) && strings.HasPrefix(current.Path, "/calendar")
}

func (h *Handler) show(c *fiber.Ctx, status int, form views.Form) error {
	return h.Web.Page(c, status, layout.Calendar, locale.From(c.UserContext()).T("appointment.page_title"), views.FormPage(form))
}

// obstructed is why a form comes back, beyond its fields: a plan whose time is
// taken, or an appointment that somebody else has changed.
type obstructed struct {
	plan  *booking.Plan
	stale bool
}

// again shows the form that books once more, with everything as it was typed and
// the same idempotency key.
func (h *Handler) again(c *fiber.Ctx, status int, typed *web.Form, why obstructed) error {
	ctx := c.UserContext()
	form := typedForm(typed)
	form.New, form.Action, form.CancelHref = true, createRoute, "/calendar"
	if _, err := h.choices(ctx, &form); err != nil {
		return err
	}
	return h.showObstructed(c, status, form, uuid.Nil, why)
}

// editAgain shows the form that changes an appointment as it was typed; fields that it
// left out are shown as they are stored.
func (h *Handler) editAgain(c *fiber.Ctx, status int, id uuid.UUID, typed *web.Form, why obstructed) error {
	ctx := c.UserContext()
	stored, err := h.Store.Statement(ctx).AppointmentGet(ctx, id)
	if err != nil {
		return err
	}
	form := storedForm(locale.From(ctx), stored)
	now := form
	overlay(&form, typed)
	if why.stale {
		form.Message = "appointment.stale"
	} else if typed.Has("version") {
		form.Version = typed.Value("version")
	}
	if _, err := h.choices(ctx, &form); err != nil {
		return err
	}
	if why.stale {
		form.Stored = differences(locale.From(ctx), form, now, stored)
	}
	return h.showObstructed(c, status, form, id, why)
}

func (h *Handler) showObstructed(c *fiber.Ctx, status int, form views.Form, except uuid.UUID, why obstructed) error {
	ctx, l := c.UserContext(), locale.From(c.UserContext())
	if why.plan != nil {
		found, err := booking.FindObstacles(ctx, h.Store.Statement(ctx), *why.plan, except, l.Zone(), l.Now())
		if err != nil {
			return err
		}
		form.Message, form.Taken = "appointment.taken", showTaken(l, *why.plan, found)
	}
	return h.show(c, status, form)
}

// clientQuestions fill in the chosen client, then those whom the form's query finds.
func (h *Handler) clientQuestions(ctx context.Context, tx *store.Tx, form *views.Form) (questions []func() error) {
	form.Clients = form.Clients[:0]
	if chosen, err := uuid.Parse(form.ClientID); err == nil {
		questions = append(questions, func() error {
			row, err := tx.AppointmentClient(ctx, chosen)
			if err == nil {
				form.Clients = append(form.Clients, showClient(locale.From(ctx), db.AppointmentClientListRow(row)))
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
			return nil
		})
	}
	return append(questions, func() error {
		rows, err := tx.AppointmentClientList(ctx, search.Terms(form.ClientQuery))
		for _, row := range rows {
			if id := row.ID.String(); id != form.ClientID {
				form.Clients = append(form.Clients, showClient(locale.From(ctx), row))
			}
		}
		return err
	})
}
