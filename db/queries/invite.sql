-- name: InviteCreateOwner :exec
-- The platform's door: a new tenant has nobody inside yet.
insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
values (@tenant_id, @id, @email, @name, 'owner', @token_hash, now() + @lifetime::interval);

-- name: InviteCreateStaff :exec
-- The tenant's door. The role is no parameter: nothing that is sent can make an
-- owner.
insert into invites (id, email, name, role, token_hash, expires_at)
values (@id, @email, @name, 'staff', @token_hash, now() + @lifetime::interval);

-- name: InviteByToken :one
-- The platform's door: an invite, its tenant's free seats, and the account that
-- its address owns already, if any.
select invites.tenant_id, invites.id, invites.email, invites.name, invites.role, tenants.name as tenant_name,
       (invites.accepted_at is null and invites.revoked_at is null and invites.expires_at > now()
        and tenants.status = 'active')::boolean as good,
       users.id as user_id, coalesce(users.status, 'active')::text as user_status,
       coalesce(users.super_admin, false)::boolean as super_admin,
       tenants.max_seats,
       (select count(*) from memberships where memberships.tenant_id = tenants.id and memberships.status = 'active') as members
from invites
join tenants on tenants.id = invites.tenant_id
left join users on users.email = invites.email
where invites.token_hash = @token_hash;

-- name: InviteAccept :one
-- The one statement that uses an invite up: of any number of racers one gets the
-- row (hazard 37).
update invites set accepted_at = now()
from tenants
where invites.token_hash = @token_hash and invites.accepted_at is null and invites.revoked_at is null
  and invites.expires_at > now() and tenants.id = invites.tenant_id and tenants.status = 'active'
returning invites.tenant_id, invites.email, invites.role;

-- name: InviteListOpen :many
-- The tenant's door: what has neither been accepted nor revoked, the expired ones
-- among them.
select id, email, name, role, created_at, expires_at, (expires_at <= now())::boolean as expired
from invites where accepted_at is null and revoked_at is null
order by created_at desc, id desc limit @page_size;

-- name: InviteListOfTenant :many
-- The platform's door.
select invites.id, invites.email, invites.name, invites.role, invites.created_at, invites.expires_at,
       invites.accepted_at, invites.revoked_at, (invites.expires_at <= now())::boolean as expired
from tenants join invites on invites.tenant_id = tenants.id
where tenants.id = @id
order by invites.created_at desc, invites.id desc limit @page_size;

-- name: InviteOwner :one
-- The platform's door: the newest invite of an owner.
select invites.id, invites.email, invites.name, invites.accepted_at
from tenants join invites on invites.tenant_id = tenants.id
where tenants.id = @id and invites.role = 'owner'
order by invites.created_at desc, invites.id desc limit 1;

-- name: InviteRevoke :execrows
-- Either door.
update invites set revoked_at = now() where id = @id and accepted_at is null and revoked_at is null;

-- name: InviteExists :one
-- The tenant's door.
select exists (select from invites where id = @id);

-- name: InviteRevokeExpired :exec
-- The tenant's door: an expired invite makes room for a new one to the address.
update invites set revoked_at = now()
where email = @email and accepted_at is null and revoked_at is null and expires_at <= now();

-- name: InviteIsOpen :one
-- The tenant's door: whether an address has an invite that nobody used.
select exists (select from invites where email = @email and accepted_at is null and revoked_at is null);
