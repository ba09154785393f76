-- The platform's door: a super-admin's list of clinics, and the job scheduler's.

-- name: TenantCreate :exec
insert into tenants (id, name, slug, timezone, country, currency, max_seats)
values (@id, @name, @slug, @timezone, @country, @currency, @max_seats);

-- name: TenantGet :one
select * from tenants where id = @id;

-- name: TenantList :many
-- A page of the console's list. Sorting and direction are parameters, so that one
-- query serves every address: the planner folds them away before it chooses an index.
select id, name, slug, timezone, status, max_seats, created_at, members, sort_key::text as sort_key
from (
    select tenants.id, tenants.name, tenants.slug, tenants.timezone, tenants.status, tenants.max_seats, tenants.created_at,
           counted.members,
           (case @sort::text
                when 'slug' then tenants.slug
                when 'seats' then lpad(counted.members::text, 10, '0')
                when 'created' then to_char(tenants.created_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS')
                else tenants.name
            end) collate "und-x-icu" as sort_key
    from tenants
    cross join lateral (select count(*) as members from memberships
                        where memberships.tenant_id = tenants.id and memberships.status = 'active') counted
    where (@search::text = '' or strpos(folded(tenants.name), @search) > 0 or strpos(folded(tenants.slug), @search) > 0)
      and (@status::text = '' or tenants.status = @status)
) listed
where case when sqlc.narg(after_key)::text is null then true
           when @ascending::boolean then (sort_key, id) > (sqlc.narg(after_key)::text, @after_id::uuid)
           else (sort_key, id) < (sqlc.narg(after_key)::text, @after_id::uuid) end
order by case when @ascending then sort_key end, case when @ascending then id end, sort_key desc, id desc
limit @page_size;

-- name: TenantLock :one
-- The clinic's row, which nobody else changes until the transaction ends. Rows that
-- point at it can still be made: they need its key alone.
select * from tenants where id = @id for no key update;

-- name: TenantSetStatus :one
update tenants set status = @status, status_reason = @reason, version = version + 1, updated_at = now(),
       deleted_at = case when @status = 'deleted' then now() end,
       deleted_by = case when @status = 'deleted' then sqlc.narg(deleted_by)::uuid end
where id = @id returning *;

-- name: TenantUpdate :one
update tenants set name = @name, slug = @slug, timezone = @timezone, country = @country, currency = @currency, max_seats = @max_seats,
       version = version + 1, updated_at = now()
where id = @id returning *;

-- name: TenantZoneKnown :one
-- Whether this database reads times in a zone. Its own spelling of names counts, so that
-- nothing is taken which AT TIME ZONE alone would make something of.
select exists (select from pg_timezone_names() as zone (name, abbrev, utc_offset, is_dst) where zone.name = @timezone::text);

-- name: TenantHasMembers :one
-- Whether anybody ever joined: an address that people know is not changed.
select exists (select from tenants join memberships on memberships.tenant_id = tenants.id where tenants.id = @id);

-- name: TenantDisableMemberships :many
-- What its restoration brings back, and nothing else.
update memberships set status = 'disabled', disabled_by_tenant = true, version = memberships.version + 1, updated_at = now()
from tenants, users
where tenants.id = @id and memberships.tenant_id = tenants.id and memberships.status = 'active' and users.id = memberships.user_id
returning memberships.id, users.name;

-- name: TenantRestoreMemberships :many
update memberships set status = 'active', disabled_by_tenant = false, version = memberships.version + 1, updated_at = now()
from tenants, users
where tenants.id = @id and memberships.tenant_id = tenants.id and memberships.status = 'disabled' and memberships.disabled_by_tenant
  and users.id = memberships.user_id
returning memberships.id, users.name;

-- name: TenantLockUsers :many
-- The clinic's people, locked in one order: two clinics that are deleted at once see
-- each other's end before they judge who has no other.
select users.id from users
where exists (select from tenants join memberships on memberships.tenant_id = tenants.id
              where tenants.id = @id and memberships.user_id = users.id and memberships.status in ('active', 'disabled'))
order by users.id for no key update;

-- name: TenantSuspendUsers :many
-- Those for whom it was the last active clinic.
update users set status = 'suspended', status_reason = @reason, disabled_by_tenant = @id, version = users.version + 1, updated_at = now()
where users.status = 'active' and not users.super_admin
  and exists (select from tenants join memberships on memberships.tenant_id = tenants.id
              where tenants.id = @id and memberships.user_id = users.id and memberships.status = 'disabled')
  and not exists (select from memberships join tenants on tenants.id = memberships.tenant_id
                  where memberships.user_id = users.id and memberships.status = 'active' and tenants.status = 'active')
returning id, name, email;

-- name: TenantRestoreUsers :many
-- Those whom the deletion of a clinic suspended and who have an active one again.
update users set status = 'active', status_reason = '', disabled_by_tenant = null, version = users.version + 1, updated_at = now()
where users.status = 'suspended' and users.disabled_by_tenant is not null
  and exists (select from tenants join memberships on memberships.tenant_id = tenants.id
              where tenants.id = @id and tenants.status = 'active' and memberships.user_id = users.id and memberships.status = 'active')
returning id, name, email;

-- name: TenantAuditList :many
-- The latest rows of the platform's log about a clinic.
select events.id, events.occurred_at, events.actor_kind, events.actor_name, events.action, events.target_kind, events.target_name, events.reason
from tenants join platform_audit_events events on events.tenant_id = tenants.id
where tenants.id = @id
order by events.occurred_at desc, events.id desc limit @page_size;

-- name: TenantListActive :many
select id from tenants where status = 'active' order by id;

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
