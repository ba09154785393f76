package clinic

import "frontdesk/internal/testkit"

// crowdedTenants and crowdedUsers make the size at which an installation is judged. The
// names are of every kind: ordinary, as long as a name may be, and markup; the
// states are all that there are.
const (
	crowdedTenants = `insert into tenants (id, name, slug, timezone, max_seats, status, status_reason, deleted_at, created_at)
		select gen_random_uuid(),
		       case when n % 97 = 0 then 'Asociația ' || repeat('Constantinopol', 6) || ' ' || n
		            when n % 89 = 0 then '<img src=x onerror="document.title=1"> ' || n
		            else (array['Cabinet', 'Clinica', 'Dental', 'Medica', 'Ortho', 'Sănătate', 'Țara', 'Zâmbet'])[n % 8 + 1]
		                 || (array[' Nord', ' Sud', ' Iași', ' Cluj', ' Brașov'])[n % 5 + 1] || ' ' || lpad(n::text, 4, '0') end,
		       'clinic-' || n, 'Europe/Bucharest', 100, state, case state when 'active' then '' else 'The contract has ended' end,
		       case state when 'deleted' then now() end, now() - n * interval '1 hour'
		from generate_series(1, $1::integer) n
		cross join lateral (select case n % 10 when 7 then 'suspended' when 9 then 'deleted' else 'active' end as state) states`
	crowdedUsers = `insert into users (id, email, name, status, status_reason, deleted_at, created_at)
		select gen_random_uuid(), 'person-' || n || '@crowd.example',
		       case when n % 997 = 0 then 'Ana ' || repeat('Ștefănescu-Brâncoveanu', 5) || ' ' || n
		            when n % 991 = 0 then '<img src=x onerror="document.title=1"> ' || n
		            else (array['Ana', 'Ion', 'Maria', 'Șerban', 'Țăndărică', 'Vlad', 'Ioana', 'Zoe'])[n % 8 + 1]
		                 || (array[' Pop', ' Radu', ' Ionescu', ' Marin', ' Dumitrescu'])[n % 5 + 1] || ' ' || lpad(n::text, 5, '0') end,
		       state, case state when 'active' then '' else 'Left the company in May' end,
		       case state when 'deleted' then now() end, now() - n * interval '1 minute'
		from generate_series(1, $1::integer) n
		cross join lateral (select case n % 10 when 7 then 'suspended' when 9 then 'deleted' else 'active' end as state) states`
	// Most belong to one clinic, some to three, some to none.
	crowdedMemberships = `insert into memberships (tenant_id, id, user_id, role, status, disabled_by_tenant)
		select placed.tenant_id, gen_random_uuid(), people.id, case when people.n % 20 = 0 then 'owner' else 'staff' end,
		       case when people.status = 'deleted' then 'revoked' when placed.status = 'deleted' then 'disabled' else 'active' end,
		       people.status <> 'deleted' and placed.status = 'deleted'
		from (select id, status, substring(email from '\d+')::integer as n from users where email like 'person-%') people
		cross join lateral generate_series(0, case when people.n % 50 = 0 then 2 when people.n % 33 = 0 then -1 else 0 end) place
		join (select id as tenant_id, status, substring(slug from '\d+')::integer as n from tenants where slug like 'clinic-%') placed
		  on placed.n = (people.n + place * 7) % (select count(*)::integer from tenants where slug like 'clinic-%') + 1`
)

// Crowd fills the installation with clinics, clinic-1 and so on, and with people,
// person-1@crowd.example and so on, in them; nobody of them can sign in.
func (w *World) Crowd(tenants, users int) {
	w.t.Helper()
	connection := testkit.Connect(w.t, w.Database.SuperuserURL)
	for _, step := range []struct {
		statement string
		arguments []any
	}{{crowdedTenants, []any{tenants}}, {crowdedUsers, []any{users}}, {crowdedMemberships, nil}, {"analyze", nil}} {
		if _, err := connection.Exec(w.t.Context(), step.statement, step.arguments...); err != nil {
			w.t.Fatal(err)
		}
	}
}
