-- name: SupportGrantCreate :one
-- The tenant's door. An hour of the clocks' change does not make seven days too long.
insert into support_grants (id, granted_by, reason, expires_at)
values (@id, @granted_by, @reason, least(now() + @lifetime::interval, now() + interval '7 days'))
returning tenant_id, expires_at;

-- name: SupportGrantList :many
-- The tenant's door: the open ones first, then the latest.
select support_grants.id, support_grants.reason, support_grants.created_at, support_grants.expires_at, support_grants.revoked_at,
       users.name as granted_by, (support_grants.revoked_at is null and support_grants.expires_at > now())::boolean as open
from support_grants join users on users.id = support_grants.granted_by
order by open desc, support_grants.created_at desc, support_grants.id desc
limit @page_size;

-- name: SupportGrantGet :one
-- The tenant's door.
select reason, expires_at, (revoked_at is null and expires_at > now())::boolean as open
from support_grants where id = @id for update;

-- name: SupportGrantRevoke :exec
-- The tenant's door. It ends every session that goes by it at its next request.
update support_grants set revoked_at = now(), mac = null where id = @id;

-- name: SupportGrantRevokeOf :many
-- The tenant's door: the open ones that somebody gave.
update support_grants set revoked_at = now(), mac = null
where granted_by = @user_id and revoked_at is null and expires_at > now()
returning id, expires_at;

-- name: SupportGrantOpenOfTenant :one
-- The platform's door: the open grant that lasts longest, of an active tenant.
select support_grants.tenant_id, support_grants.id, support_grants.granted_by as granted_by_id, support_grants.reason,
       support_grants.expires_at, support_grants.mac, users.name as granted_by, tenants.name as tenant_name
from tenants
join support_grants on support_grants.tenant_id = tenants.id
join users on users.id = support_grants.granted_by
where tenants.id = @id and tenants.status = 'active' and support_grants.revoked_at is null and support_grants.expires_at > now()
order by support_grants.expires_at desc, support_grants.id
limit 1;

-- name: SupportGrantSetMAC :exec
-- Either door.
update support_grants set mac = @mac where id = @id;

-- name: SupportGrantVouchNext :many
-- The platform's door; see SessionVouchNext.
select tenant_id, id, granted_by, expires_at, mac from support_grants
where id > @after and revoked_at is null and expires_at > now()
  and (@every::boolean or mac is null or substr(mac, 1, 8) <> @newest_key::bytea)
order by id limit @page_size
for no key update skip locked;
