-- The platform's door.

-- name: UserSignIn :one
-- The person behind an address, and the clinic that they land in: the first
-- active one that they joined.
select users.id, users.password_hash, users.super_admin, users.status,
       coalesce((select memberships.tenant_id from memberships
        join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
        where memberships.user_id = users.id and memberships.status = 'active'
        order by memberships.created_at, memberships.id limit 1),
        '00000000-0000-0000-0000-000000000000')::uuid as tenant_id
from users where users.email = @email;

-- name: UserByEmail :one
select id, name, status, super_admin from users where email = @email;

-- name: UserCreate :exec
insert into users (id, email, name, password_hash, super_admin, language)
values (@id, @email, @name, @password_hash, @super_admin, @language);

-- name: UserSetPreferences :exec
update users set language = coalesce(sqlc.narg(language), language), theme = coalesce(sqlc.narg(theme), theme)
where id = @id;

-- name: UserSetPassword :exec
update users set password_hash = @password_hash where id = @id;

-- name: UserCount :one
select count(*) from users;

-- name: UserIsSuperAdmin :one
select exists (select from users where email = @email and super_admin);
