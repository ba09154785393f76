-- name: MembershipCreate :exec
-- The platform's door: whoever joins has no tenant yet.
insert into memberships (tenant_id, id, user_id, role) values (@tenant_id, @id, @user_id, @role);

-- name: MembershipJoin :one
-- The platform's door: a new membership, or the old one of somebody who was
-- removed before they were invited again, which begins anew. No row for who is in the
-- team, and for who was removed after that.
insert into memberships (tenant_id, id, user_id, role) values (@tenant_id, @id, @user_id, @role)
on conflict (tenant_id, user_id) do update
    set role = excluded.role, status = 'active', revoked_by_user_deletion = false, disabled_by_tenant = false,
        version = memberships.version + 1, created_at = now(), updated_at = now()
    where memberships.status = 'revoked' and memberships.updated_at <= @invited_at
returning memberships.id;

-- name: MembershipList :many
-- The tenant's door: the team, owners first, then those who were removed.
select memberships.id, memberships.user_id, memberships.role, memberships.status, memberships.version, memberships.created_at,
       memberships.updated_at, users.name, users.email, users.status as user_status
from memberships join users on users.id = memberships.user_id
order by memberships.status, memberships.role, users.name collate "und-x-icu", memberships.id;

-- name: MembershipGet :one
-- The tenant's door.
select memberships.id, memberships.user_id, memberships.role, memberships.status, memberships.version, users.name, users.email
from memberships join users on users.id = memberships.user_id
where memberships.id = @id;

-- name: MembershipRoleOf :one
-- The tenant's door: what somebody is in the team now; no row for who left.
select role from memberships where user_id = @user_id and status = 'active';

-- name: MembershipOwnerCount :one
-- The tenant's door.
select count(*) from memberships where role = 'owner' and status = 'active';

-- name: MembershipSetRole :exec
-- The tenant's door.
update memberships set role = @role, version = version + 1, updated_at = now() where id = @id;

-- name: MembershipRemove :exec
-- The tenant's door. clock_timestamp: an invite that was made while this waited is
-- older than the removal.
update memberships set status = 'revoked', version = version + 1, updated_at = clock_timestamp() where id = @id;

-- name: MembershipHasEmail :one
-- Either door: whether an address belongs to somebody in the team.
select exists (select from tenants
               join memberships on memberships.tenant_id = tenants.id and memberships.status <> 'revoked'
               join users on users.id = memberships.user_id
               where tenants.id = @tenant and users.email = @email);

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
