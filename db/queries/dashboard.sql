-- name: DashboardAppointments :many
-- The appointments that take place on a day, those among them that began on the day
-- before. The earliest start bounds the look-back.
select appointments.id, appointments.starts_at, appointments.ends_at, appointments.status,
       clients.id as client_id, clients.first_name, clients.last_name,
       providers.name as provider_name, providers.color as provider_color, services.name as service_name
from appointments
join clients on clients.tenant_id = appointments.tenant_id and clients.id = appointments.client_id
join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
where appointments.starts_at >= @earliest_start and appointments.starts_at < @day_end and appointments.ends_at > @day_start
  and appointments.status <> 'cancelled'
order by appointments.starts_at, appointments.id
limit 200;

-- name: DashboardUnread :many
-- The newest unread conversations, each with the number of all of them.
select conversations.id, conversations.subject, conversations.contact_name, conversations.contact_address,
       conversations.last_message_at, count(*) over () as unread_count
from conversations
where conversations.unread
order by conversations.last_message_at desc, conversations.id desc
limit 6;

-- name: DashboardSetup :one
-- What a new clinic still lacks.
select exists (select from providers where active) as has_provider,
       exists (select from services where active) as has_service,
       exists (select from clients) as has_client,
       exists (select from mailboxes where active) as has_mailbox;
