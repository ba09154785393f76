-- name: InviteCreate :one
-- Either door; the policy holds the tenant's to its own tenant. clock_timestamp:
-- it is later than the removal that this waited for.
insert into invites (tenant_id, id, email, name, role, token_hash, created_at, expires_at, invited_by)
values (@tenant_id, @id, @email, @name, @role, @token_hash, clock_timestamp(), now() + @lifetime::interval, sqlc.narg(invited_by))
returning email, name, role, created_at, expires_at;

-- name: InviteByToken :one
-- The platform's door: an invite with everything that decides whether it is good:
-- its clinic and its seats, and the account and membership that its address has
-- already, if any. removed_since: somebody was taken out of the team after the
-- invite was made.
select invites.tenant_id, invites.id, invites.email, invites.name, invites.role,
       (invites.accepted_at is not null)::boolean as accepted, (invites.revoked_at is not null)::boolean as revoked,
       coalesce(invites.revoked_reason, '') as revoked_reason, (invites.expires_at <= clock_timestamp())::boolean as expired,
       tenants.name as tenant_name, tenants.status as tenant_status, tenants.max_seats,
       users.id as user_id, coalesce(users.name, '') as user_name, coalesce(users.status, 'active')::text as user_status,
       coalesce(users.super_admin, false)::boolean as super_admin,
       coalesce(memberships.status, '')::text as membership_status,
       coalesce(memberships.status = 'revoked' and memberships.updated_at > invites.created_at, false)::boolean as removed_since,
       (select count(*) from memberships others where others.tenant_id = tenants.id and others.status = 'active') as members,
       invites.created_at, invites.expires_at, invites.mac
from invites
join tenants on tenants.id = invites.tenant_id
left join users on users.email = invites.email
left join memberships on memberships.tenant_id = tenants.id and memberships.user_id = users.id
where invites.token_hash = @token_hash;

-- name: InviteAccept :one
-- The one statement that uses an invite up: of any number of racers one gets the
-- row (hazard 37). It waits for whoever suspends or deletes the tenant, and is
-- judged by what they left. The clock and not now(), which stood still while this
-- transaction waited for its seat: an invite that was counted as expired meanwhile
-- must not come back.
with clinic as (
    select tenants.id from tenants join invites candidates on candidates.tenant_id = tenants.id
    where candidates.token_hash = @token_hash and tenants.status = 'active'
    for share of tenants
)
update invites set accepted_at = clock_timestamp()
from clinic
where invites.token_hash = @token_hash and invites.accepted_at is null and invites.revoked_at is null
  and invites.expires_at > clock_timestamp() and invites.tenant_id = clinic.id
returning invites.tenant_id, invites.id, invites.email, invites.name, invites.role, invites.created_at, invites.expires_at, invites.mac;

-- name: InviteListOpen :many
-- The tenant's door: what has neither been accepted nor revoked, the expired ones
-- among them.
select id, email, name, role, created_at, expires_at, delivery, delivery_error, (expires_at <= now())::boolean as expired
from invites where accepted_at is null and revoked_at is null
order by created_at desc, id desc limit @page_size;

-- name: InviteListOfTenant :many
-- The platform's door.
select invites.id, invites.email, invites.name, invites.role, invites.created_at, invites.expires_at,
       invites.accepted_at, invites.revoked_at, coalesce(invites.revoked_reason, '') as revoked_reason,
       invites.delivery, invites.delivery_error, (invites.expires_at <= now())::boolean as expired
from tenants join invites on invites.tenant_id = tenants.id
where tenants.id = @id
order by invites.created_at desc, invites.id desc limit @page_size;

-- name: InviteGet :one
-- Either door: an invite of this tenant.
select invites.id, invites.email, invites.name, invites.role, invites.expires_at,
       (invites.accepted_at is not null)::boolean as accepted, (invites.revoked_at is not null)::boolean as revoked
from tenants join invites on invites.tenant_id = tenants.id
where tenants.id = @tenant and invites.id = @id;

-- name: InviteRevoke :execrows
-- Either door.
update invites set revoked_at = now(), revoked_reason = @reason::text, mac = null
where id = @id and accepted_at is null and revoked_at is null;

-- name: InviteRevokeExpired :exec
-- Either door: an expired invite makes room for a new one to the address.
update invites set revoked_at = now(), revoked_reason = 'expired', mac = null
from tenants
where tenants.id = @tenant and invites.tenant_id = tenants.id
  and invites.email = @email and invites.accepted_at is null and invites.revoked_at is null and invites.expires_at <= now();

-- name: InviteRevokeOfRemoved :many
-- The tenant's door: who is taken out of the team comes back by no older link.
update invites set revoked_at = now(), revoked_reason = 'removed', mac = null
where email = @email and accepted_at is null and revoked_at is null
returning id;

-- name: InviteIsOpen :one
-- Either door: whether an address has an invite that nobody used.
select exists (select from tenants join invites on invites.tenant_id = tenants.id
               where tenants.id = @tenant and invites.email = @email
                 and invites.accepted_at is null and invites.revoked_at is null);

-- name: InviteSetDelivery :exec
-- Either door: what became of the mail.
update invites set delivery = @delivery, delivery_error = @delivery_error where id = @id;

-- name: InviteSetMAC :exec
-- Either door.
update invites set mac = sqlc.narg(mac) where id = @id;

-- name: InviteVouchNext :many
-- The platform's door; see SessionVouchNext.
select invites.tenant_id, invites.id, invites.token_hash, invites.email, invites.name, invites.role, invites.created_at, invites.expires_at, invites.mac
from invites
where invites.id > @after and invites.accepted_at is null and invites.revoked_at is null and invites.expires_at > now()
  and (@every::boolean or invites.mac is null or substr(invites.mac, 1, 8) <> @newest_key::bytea)
order by invites.id limit @page_size
for no key update skip locked;
