package session

import (
	"context"

	"frontdesk/internal/locale"
)

func translated(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	return locale.From(ctx).T(key)
}
