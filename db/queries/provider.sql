-- name: ProviderList :many
-- A page of providers; see TenantList for the sort key. Those who no longer work here
-- stand last, whichever way it is sorted; a clinic's providers are too few for an index.
select id, name, color, all_services, active, services, sort_key::text as sort_key
from (
    select providers.*,
           (select count(*) from provider_services where provider_services.tenant_id = providers.tenant_id and provider_services.provider_id = providers.id) as services,
           (case when active = @descending::boolean then '1' else '0' end || name) collate "und-x-icu" as sort_key
    from providers
    where (@search::text = '' or strpos(folded(name), @search) > 0)
      and (@status::text = '' or active = (@status = 'active'))
) listed
where case when sqlc.narg(after_key)::text is null then true
           when @ascending::boolean then (sort_key, id) > (sqlc.narg(after_key)::text, @after_id::uuid)
           else (sort_key, id) < (sqlc.narg(after_key)::text, @after_id::uuid) end
order by case when @ascending then sort_key end, case when @ascending then id end, sort_key desc, id desc
limit @page_size;

-- name: ProviderGet :one
select id, name, color, all_services, active, version, created_at from providers where id = @id;

-- name: ProviderCountUpcoming :one
-- Appointments that a provider still has to see to.
select count(*) from appointments where provider_id = @provider_id and occupied_from > @now and status in ('booked', 'confirmed', 'arrived');

-- name: ProviderColorList :many
select color from providers where active;

-- name: ProviderCreate :exec
insert into providers (id, name, color, all_services) values (@id, @name, @color, @all_services);

-- name: ProviderUpdate :one
-- No row when the provider is unknown or has another version by now. An empty
-- color keeps the one that is stored.
update providers set name = @name, color = coalesce(nullif(@color::text, ''), color), all_services = @all_services,
       version = version + 1, updated_at = now()
where id = @id and version = @version
returning version;

-- name: ProviderSetActive :exec
-- The second of two presses changes nothing, and leaves every open form as good as it was.
update providers set active = @active, version = version + 1, updated_at = now() where id = @id and active <> @active;

-- name: ProviderHoursList :many
select provider_id, weekday, starts, ends from provider_hours
where provider_id = any(@provider_ids::uuid[])
order by provider_id, weekday, starts;

-- name: ProviderHoursDelete :exec
delete from provider_hours where provider_id = @provider_id;

-- name: ProviderHoursCreate :exec
insert into provider_hours (id, provider_id, weekday, starts, ends)
select unnest(@ids::uuid[]), @provider_id, unnest(@weekdays::smallint[]), unnest(@starts::smallint[]), unnest(@ends::smallint[]);

-- name: ProviderServiceList :many
-- Every service that can be chosen, and whether this provider gives it. One that
-- is no longer offered shows only where it is chosen.
select services.id, services.name, services.active, (provider_services.service_id is not null)::boolean as chosen
from services
left join provider_services on provider_services.tenant_id = services.tenant_id
     and provider_services.service_id = services.id and provider_services.provider_id = @provider_id
where services.active or provider_services.service_id is not null
order by services.name collate "und-x-icu", services.id;

-- name: ProviderServiceDelete :exec
delete from provider_services where provider_id = @provider_id;

-- name: ProviderServiceCreate :many
-- Returns the services that were found: fewer than asked for means that one does
-- not exist in this clinic.
insert into provider_services (provider_id, service_id)
select @provider_id, services.id from services where services.id = any(@service_ids::uuid[])
returning service_id;

-- name: ProviderLock :one
-- What the log keeps of a provider, held until the transaction ends: the hours as
-- "1 09:00-17:00" (1 is Monday, ISO 8601), the services by their names.
select providers.name, providers.color, providers.all_services, providers.active,
       array(select weekday || ' ' || to_char(make_interval(mins => starts), 'HH24:MI') || '-' || to_char(make_interval(mins => ends), 'HH24:MI')
             from provider_hours where provider_hours.tenant_id = providers.tenant_id and provider_hours.provider_id = providers.id
             order by weekday, starts)::text[] as hours,
       array(select services.name from provider_services
             join services on services.tenant_id = provider_services.tenant_id and services.id = provider_services.service_id
             where provider_services.tenant_id = providers.tenant_id and provider_services.provider_id = providers.id
             order by services.name, services.id)::text[] as services
from providers where providers.id = @id for update;
