package server_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// possessions are rows of one clinic, one for each parameter of the route table.
// The key is the route's path up to and with the parameter.
type possessions map[string]uuid.UUID

// factories make a row for each parameter; later ones may need what earlier ones
// made. A new route with a parameter needs its line here, or the test fails.
var factories = []struct {
	parameter, insert string
	needs             []string
}{
	{"/clients/:id", "insert into clients (tenant_id, id, first_name, last_name, email, search_text) values ($1, $2, $3, $3, lower($3) || '@mark.example', lower($3))", nil},
	{"/settings/audit/:id", "insert into audit_events (tenant_id, id, actor_kind, action, target_name) values ($1, $2, 'system', 'client_read', $3)", nil},
	{"/services/:id", "insert into services (tenant_id, id, name, duration) values ($1, $2, $3, 30)", nil},
	{"/resources/:id", "insert into resources (tenant_id, id, name, kind) values ($1, $2, $3, 'Room')", nil},
	{"/providers/:id", "insert into providers (tenant_id, id, name, color) values ($1, $2, $3, 'blue')", nil},
	{
		"/appointments/:id", `insert into appointments (tenant_id, id, notes, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
		values ($1, $2, $3, $4, $5, $6, date_trunc('hour', now()), date_trunc('hour', now()) + interval '30 minutes', date_trunc('hour', now()), date_trunc('hour', now()) + interval '30 minutes')`,
		[]string{"/clients/:id", "/providers/:id", "/services/:id"},
	},
	{"/settings/email/:id", `insert into mailboxes (tenant_id, id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
		values ($1, $2, $3, lower($3) || '@box.example', 'mail.example', 993, 'tls', 'mail.example', 465, 'tls', 'x', '\x00')`, nil},
	{"/inbox/:id", `insert into conversations (tenant_id, id, subject, mailbox_id, contact_address, contact_name, last_message_at)
		values ($1, $2, $3, $4, lower($3) || '@mark.example', $3, now())`, []string{"/settings/email/:id"}},
	{"/inbox/:id/messages/:message", `insert into messages (tenant_id, id, subject, conversation_id, mailbox_id, direction, delivery, body_text, body_html, raw_key)
		values ($1::uuid, $2, $3, $4, $5, 'out', 'sent', $3, '<p>' || $3 || '</p>', 'tenants/' || $1::uuid || '/messages/none')`, []string{"/inbox/:id", "/settings/email/:id"}},
	{"/inbox/:id/attachments/:attachment", `insert into attachments (tenant_id, id, name, message_id, size, storage_key)
		values ($1::uuid, $2, $3, $4, 1, 'tenants/' || $1::uuid || '/messages/none')`, []string{"/inbox/:id/messages/:message"}},
	{"/team/:id", `with person as (insert into users (id, email, name) values ($2, lower($3) || '@member.example', $3) returning id)
		insert into memberships (tenant_id, id, user_id, role) select $1, $2, id, 'staff' from person`, nil},
	{"/settings/support/:id", `insert into support_grants (tenant_id, id, granted_by, reason, expires_at)
		select $1::uuid, $2::uuid, user_id, $3, now() + interval '1 hour' from memberships where tenant_id = $1::uuid and role = 'owner'`, nil},
	{"/team/invites/:id", `insert into invites (tenant_id, id, name, email, role, token_hash, expires_at)
		values ($1, $2, $3, lower($3) || '@invited.example', 'staff', sha256(random()::text::bytea), now() + interval '1 day')`, nil},
}

// furnish makes a row of everything in the clinic, each bearing the mark.
func furnish(t *testing.T, world *clinic.World, of *clinic.Clinic, mark string) possessions {
	t.Helper()
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	made := possessions{}
	for _, factory := range factories {
		id := uuid.Must(uuid.NewV7())
		arguments := []any{of.ID, id, mark}
		for _, need := range factory.needs {
			arguments = append(arguments, made[need])
		}
		if _, err := connection.Exec(t.Context(), factory.insert, append([]any{pgx.QueryExecModeExec}, arguments...)...); err != nil {
			t.Fatalf("%s: %v", factory.parameter, err)
		}
		made[factory.parameter] = id
	}
	return made
}

// parametersOf are the keys of a route's parameters.
func parametersOf(route guard.Route) (keys []string) {
	for _, at := range parameter.FindAllStringIndex(route.Path, -1) {
		keys = append(keys, route.Path[:at[1]])
	}
	return keys
}

// fill puts an id in the place of each parameter.
func fill(route guard.Route, id func(key string) uuid.UUID) string {
	path := route.Path
	keys := parametersOf(route)
	for i := len(keys) - 1; i >= 0; i-- {
		start := strings.LastIndex(keys[i], ":")
		path = path[:start] + id(keys[i]).String() + path[len(keys[i]):]
	}
	return path
}

// ownOf is the id of alfa's row for a parameter.
func (n *neighbours) ownOf(key string) uuid.UUID { return n.own[key] }
