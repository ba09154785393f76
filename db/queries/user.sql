-- The platform's door.

-- name: UserSignIn :one
-- The person behind an address, and whether there is anywhere for them to go: the
-- console, a clinic, or, with no clinic left, an invite that waits for them.
select users.id, users.name, users.password_hash,
       (users.status = 'active' and (users.super_admin
        or exists (select from memberships join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
                   where memberships.user_id = users.id and memberships.status = 'active')
        or exists (select from invites join tenants on tenants.id = invites.tenant_id and tenants.status = 'active'
                   where invites.email = users.email and invites.accepted_at is null and invites.revoked_at is null
                     and invites.expires_at > now())))::boolean as may_enter
from users where users.email = @email;

-- name: UserPlace :one
-- Where a new session of a person stands: in the clinic that they used last, if it
-- is still theirs, or in the first that they joined. Zero is no clinic: a
-- super-admin's, and of who has none left.
select users.super_admin,
       coalesce((select memberships.tenant_id from memberships
        join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
        where memberships.user_id = users.id and memberships.status = 'active' and not users.super_admin
        order by (memberships.tenant_id is not distinct from users.last_tenant) desc, memberships.created_at, memberships.id limit 1),
        '00000000-0000-0000-0000-000000000000')::uuid as tenant_id
from users where users.id = @id and users.status = 'active';

-- name: UserVisit :exec
-- Keeps which clinic a person used last.
update users set last_tenant = @place::uuid where id = @id and last_tenant is distinct from @place::uuid;

-- name: UserByEmail :one
select id, name, status, super_admin from users where email = @email;

-- name: UserLock :one
-- A person as they are once whoever suspends or deletes them is done, and who
-- stays so until this transaction ends.
select id, name, status, super_admin from users where id = @id for share;

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

-- name: UserCount :one
select count(*) from users;

-- name: UserIsSuperAdmin :one
select exists (select from users where email = @email and super_admin);

-- name: UserPassword :one
select email, name, password_hash from users where id = @id and status = 'active';
