package web

import (
	"errors"
	"log/slog"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

// statuses is the one place where kinds of fault become HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid:         fiber.StatusUnprocessableEntity,
	fault.Malformed:       fiber.StatusBadRequest,
	fault.Unauthenticated: fiber.StatusUnauthorized,
	fault.Forbidden:       fiber.StatusForbidden,
	fault.NotFound:        fiber.StatusNotFound,
	fault.Conflict:        fiber.StatusConflict,
	fault.Stale:           fiber.StatusConflict,
	fault.Used:            fiber.StatusConflict,
	fault.Gone:            fiber.StatusGone,
	fault.TooLarge:        fiber.StatusRequestEntityTooLarge,
	fault.WrongType:       fiber.StatusUnsupportedMediaType,
	fault.TooMany:         fiber.StatusTooManyRequests,
	fault.Unavailable:     fiber.StatusServiceUnavailable,
}

// kindsOfStatus says what Fiber's own errors are in our words.
var kindsOfStatus = map[int]fault.Kind{
	fiber.StatusNotFound:              fault.NotFound,
	fiber.StatusRequestEntityTooLarge: fault.TooLarge,
	fiber.StatusTooManyRequests:       fault.TooMany,
	fiber.StatusServiceUnavailable:    fault.Unavailable,
}

// failed is the one error handler: it logs what happened and tells the asker no
// more than its kind (hazard 34).
func (w *Web) failed(c *fiber.Ctx, err error) error {
	said := describe(err)
	if said.status >= 500 {
		w.Log.LogAttrs(c.UserContext(), slog.LevelError, "request failed",
			slog.String("request_id", RequestID(c.UserContext())), slog.String("route", routePattern(c)), slog.String("error", err.Error()))
	}
	if errors.Is(err, fault.ErrForged) {
		w.Alarm(c, err)
	}
	if layout.From(c.UserContext()).Asset == nil {
		w.asStranger(c)
	}
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	if said.retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(said.retryAfter.Seconds()))))
	}
	switch {
	case isMachine(c):
		return w.failMachine(c, said)
	case said.status == fiber.StatusUnauthorized:
		return sendToLogin(c)
	case IsHTMX(c):
		return w.failHTMX(c, said)
	}
	return w.failPage(c, said)
}

// Alarm writes into the log that a request came upon a row that somebody has forged, for
// whoever watches the log by that word. The asker is told nothing of it.
func (w *Web) Alarm(c *fiber.Ctx, err error) {
	who, _ := actor.From(c.UserContext())
	w.Log.LogAttrs(c.UserContext(), slog.LevelError, "ALARM: a row is not as the program wrote it",
		slog.String("request_id", RequestID(c.UserContext())), slog.String("route", routePattern(c)), slog.String("user_id", who.UserID.String()),
		slog.String("tenant_id", who.TenantID.String()), slog.String("error", err.Error()))
}

// described is an error as the asker is told of it.
type described struct {
	status     int
	kind       string
	message    string // a catalog key
	retryAfter time.Duration
	arguments  []any // of the message
}

// sentence is the message in words.
func (d described) sentence(l *locale.Locale) string { return l.T(d.message, d.arguments...) }

// Sentence tells a person about an error, as an answer would, and no more.
func Sentence(l *locale.Locale, err error) string { return describe(err).sentence(l) }

func describe(err error) described {
	if found, ok := errors.AsType[*fault.Error](err); ok {
		message := found.Message
		if message == "" {
			message = "error." + string(found.Kind)
		}
		return described{statuses[found.Kind], string(found.Kind), message, found.RetryAfter, found.Arguments}
	}
	if refused, ok := errors.AsType[*fiber.Error](err); ok {
		kind, known := kindsOfStatus[refused.Code]
		switch {
		case known:
			return described{refused.Code, string(kind), "error." + string(kind), 0, nil}
		case refused.Code == fiber.StatusMethodNotAllowed:
			return described{refused.Code, "method_not_allowed", "error.method", 0, nil}
		case refused.Code >= 400 && refused.Code < 500:
			return described{refused.Code, string(fault.Malformed), "error.malformed", 0, nil}
		}
	}
	return described{fiber.StatusInternalServerError, "internal", "error.internal", 0, nil}
}

// isMachine is true for the routes that scripts and monitors use.
func isMachine(c *fiber.Ctx) bool {
	path := c.Path()
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

func (w *Web) failMachine(c *fiber.Ctx, said described) error {
	return c.Status(said.status).JSON(fiber.Map{"error": fiber.Map{
		"code": said.kind, "message": said.sentence(locale.New(locale.English, nil, "", nil)), "request_id": RequestID(c.UserContext()),
	}})
}

// sendToLogin keeps where the person wanted to go, if that was a page; for htmx that is
// the page that asks: nobody wants to go to the address of a piece of it.
func sendToLogin(c *fiber.Ctx) error {
	if IsHTMX(c) {
		c.Set("HX-Redirect", loginBefore(askingPage(c)))
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	if c.Method() != fiber.MethodGet {
		return c.Redirect(loginBefore("/"), fiber.StatusSeeOther)
	}
	return c.Redirect(loginBefore(c.OriginalURL()), fiber.StatusSeeOther)
}

// loginBefore is the address of the page that signs in and leads on to another.
func loginBefore(next string) string {
	if next = LocalPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// askingPage is the address of the page that htmx asks for, "/" where it is none of ours.
func askingPage(c *fiber.Ctx) string {
	page, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil || page.Path == "/login" {
		return "/"
	}
	return LocalPath(page.RequestURI())
}

// failHTMX answers the sentence alone, for a toast; nothing on the page changes.
func (w *Web) failHTMX(c *fiber.Ctx, said described) error {
	sentence := said.sentence(locale.From(c.UserContext()))
	if err := trigger(c, map[string]any{"toast": toastNow{sentence, ui.Failure}}); err != nil {
		return err
	}
	c.Set("HX-Reswap", "none")
	return c.Status(said.status).SendString(sentence)
}

func (w *Web) failPage(c *fiber.Ctx, said described) error {
	l := locale.From(c.UserContext())
	content := layout.Failure(layout.FailureOptions{
		Status: said.status, Message: said.sentence(l), RequestID: RequestID(c.UserContext()),
	})
	return w.BarePage(c, said.status, l.T("error.title"), content)
}
