package server

import (
	"context"
	"log/slog"
)

// levelHandler passes warnings and errors on.
type levelHandler struct{ slog.Handler }

func (levelHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (h levelHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return levelHandler{h.Handler.WithAttrs(attributes)}
}

func (h levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{h.Handler.WithGroup(name)}
}
