-- The platform's door: a session is read before any tenant is known.

-- name: SessionGuard :one
-- Everything that the guard asks about a request, in one round trip: no row when
-- the session is unknown, expired or idle, or when the user, the tenant or the
-- membership is no longer active.
select users.id as user_id, users.name as user_name, users.super_admin, users.language, users.theme,
       sessions.last_seen_at,
       tenants.id as tenant_id, coalesce(tenants.name, '') as tenant_name,
       coalesce(tenants.timezone, '') as timezone, coalesce(tenants.country, '') as country,
       coalesce(tenants.currency, '') as currency, coalesce(memberships.role, '') as role
from sessions
join users on users.id = sessions.user_id and users.status = 'active'
left join tenants on tenants.id = sessions.tenant_id and tenants.status = 'active'
left join memberships on memberships.tenant_id = tenants.id and memberships.user_id = users.id and memberships.status = 'active'
where sessions.token_hash = @token_hash
  and sessions.expires_at > now()
  and sessions.last_seen_at > now() - @idle::interval
  and (sessions.tenant_id is null and users.super_admin or memberships.id is not null);

-- name: SessionCreate :exec
insert into sessions (token_hash, user_id, tenant_id, ip, user_agent, expires_at)
values (@token_hash, @user_id, sqlc.narg(tenant_id), sqlc.narg(ip), @user_agent, now() + @lifetime::interval);

-- name: SessionTouch :exec
update sessions set last_seen_at = now() where token_hash = @token_hash;

-- name: SessionDelete :exec
delete from sessions where token_hash = @token_hash;

-- name: SessionDeleteExpired :exec
delete from sessions where expires_at < now() or last_seen_at < now() - @idle::interval;
