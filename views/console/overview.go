package console

import (
	"context"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/audit"
)

// Glance is the installation at one moment.
type Glance struct {
	Counts
	Queue  []JobCount
	Latest []audit.Entry
	Newest []Clinic
}

// Counts are how many clinics and people there are in each state, and which mail
// waits for an answer or failed in the last seven days.
type Counts struct {
	TenantsActive, TenantsSuspended, TenantsDeleted int64
	UsersActive, UsersSuspended, UsersDeleted       int64
	InvitesOpen, InvitesFailed, ResetsFailed        int64
}

// JobCount is how many jobs are in a state.
type JobCount struct {
	State string
	Jobs  int64
}

// Clinic is one of the newest.
type Clinic struct {
	ID, Name, Slug, Status string
	CreatedAt              time.Time
}

func number(ctx context.Context, n int64) string { return locale.From(ctx).Number(n) }

// others says how many are suspended and deleted.
func others(ctx context.Context, suspended, deleted int64) string {
	l := locale.From(ctx)
	return l.T("console.others", "suspended", l.Number(suspended), "deleted", l.Number(deleted))
}

func (c Counts) failures(ctx context.Context) string {
	l := locale.From(ctx)
	invites, resets := l.T("console.invites_failed", "count", c.InvitesFailed), l.T("console.resets_failed", "count", c.ResetsFailed)
	return l.T("console.mail_failed_text", "invites", invites, "resets", resets)
}
