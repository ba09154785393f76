-- name: AppointmentListBetween :many
-- What a calendar shows from one instant until another. The earliest start
-- bounds the look-back for those that began the day before: a range operator
-- could not use the index beneath the policy.
select appointments.id, appointments.provider_id, appointments.starts_at, appointments.ends_at,
       appointments.occupied_from, appointments.occupied_until, appointments.status,
       clients.first_name, clients.last_name, services.name as service_name,
       providers.name as provider_name, providers.color as provider_color
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
where appointments.starts_at >= @earliest_start and appointments.starts_at < @until and appointments.ends_at > @since
order by appointments.starts_at, appointments.id
limit @most;

-- name: AppointmentCountDays :many
-- How many touch each local day. One that ends at midnight does not touch the day that
-- begins then.
select day::date as day, count(*) as appointments
from appointments
cross join generate_series((appointments.starts_at at time zone @zone::text)::date::timestamp,
                           ((appointments.ends_at - interval '1 microsecond') at time zone @zone)::date::timestamp, interval '1 day') as day
where appointments.starts_at >= @earliest_start and appointments.starts_at < @until and appointments.ends_at > @since
  and appointments.status <> 'cancelled'
group by 1;

-- name: AppointmentProviderList :many
-- Active providers with their working hours of a weekday (ISO 8601), or of the
-- whole week for 0: a row for each span, and one with weekday 0 for a provider
-- who has none.
select providers.id, providers.name, providers.color,
       coalesce(provider_hours.weekday, 0)::smallint as weekday,
       coalesce(provider_hours.starts, 0)::smallint as starts, coalesce(provider_hours.ends, 0)::smallint as ends
from providers
left join provider_hours on provider_hours.tenant_id = providers.tenant_id and provider_hours.provider_id = providers.id
     and (provider_hours.weekday = @weekday::smallint or @weekday::smallint = 0)
where providers.active
order by providers.name collate "und-x-icu", providers.id, provider_hours.weekday, provider_hours.starts;

-- name: AppointmentServiceList :many
select id, name, duration from services where active order by name collate "und-x-icu", id;

-- name: AppointmentClientList :many
-- The clients in whose search text every one of the words stands; the newest
-- when there are no words.
select id, first_name, last_name, phone, email, birth_date from clients
where not exists (select from unnest(@words::text[]) as word where strpos(clients.search_text, word) = 0)
order by case when cardinality(@words::text[]) = 0 then created_at end desc nulls last,
         last_name collate "und-x-icu", first_name collate "und-x-icu", id
limit 8;

-- name: AppointmentClient :one
select id, first_name, last_name, phone, email, birth_date from clients where id = @id;

-- name: AppointmentGet :one
select appointments.id, appointments.client_id, appointments.provider_id, appointments.service_id,
       appointments.starts_at, appointments.ends_at, appointments.status, appointments.notes, appointments.version,
       clients.first_name, clients.last_name, clients.phone, clients.email,
       services.name as service_name, providers.name as provider_name, providers.color as provider_color
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
where appointments.id = @id;

-- name: AppointmentLogged :one
-- What the log keeps of an appointment that this transaction has made or locked:
-- names, as they are now.
select trim(clients.first_name || ' ' || clients.last_name)::text as client, providers.name as provider, services.name as service,
       appointments.starts_at, appointments.ends_at, appointments.status, appointments.notes, appointments.client_id as subject_id
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
where appointments.id = @id;

-- name: AppointmentProviderChoiceList :many
select id, name from providers where active order by name collate "und-x-icu", id;
