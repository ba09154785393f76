package mailbox

import (
	"context"

	"frontdesk/internal/locale"
)

func staleMessage(ctx context.Context, form Form) string {
	if form.Stored == nil {
		return ""
	}
	return locale.From(ctx).T("mailbox.stale")
}

func passwordHint(ctx context.Context, isNew bool) string {
	if isNew {
		return locale.From(ctx).T("mailbox.password_hint")
	}
	return locale.From(ctx).T("mailbox.password_kept")
}
