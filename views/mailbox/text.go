package mailbox

import (
	"context"

	"frontdesk/internal/locale"
)

func passwordHint(ctx context.Context, isNew bool) string {
	if isNew {
		return locale.From(ctx).T("mailbox.password_hint")
	}
	return locale.From(ctx).T("mailbox.password_kept")
}
