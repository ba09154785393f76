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
)

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// observe gives each request an id, and logs and counts it when it is answered.
// The log holds the route's pattern, not the path: a path can hold a token.
func (w *Web) observe(c *fiber.Ctx) error {
	started := time.Now()
	id := uuid.Must(uuid.NewV7()).String()
	c.SetUserContext(context.WithValue(c.UserContext(), requestIDKey{}, id))
	c.Set(fiber.HeaderXRequestID, id)
	err := c.Next()
	if err != nil {
		// Answer now, so that the status below is the one that leaves.
		err = w.failed(c, err)
	}
	route := routePattern(c)
	count(c.Method(), route, c.Response().StatusCode(), time.Since(started))
	w.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "request", requestAttributes(c, id, route, time.Since(started))...)
	return err
}

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

// routePattern is the pattern of the route that answered, or "none" for a
// request that only middleware saw.
func routePattern(c *fiber.Ctx) string {
	path := c.Route().Path
	if path == "/" && strings.Trim(c.Path(), "/") != "" {
		return "none"
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
