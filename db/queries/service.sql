-- name: ServiceList :many
-- A page of services; see TenantList for the sort key. Those that are no longer offered
-- stand last, whichever way it is sorted; a clinic's services are too few for an index.
select id, name, duration, buffer_before, buffer_after, price, active, sort_key::text as sort_key
from (
    select services.*,
           (case when active = @descending::boolean then '1' else '0' end
            || case @sort::text when 'duration' then lpad(duration::text, 4, '0') when 'price' then lpad(price::text, 9, '0') else '' end
            || name) collate "und-x-icu" as sort_key
    from services
    where (@search::text = '' or strpos(folded(name), @search) > 0)
      and (@status::text = '' or active = (@status = 'active'))
) listed
where case when sqlc.narg(after_key)::text is null then true
           when @ascending::boolean then (sort_key, id) > (sqlc.narg(after_key)::text, @after_id::uuid)
           else (sort_key, id) < (sqlc.narg(after_key)::text, @after_id::uuid) end
order by case when @ascending then sort_key end, case when @ascending then id end, sort_key desc, id desc
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

-- name: ServiceSetActive :exec
-- The second of two presses changes nothing, and leaves every open form as good as it was.
update services set active = @active, version = version + 1, updated_at = now() where id = @id and active <> @active;

-- name: ServiceLock :one
-- What the log keeps of a service, held until the transaction ends.
select name, duration, buffer_before, buffer_after, price, active from services where id = @id for update;
