-- The platform's door.

-- name: UserSignIn :one
-- The person behind an address, and whether there is anywhere for them to go: the
-- console, a clinic, or, with no clinic left, an invite that waits for them. Where an
-- address had two forms, and each of them has a person, it is the one of the form that was
-- typed.
select users.id, users.name, users.password_hash,
       (users.status = 'active' and (users.super_admin
        or exists (select from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
                   where memberships.user_id = users.id and memberships.status = 'active')
        or invite_waits(users.email)))::boolean as may_enter
from users where users.email in (@email::text, @typed::text)
order by users.email = @typed desc limit 1;

-- name: UserWorkspace :one
-- Where a new session of a person stands, and as what: in the clinic that they used
-- last, if it is still theirs, or in the first that they joined. Zero is no clinic: a
-- super-admin's, and of who has none left but an invite. No row for who has nowhere
-- to go: not every way to sign in has asked UserSignIn.
select users.super_admin, coalesce(workspace.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id, coalesce(workspace.role, '') as role
from users
left join lateral (
    select memberships.tenant_id, memberships.role from memberships
    join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
    where memberships.user_id = users.id and memberships.status = 'active' and not users.super_admin
    order by (memberships.tenant_id is not distinct from users.last_tenant) desc, memberships.created_at, memberships.id limit 1) workspace on true
where users.id = @id and users.status = 'active'
  and (users.super_admin or workspace.tenant_id is not null
       or invite_waits(users.email));

-- name: UserVisit :exec
-- Keeps which clinic a person used last.
update users set last_tenant = @tenant_id::uuid where id = @id and last_tenant is distinct from @tenant_id::uuid;

-- name: UserByEmail :one
select id, name, status, super_admin from users where email = @email;

-- name: UserLock :one
-- A person as they are once whoever suspends or deletes them is done, and who
-- stays so until this transaction ends. Not for share: two who both held that would
-- each wait for the other with UserVisit.
select id, name, status, super_admin from users where id = @id for no key update;

-- name: UserList :many
-- A page of the console's list; see TenantList for the sort key.
select id, name, email, status, super_admin, created_at, has_second_factor, sort_key::text as sort_key
from (
    select users.id, users.name, users.email, users.status, users.super_admin, users.created_at,
           (exists (select from second_factors where second_factors.user_id = users.id and second_factors.confirmed_at is not null)
            or exists (select from passkeys where passkeys.user_id = users.id))::boolean as has_second_factor,
           (case @sort::text
                when 'email' then users.email
                when 'created' then to_char(users.created_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS')
                else users.name
            end) collate "und-x-icu" as sort_key
    from users
    where (@search::text = '' or strpos(folded(users.name), @search) > 0 or strpos(folded(users.email), @search) > 0)
      and (@status::text = '' or users.status = @status)
      and case @role::text
            when '' then true
            when 'super_admin' then users.super_admin
            when 'none' then not users.super_admin
                 and not exists (select from memberships where memberships.user_id = users.id and memberships.status = 'active')
            else exists (select from memberships where memberships.user_id = users.id and memberships.status = 'active'
                         and memberships.role = @role)
          end
) listed
where (@second_factor::text = '' or has_second_factor = (@second_factor = 'yes'))
  and case when sqlc.narg(after_key)::text is null then true
           when @ascending::boolean then (sort_key, id) > (sqlc.narg(after_key)::text, @after_id::uuid)
           else (sort_key, id) < (sqlc.narg(after_key)::text, @after_id::uuid) end
order by case when @ascending then sort_key end, case when @ascending then id end, sort_key desc, id desc
limit @page_size;

-- name: UserMembershipList :many
-- The memberships of some people, with the states that decide about access.
select memberships.user_id, memberships.id, memberships.role, memberships.status, memberships.created_at,
       tenants.id as tenant_id, tenants.name as tenant_name, tenants.status as tenant_status
from memberships join tenants on tenants.id = memberships.tenant_id
where memberships.user_id = any(@ids::uuid[])
order by memberships.user_id, tenants.name collate "und-x-icu", tenants.id;

-- name: UserGet :one
select * from users where id = @id;

-- name: UserShow :one
-- What the console says of somebody beside their row.
select (select count(*) from sessions where sessions.user_id = users.id and sessions.expires_at > now()) as sessions,
       latest.last_seen_at,
       exists (select from second_factors where second_factors.user_id = users.id and second_factors.confirmed_at is not null) as has_app,
       (select count(*) from passkeys where passkeys.user_id = users.id) as passkeys,
       coalesce(tenants.name, '') as disabled_by
from users
left join sessions latest on latest.token_hash = (select token_hash from sessions where sessions.user_id = users.id
                                                  order by last_seen_at desc limit 1)
left join tenants on tenants.id = users.disabled_by_tenant
where users.id = @id;

-- name: UserAuditList :many
-- The latest rows of the platform's log about a person.
select id, occurred_at, actor_kind, actor_name, action, target_kind, target_name, reason
from platform_audit_events where target_id = sqlc.arg(id)::uuid
order by occurred_at desc, id desc limit @page_size;

-- name: UserLockToChange :one
-- Whoever makes a membership of this person waits as well.
select * from users where id = @id for update;

-- name: UserLockSuperAdmins :exec
-- Whoever may end a super-admin waits here for those before, on whichever copy of
-- the program: locking rows would let two that lock each other's both go on
-- (hazard 43).
select pg_advisory_xact_lock(hashtextextended('super-admins', 0));

-- name: UserListActiveSuperAdmins :many
select id from users where super_admin and status = 'active' order by id;

-- name: UserSetStatus :one
update users set status = @status, status_reason = @reason, disabled_by_tenant = null, version = version + 1, updated_at = now(),
       deleted_at = case when @status = 'deleted' then now() end,
       deleted_by = case when @status = 'deleted' then sqlc.narg(deleted_by)::uuid end
where id = @id returning *;

-- name: UserSetSuperAdmin :one
update users set super_admin = @super_admin, version = version + 1, updated_at = now() where id = @id returning *;

-- name: UserUpdate :one
update users set name = @name, email = @email, version = version + 1, updated_at = now() where id = @id returning *;

-- name: UserRevokeMemberships :many
-- What the person's restoration takes back, and nothing else. The log is told
-- what they were.
update memberships set status = 'revoked', revoked_by_user_deletion = true, disabled_by_tenant = false,
       version = memberships.version + 1, updated_at = now()
from memberships before join tenants on tenants.id = before.tenant_id
where before.user_id = @id and before.status in ('active', 'disabled')
  and memberships.tenant_id = tenants.id and memberships.id = before.id and memberships.status = before.status
returning memberships.id, tenants.id as tenant_id, before.status as was;

-- name: UserRestoreMemberships :many
-- Where the clinic was deleted meanwhile, its own restoration brings them back.
update memberships set status = case when tenants.status = 'deleted' then 'disabled' else 'active' end,
       disabled_by_tenant = tenants.status = 'deleted', revoked_by_user_deletion = false, version = memberships.version + 1, updated_at = now()
from tenants where tenants.id = memberships.tenant_id and memberships.user_id = @id and memberships.revoked_by_user_deletion
returning memberships.id, tenants.id as tenant_id, memberships.status;

-- name: UserListRevokedTenants :many
-- The clinics that the person's restoration would bring them back to, in the order
-- in which their seats are locked.
select tenants.id from memberships join tenants on tenants.id = memberships.tenant_id
where memberships.user_id = @id and memberships.revoked_by_user_deletion
order by tenants.id;

-- name: UserListTenants :many
-- The clinics that somebody belongs to, also while one is deleted, or while they are.
select tenants.id from memberships join tenants on tenants.id = memberships.tenant_id
where memberships.user_id = @id and (memberships.status in ('active', 'disabled') or memberships.revoked_by_user_deletion)
order by tenants.id;

-- name: UserEndSessions :execrows
delete from sessions where user_id = @id;

-- name: UserRevokePasswordResets :execrows
update password_resets set revoked_at = now(), mac = null where user_id = @id and used_at is null and revoked_at is null;

-- name: UserCreate :exec
insert into users (id, email, name, password_hash, super_admin, language)
values (@id, @email, @name, @password_hash, @super_admin, @language);

-- name: UserSetPreferences :exec
update users set language = coalesce(sqlc.narg(language), language), theme = coalesce(sqlc.narg(theme), theme)
where id = @id;

-- name: UserSetPassword :exec
update users set password_hash = @password_hash where id = @id;

-- name: UserRehash :execrows
-- The same password at today's cost, unless it was changed meanwhile.
update users set password_hash = @password_hash where id = @id and password_hash = @before;

-- name: UserIsSuperAdmin :one
select exists (select from users where email = @email and super_admin);

-- name: UserPassword :one
select email, name, password_hash from users where id = @id and status = 'active';

-- name: UserListSuperAdmins :many
-- Who runs the installation, for the command line; no secrets.
select users.email, users.name, users.status,
       has_second_factor(users.id) as has_second_factor,
       coalesce((select to_char(max(sessions.last_seen_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                 from sessions where sessions.user_id = users.id), '')::text as last_seen_at
from users where users.super_admin
order by users.email;
