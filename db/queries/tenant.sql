-- The platform's door: a super-admin's list of clinics, and the job scheduler's.

-- name: TenantCreate :exec
insert into tenants (id, name, slug, timezone, country, currency, max_seats)
values (@id, @name, @slug, @timezone, @country, @currency, @max_seats);

-- name: TenantGet :one
select id, name, slug, timezone, country, currency, max_seats, status, created_at from tenants where id = @id;

-- name: TenantList :many
select tenants.id, tenants.name, tenants.slug, tenants.timezone, tenants.max_seats, tenants.status, tenants.created_at,
       (select count(*) from memberships where memberships.tenant_id = tenants.id and memberships.status = 'active') as members
from tenants
where (@search::text = '' or strpos(lower(tenants.name), @search) > 0 or strpos(tenants.slug, @search) > 0)
  and (tenants.name collate "und-x-icu", tenants.id) > (@after_name::text, @after_id::uuid)
order by tenants.name collate "und-x-icu", tenants.id
limit @page_size;

-- name: TenantListActive :many
select id from tenants where status = 'active' order by id;

-- name: TenantOverview :one
-- The installation at a glance.
select (select count(*) from tenants where status = 'active') as tenants_active,
       (select count(*) from tenants where status = 'suspended') as tenants_suspended,
       (select count(*) from tenants where status = 'deleted') as tenants_deleted,
       (select count(*) from users where status = 'active') as users_active,
       (select count(*) from users where status = 'suspended') as users_suspended,
       (select count(*) from users where status = 'deleted') as users_deleted,
       (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as invites_open;

-- name: TenantListNewest :many
select id, name, slug, status, created_at from tenants order by created_at desc, id desc limit @page_size;

-- name: TenantLockSeats :exec
-- Whoever takes a seat of a tenant waits here for those before. A lock on the
-- tenant's row would need a right to change it, which the tenant login has not.
select pg_advisory_xact_lock(hashtextextended(concat('seats of ', @id::uuid), 0));

-- name: TenantSeats :one
-- Either door: what is taken of the seats, by members and by open invites.
select tenants.max_seats, tenants.name, tenants.status,
       (select count(*) from memberships where memberships.tenant_id = tenants.id and memberships.status = 'active') as members,
       (select count(*) from invites where invites.tenant_id = tenants.id and invites.accepted_at is null
        and invites.revoked_at is null and invites.expires_at > now()) as open_invites
from tenants where tenants.id = @id;
