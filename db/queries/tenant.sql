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
  and (tenants.name, tenants.id) > (@after_name::text, @after_id::uuid)
order by tenants.name, tenants.id
limit @page_size;

-- name: TenantListActive :many
select id from tenants where status = 'active' order by id;
