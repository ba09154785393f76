-- Rows of the demo clinic, many at a time: COPY does not work under row-level
-- security. A second run fills what a first one left out.

-- name: DemoHolds :one
-- The platform's door: whether the demo is complete, and whether anything else
-- is here.
select exists (select from users where users.email = @last_email) as complete,
       exists (select from tenants where tenants.slug !~ '^demo(-[0-9]+)?$') as other;

-- name: DemoTenantInsert :exec
insert into tenants (id, name, slug, timezone, country, currency, max_seats)
values (@id, @name, @slug, 'Europe/Bucharest', 'RO', 'RON', 20)
on conflict do nothing;

-- name: DemoUserInsert :exec
insert into users (id, email, name, password_hash, super_admin)
values (@id, @email, @name, @password_hash::text, @super_admin)
on conflict do nothing;

-- name: DemoMembershipInsert :exec
insert into memberships (tenant_id, id, user_id, role) values (@tenant_id, @id, @user_id, @role)
on conflict do nothing;

-- name: DemoServiceInsert :exec
insert into services (id, name, duration, buffer_after, price)
select unnest(@ids::uuid[]), unnest(@names::text[]), unnest(@durations::int[]), unnest(@buffers::int[]), unnest(@prices::bigint[])
on conflict do nothing;

-- name: DemoProviderInsert :exec
insert into providers (id, name, color)
select unnest(@ids::uuid[]), unnest(@names::text[]), unnest(@colors::text[])
on conflict do nothing;

-- name: DemoProviderHoursInsert :exec
insert into provider_hours (id, provider_id, weekday, starts, ends)
select unnest(@ids::uuid[]), unnest(@provider_ids::uuid[]), unnest(@weekdays::smallint[]), 540, 1020
on conflict do nothing;

-- name: DemoClientInsert :exec
insert into clients (id, first_name, last_name, email, phone, birth_date, search_text)
select unnest(@ids::uuid[]), unnest(@first_names::text[]), unnest(@last_names::text[]), unnest(@emails::text[]),
       unnest(@phones::text[]), unnest(@birth_dates::date[]), unnest(@search_texts::text[])
on conflict do nothing;

-- name: DemoAppointmentInsert :exec
insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until, status)
select unnest(@ids::uuid[]), unnest(@client_ids::uuid[]), unnest(@provider_ids::uuid[]), unnest(@service_ids::uuid[]),
       unnest(@starts::timestamptz[]), unnest(@ends::timestamptz[]), unnest(@starts::timestamptz[]), unnest(@ends::timestamptz[]),
       unnest(@statuses::text[])
on conflict do nothing;

-- name: DemoMailboxInsert :exec
insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed, active)
values (@id, @name, @address, 'imap.demo.example', 993, 'tls', 'smtp.demo.example', 465, 'tls', @address, '', false)
on conflict do nothing;

-- name: DemoConversationInsert :exec
insert into conversations (id, mailbox_id, subject, contact_address, contact_name, last_message_at, unread)
select unnest(@ids::uuid[]), @mailbox_id, unnest(@subjects::text[]), unnest(@addresses::text[]), unnest(@names::text[]),
       unnest(@latest::timestamptz[]), unnest(@unread::boolean[])
on conflict do nothing;

-- name: DemoMessageInsert :exec
insert into messages (id, conversation_id, mailbox_id, direction, message_id, from_name, from_address, to_addresses, subject, sent_at, received_at, body_text, delivery)
select unnest(@ids::uuid[]), unnest(@conversation_ids::uuid[]), @mailbox_id, unnest(@directions::text[]), unnest(@message_ids::text[]),
       unnest(@from_names::text[]), unnest(@from_addresses::text[]), array[]::text[], unnest(@subjects::text[]),
       unnest(@sent::timestamptz[]), unnest(@sent::timestamptz[]), unnest(@bodies::text[]), unnest(@deliveries::text[])
on conflict do nothing;
