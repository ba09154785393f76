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
-- How many each local day begins.
select (appointments.starts_at at time zone @zone::text)::date as day, count(*) as appointments
from appointments
where appointments.starts_at >= @since and appointments.starts_at < @until and appointments.status <> 'cancelled'
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

-- name: AppointmentFacts :one
-- What a booking depends on, in one row whatever exists of it.
select (clients.id is not null)::boolean as client_known,
       coalesce(providers.active, false) as provider_active, coalesce(services.active, false) as service_active,
       (providers.id is not null)::boolean as provider_known, (services.id is not null)::boolean as service_known,
       coalesce(services.duration, 0)::integer as duration,
       coalesce(services.buffer_before, 0)::integer as buffer_before, coalesce(services.buffer_after, 0)::integer as buffer_after,
       coalesce(providers.all_services or exists (
           select from provider_services
           where provider_services.tenant_id = providers.tenant_id and provider_services.provider_id = providers.id
             and provider_services.service_id = services.id), false)::boolean as given
from (select 1) as one
left join clients on clients.id = @client_id
left join providers on providers.id = @provider_id
left join services on services.id = @service_id;

-- name: AppointmentLockProvider :exec
-- Bookings of one provider queue here. The lock is the transaction's, and its
-- key holds the tenant, so that clinics never wait for each other.
select pg_advisory_xact_lock(hashtextextended('appointment:' || current_tenant()::text || ':' || @provider_id::text, 0));

-- name: AppointmentCreate :exec
insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until, status, notes)
values (@id, @client_id, @provider_id, @service_id, @starts_at, @ends_at, @occupied_from, @occupied_until, @status, @notes);

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

-- name: AppointmentLock :one
-- The row as it is now, held until the transaction ends.
select * from appointments where id = @id for update;

-- name: AppointmentUpdate :exec
update appointments set provider_id = @provider_id, service_id = @service_id, starts_at = @starts_at, ends_at = @ends_at,
       occupied_from = @occupied_from, occupied_until = @occupied_until, status = @status, notes = @notes,
       version = version + 1, updated_at = now()
where id = @id;

-- name: AppointmentProviderHours :many
select weekday, starts, ends from provider_hours where provider_id = @provider_id order by weekday, starts;

-- name: AppointmentBusyList :many
-- What a provider is busy with, buffers included, in the order of time.
select appointments.id, appointments.starts_at, appointments.ends_at, appointments.occupied_from, appointments.occupied_until,
       clients.first_name, clients.last_name
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
where appointments.provider_id = @provider_id
  and appointments.occupied_from >= @earliest_start and appointments.occupied_from < @until and appointments.occupied_until > @since
  and appointments.status <> 'cancelled' and appointments.id <> @except_id
order by appointments.occupied_from;

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
