-- name: MembershipCreate :exec
-- The platform's door: whoever joins has no tenant yet.
insert into memberships (tenant_id, id, user_id, role) values (@tenant_id, @id, @user_id, @role);

-- name: MembershipList :many
-- The tenant's door: the team, owners first.
select memberships.id, memberships.user_id, memberships.role, memberships.created_at, users.name, users.email
from memberships join users on users.id = memberships.user_id
where memberships.status = 'active'
order by memberships.role, users.name collate "und-x-icu", memberships.id;

-- name: MembershipHasEmail :one
-- The tenant's door: whether an address belongs to somebody in the team.
select exists (select from memberships join users on users.id = memberships.user_id
               where users.email = @email and memberships.status = 'active');

-- name: MembershipListOfTenant :many
-- The platform's door: a tenant's people, whatever their state.
select memberships.id, memberships.role, memberships.status, memberships.created_at,
       users.id as user_id, users.name, users.email, users.status as user_status
from tenants
join memberships on memberships.tenant_id = tenants.id
join users on users.id = memberships.user_id
where tenants.id = @id
order by memberships.role, users.name collate "und-x-icu", memberships.id
limit @page_size;
