-- The only statements that write appointments, and what they are judged by. They
-- are called by internal/booking alone, which holds its locks meanwhile.

-- name: BookingLock :exec
-- Waits in the order of the ids given, first for the exclusive locks, then for the
-- shared ones. The locks are the transaction's, and their keys hold the tenant, so
-- that clinics never wait for each other.
select case when id = any(@exclusive::uuid[])
            then pg_advisory_xact_lock(hashtextextended('booking:' || current_tenant()::text || ':' || id::text, 0))
            else pg_advisory_xact_lock_shared(hashtextextended('booking:' || current_tenant()::text || ':' || id::text, 0)) end
from unnest(@exclusive::uuid[] || @shared::uuid[]) as id;

-- name: BookingFacts :one
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

-- name: BookingIsBusy :one
-- Whether a provider is busy at some time between two instants.
select exists (
    select from appointments
    where provider_id = @provider_id and occupied_from >= @earliest_start and occupied_from < @until and occupied_until > @since
      and status <> 'cancelled' and id <> @except_id);

-- name: BookingBusyList :many
-- What a provider is busy with, buffers included, in the order of time.
select appointments.id, appointments.starts_at, appointments.ends_at, appointments.occupied_from, appointments.occupied_until,
       clients.first_name, clients.last_name
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
where appointments.provider_id = @provider_id
  and appointments.occupied_from >= @earliest_start and appointments.occupied_from < @until and appointments.occupied_until > @since
  and appointments.status <> 'cancelled' and appointments.id <> @except_id
order by appointments.occupied_from;

-- name: BookingHoursList :many
select weekday, starts, ends from provider_hours where provider_id = @provider_id order by weekday, starts;

-- name: BookingCreate :exec
insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until, status, notes)
values (@id, @client_id, @provider_id, @service_id, @starts_at, @ends_at, @occupied_from, @occupied_until, @status, @notes);

-- name: BookingRow :one
-- The row as it is now, held until the transaction ends.
select * from appointments where id = @id for update;

-- name: BookingUpdate :exec
update appointments set provider_id = @provider_id, service_id = @service_id, starts_at = @starts_at, ends_at = @ends_at,
       occupied_from = @occupied_from, occupied_until = @occupied_until, status = @status, notes = @notes,
       version = version + 1, updated_at = now()
where id = @id;
