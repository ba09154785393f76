package web

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/views/layout"
)

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// observe gives each request an id, and logs and counts it when it is answered.
// The log holds the route's pattern, not the path: a path can hold a token.
func (w *Web) observe(c *fiber.Ctx) error { return w.observed(c, routePattern, c.Next) }

func (w *Web) observed(c *fiber.Ctx, pattern func(*fiber.Ctx) string, answer func() error) error {
	started := time.Now()
	id := uuid.Must(uuid.NewV7()).String()
	c.SetUserContext(context.WithValue(c.UserContext(), requestIDKey{}, id))
	c.Set(fiber.HeaderXRequestID, id)
	err := answer()
	if err != nil {
		// Answer now, so that the status below is the one that leaves.
		err = w.failed(c, err)
	}
	route := pattern(c)
	count(c.Method(), route, c.Response().StatusCode(), time.Since(started))
	w.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "request", requestAttributes(c, id, route, time.Since(started))...)
	return err
}

// unread answers what the server could not read to its end: a body or header beyond
// its bounds, or what is no HTTP. No middleware has seen it, so that what every answer
// carries is put on here.
func (w *Web) unread(c *fiber.Ctx, err error) error {
	return w.observed(c, func(*fiber.Ctx) string { return noRoute }, func() error {
		w.secure(c)
		return err
	})
}

// asStranger has what is refused before anybody asked who asks shown as to anybody: in the
// browser's language, and in our style.
func (w *Web) asStranger(c *fiber.Ctx) {
	ctx := locale.With(c.UserContext(), locale.New(locale.Match(c.Get(fiber.HeaderAcceptLanguage)), time.UTC, "", nil))
	c.SetUserContext(layout.With(ctx, layout.Frame{Asset: w.Assets.Address}))
}

// noRoute stands for the pattern of a request that no route answered.
const noRoute = "none"

func requestAttributes(c *fiber.Ctx, id, route string, took time.Duration) []slog.Attr {
	attributes := []slog.Attr{
		slog.String("request_id", id), slog.String("method", c.Method()), slog.String("route", route),
		slog.Int("status", c.Response().StatusCode()), slog.Duration("took", took),
	}
	if who, ok := actor.From(c.UserContext()); ok {
		attributes = append(attributes, slog.String("user_id", who.UserID.String()), slog.String("tenant_id", who.TenantID.String()))
	}
	return attributes
}

// routePattern is the pattern of the route that answered, or noRoute for a
// request that only middleware saw.
func routePattern(c *fiber.Ctx) string {
	path := c.Route().Path
	if path == "/" && strings.Trim(c.Path(), "/") != "" {
		return noRoute
	}
	return path
}

// recovered turns a panic into an error, so that the one error handler answers
// and the process lives (hazard 76).
func (w *Web) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())
		}
	}()
	return c.Next()
}
