-- The platform's door: a session is read before any tenant is known.

-- name: SessionGuard :one
-- Everything that the guard asks about a request, in one round trip: no row when
-- the session is unknown, expired or idle, or when the user, the tenant, the
-- membership or the support grant is no longer good, or the role is another one. A session in no clinic is a
-- super-admin's, or of somebody who has none and whom an invite waits for. It runs
-- before every page: what few requests need is a function (migration 00020), and what
-- the guard can do without is not here.
select sessions.id as session_id, sessions.last_seen_at, sessions.support_grant_id, sessions.expires_at, sessions.role as session_role, sessions.mac,
       users.id as user_id, users.name as user_name, users.super_admin, users.language, users.theme,
       tenants.id as tenant_id, coalesce(tenants.name, '') as tenant_name,
       coalesce(tenants.timezone, '') as timezone, coalesce(tenants.country, '') as country,
       coalesce(tenants.currency, '') as currency, coalesce(memberships.role, '') as role,
       (case when sessions.support_grant_id is null then 'epoch' else support_until(tenants.id, sessions.support_grant_id) end)::timestamptz as support_until,
       (case when sessions.support_grant_id is null then '' else support_proof(tenants.id, sessions.support_grant_id) end)::bytea as support_proof,
       (case when users.super_admin or security_settings.require_second_factor then not has_second_factor(users.id) else false end)::boolean
           as lacks_second_factor,
       coalesce(revisions.calendar, 0)::bigint as calendar, coalesce(revisions.clients, 0)::bigint as clients,
       coalesce(revisions.inbox, 0)::bigint as inbox, coalesce(revisions.settings, 0)::bigint as settings,
       coalesce(revisions.clinics, 0)::bigint as clinics, coalesce(revisions.people, 0)::bigint as people,
       coalesce(revisions.jobs, 0)::bigint as jobs
from sessions
left join revisions on revisions.tenant_id = coalesce(sessions.tenant_id, '00000000-0000-0000-0000-000000000000')
join users on users.id = sessions.user_id and users.status = 'active'
left join tenants on tenants.id = sessions.tenant_id and tenants.status = 'active'
left join memberships on memberships.tenant_id = tenants.id and memberships.user_id = users.id and memberships.status = 'active'
left join security_settings on security_settings.tenant_id = tenants.id
where sessions.token_hash = @token_hash
  and sessions.expires_at > now()
  and sessions.last_seen_at > now() - @idle::interval
  and case
        when sessions.tenant_id is null then users.super_admin or invite_waits(users.email)
        when sessions.support_grant_id is not null then users.super_admin and support_until(tenants.id, sessions.support_grant_id) is not null
        else not users.super_admin and memberships.role = sessions.role
      end;

-- name: SessionCreate :one
insert into sessions (token_hash, user_id, tenant_id, ip, user_agent, expires_at, role)
values (@token_hash, @user_id, sqlc.narg(tenant_id), sqlc.narg(ip), @user_agent, now() + @lifetime::interval,
    (select memberships.role from memberships join tenants on tenants.id = memberships.tenant_id
    where memberships.user_id = @user_id and tenants.id = sqlc.narg(tenant_id)))
returning id, role, expires_at, (select users.name from users where users.id = sessions.user_id) as person,
    (select users.super_admin from users where users.id = sessions.user_id) as super_admin,
    (select count(*) > 1 from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
     where memberships.user_id = sessions.user_id and memberships.status = 'active')::boolean as several;

-- name: SessionTouch :exec
update sessions set last_seen_at = now() where token_hash = @token_hash;

-- name: SessionDelete :exec
delete from sessions where token_hash = @token_hash;

-- name: SessionRenew :one
-- The same session under a new token and, if it moves, in another workspace. Nothing of it
-- begins anew, its end least of all: what is left of it is returned.
update sessions
set token_hash = @new_hash, last_seen_at = now(),
    tenant_id = case when @moves::boolean then sqlc.narg(tenant_id) else tenant_id end,
    support_grant_id = case when @moves then sqlc.narg(support_grant_id) else support_grant_id end,
    role = case when @moves then (select memberships.role from memberships join tenants on tenants.id = memberships.tenant_id
    where memberships.user_id = sessions.user_id and tenants.id = sqlc.narg(tenant_id)) else role end
where token_hash = @token_hash
returning id, user_id, tenant_id, role, support_grant_id, expires_at,
    (select users.super_admin from users where users.id = sessions.user_id) as super_admin,
    ceil(extract(epoch from expires_at - now()))::bigint as seconds_left,
    (select count(*) > 1 from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
     where memberships.user_id = sessions.user_id and memberships.status = 'active')::boolean as several;

-- name: SessionGranted :one
-- What the MAC of a session covers, until the transaction ends.
select sessions.id, sessions.token_hash, sessions.user_id, sessions.tenant_id, sessions.role, sessions.support_grant_id,
       sessions.expires_at, users.super_admin, sessions.mac
from sessions join users on users.id = sessions.user_id
where sessions.token_hash = @token_hash
for no key update of sessions;

-- name: SessionVouchNext :many
-- Sessions whose MAC is to be made anew: by another key than the newest, or none, or of
-- every one. What somebody changes just now is passed by.
select sessions.id, sessions.token_hash, sessions.user_id, sessions.tenant_id, sessions.role, sessions.support_grant_id,
       sessions.expires_at, users.super_admin, sessions.mac
from sessions join users on users.id = sessions.user_id
where sessions.id > @after and sessions.expires_at > now()
  and (@every::boolean or sessions.mac is null or substr(sessions.mac, 1, 8) <> @newest_key::bytea)
order by sessions.id limit @page_size
for no key update of sessions skip locked;

-- name: SessionSetMAC :exec
update sessions set mac = @mac where id = @id;

-- name: SessionIsProved :one
-- Whether the session's person has proved lately who they are.
select exists (select from sessions where id = @id and proved_at > now() - @life::interval);

-- name: SessionProve :exec
update sessions set proved_at = now() where id = @id;

-- name: SessionList :many
-- A person's sessions that are still good, the latest first.
select sessions.id, sessions.ip, sessions.user_agent, sessions.created_at, sessions.last_seen_at, coalesce(tenants.name, '') as tenant_name
from sessions left join tenants on tenants.id = sessions.tenant_id
where sessions.user_id = @user_id and sessions.expires_at > now() and sessions.last_seen_at > now() - @idle::interval
order by sessions.last_seen_at desc, sessions.id
limit @page_size;

-- name: SessionEnd :execrows
delete from sessions where id = @id and user_id = @user_id;

-- name: SessionEndOthers :many
-- Ends all of a person's sessions but one; zero spares none.
delete from sessions where user_id = @user_id and id <> @spared returning id;

-- name: SessionTenants :many
-- The clinics that a person may work in.
select tenants.id, tenants.name, memberships.role
from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
where memberships.user_id = @user_id and memberships.status = 'active'
order by tenants.name collate "und-x-icu", tenants.id;

-- name: SessionMayEnter :one
-- Whether a person may work in a clinic now.
select exists (select from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
               where tenants.id = @id and memberships.user_id = @user_id and memberships.status = 'active');
