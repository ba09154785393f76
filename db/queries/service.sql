-- name: ServiceList :many
-- A page of services by name, those that are no longer offered last.
select id, name, duration, buffer_before, buffer_after, price, active
from services
where (not active, name collate "und-x-icu", id) > (@after_inactive::boolean, @after_name::text, @after_id::uuid)
order by not active, name collate "und-x-icu", id
limit @page_size;

-- name: ServiceGet :one
select id, name, duration, buffer_before, buffer_after, price, active, version, created_at from services where id = @id;

-- name: ServiceCountUpcoming :one
-- Appointments that are booked for a service.
select count(*) from appointments where service_id = @service_id and starts_at > @now and status in ('booked', 'confirmed', 'arrived');

-- name: ServiceProviderList :many
-- Who gives a service.
select id, name, color from providers
where active and (all_services or exists (
    select from provider_services where provider_services.tenant_id = providers.tenant_id
      and provider_services.provider_id = providers.id and provider_services.service_id = @service_id))
order by name collate "und-x-icu", id
limit 100;

-- name: ServiceCreate :exec
insert into services (id, name, duration, buffer_before, buffer_after, price)
values (@id, @name, @duration, @buffer_before, @buffer_after, @price);

-- name: ServiceUpdate :one
-- No row when the service is unknown or has another version by now.
update services set name = @name, duration = @duration, buffer_before = @buffer_before, buffer_after = @buffer_after,
       price = @price, version = version + 1, updated_at = now()
where id = @id and version = @version
returning version;

-- name: ServiceSetActive :one
update services set active = @active, version = version + 1, updated_at = now() where id = @id returning id;

-- name: ServiceLock :one
-- What the log keeps of a service, held until the transaction ends.
select name, duration, buffer_before, buffer_after, price, active from services where id = @id for update;
