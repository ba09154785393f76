package rls

import "slices"

// The reviewed lists. An entry is an exception from a rule, so it says why it is
// safe; a change here is a change of who can read whom.

// allColumns stands for every column of a table.
var allColumns = []string(nil)

// reachable is a table without tenant_id that the tenant login may reach.
type reachable struct {
	privileges []string // any of SELECT, INSERT, UPDATE, DELETE
	columns    []string // that it may read
	updates    []string // columns that it may update
	policy     reviewedPolicy
	// unforced says why the table's owner is not bound; empty: it is.
	unforced string
	reason   string
}

// reviewedPolicy is the one that lets the tenant login at a table without tenant_id, its
// expressions as pg_get_expr prints them.
type reviewedPolicy struct {
	command      string // as in pg_policy
	using, check string
	// inserts is the check of a restrictive policy, which binds inserts further.
	inserts string
}

// jobByTenant is how a job belongs to a clinic.
const jobByTenant = "((args ->> 'tenant_id'::text) = (( SELECT public.current_tenant() AS current_tenant))::text)"

var reachableByTenant = map[string]reachable{
	"public.tenants": {
		privileges: []string{"SELECT"}, columns: allColumns,
		policy: reviewedPolicy{command: "r", using: "(id = ( SELECT public.current_tenant() AS current_tenant))"},
		reason: "a clinic reads its own row",
	},
	"public.users": {
		privileges: []string{"SELECT"}, columns: []string{"id", "email", "name", "status"},
		policy: reviewedPolicy{command: "r", using: "(EXISTS ( SELECT FROM public.memberships WHERE (memberships.user_id = users.id)))"},
		reason: "a clinic reads the names of its own people: the subquery stands under the policy of memberships",
	},
	"public.workers": {
		privileges: []string{"SELECT"}, columns: []string{"id"},
		reason: "a clinic's work asks whether the process that has a mailbox lives still; random ids only, of no clinic",
	},
	"river.river_job": {
		privileges: []string{"SELECT", "INSERT", "UPDATE"}, columns: allColumns, updates: []string{"kind"},
		policy: reviewedPolicy{
			command: everyCommand, using: jobByTenant, check: jobByTenant,
			inserts: "public.job_takes_no_place(to_jsonb(river_job.*))",
		},
		unforced: "River's own migrations change its rows as the owner",
		reason:   "a clinic's transaction enqueues its job and reads it back; a job that waits already is answered by an update of its kind to itself",
	},
}

// reach is what the platform login may do with a table that has a tenant_id.
type reach struct {
	privileges []string // any of SELECT, INSERT, UPDATE, DELETE
	reason     string
}

var anything = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}

// reachedByPlatform are the tables with tenant_id that the platform login may
// reach, and may have a policy for.
var reachedByPlatform = map[string]reach{
	"public.memberships":           {anything, "the guard finds a person's clinic before any tenant is known"},
	"public.invites":               {anything, "who opens an invitation stands in no tenant yet"},
	"public.sessions":              {anything, "the guard reads a session before a tenant is known; the tenant login has no grant at all"},
	"public.security_settings":     {[]string{"SELECT"}, "the guard asks whether the clinic requires a second factor, before any tenant is known"},
	"public.support_grants":        {[]string{"SELECT", "UPDATE"}, "the guard asks whether a support session may still look; of a row its MAC alone is made anew, by a newer key"},
	"public.audit_events":          {[]string{"INSERT"}, "what the console does to a clinic stands in the clinic's own log; the platform adds to it and cannot read it"},
	"public.audit_pending":         {[]string{"SELECT", "INSERT", "DELETE"}, "the sealer finds which clinics have something to seal; ids only"},
	"public.revisions":             {[]string{"SELECT"}, "the guard and open streams ask what has changed, of several clinics and of the console; numbers only, which the database alone writes"},
	"public.platform_audit_events": {[]string{"SELECT", "INSERT"}, "the platform's own log; the tenant login has no grant at all"},
}

// withoutTenantPolicy are the tables with tenant_id that the tenant login must
// not reach, so that they need no policy for it; tenant_id may be null there.
var withoutTenantPolicy = map[string]string{
	"public.sessions":              "only the platform login has a grant; a super-admin's session stands in no tenant",
	"public.revisions":             "only the platform login has a grant; the console's row is no clinic's",
	"public.platform_audit_events": "the platform's own log, of which some rows are about no tenant",
}

// globalKeys are unique keys of tables with tenant_id that are global by nature.
var globalKeys = map[string]string{
	"public.invites.invites_token_hash_key":                   "the token is all that the one who opens the link has; a hash of 256 random bits meets no other",
	"public.sessions.sessions_pkey":                           "the token's hash is all that a cookie gives; a hash of 256 random bits meets no other",
	"public.sessions.sessions_id_key":                         "a session's public name is a random UUID that only the platform makes and reads",
	"public.platform_audit_events.platform_audit_events_pkey": "the platform's own log; ids are made by the program",
}

// reviewedDefiners are SECURITY DEFINER functions, as schema.name(arguments),
// whose owner is bound by no policy.
var reviewedDefiners = map[string]string{
	"public.revision_note()":         "notes the clinics of the rows that a statement wrote; nobody may write notes directly",
	"public.revision_note_update()":  "the same for an update",
	"public.revision_note_row()":     "the same for a row",
	"public.revision_note_emptied()": "the same for a table that is emptied: every clinic",
	"public.revision_note_console()": "the same for what the console shows",
	"public.revision_note_clinic()":  "the same for a clinic's own row",
	"public.revision_note_person()":  "the same for a person; which clinics are theirs does not leave it",
	"public.revision_raise()":        "raises the numbers that were noted, which nobody may write directly",
}

// reviewOf says why a table may differ from the rule, or nothing.
func reviewOf(table string) string {
	if entry, ok := reachableByTenant[table]; ok {
		return entry.reason
	}
	return reachedByPlatform[table].reason
}

func (r reachable) allowsColumn(column string) bool {
	return r.columns == nil || slices.Contains(r.columns, column)
}

func (r reachable) isUnderPolicy() bool { return r.policy.command != "" }
