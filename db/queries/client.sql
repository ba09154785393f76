-- name: ClientList :many
-- A page of clients, those that hold every term. strpos knows no wildcards, so that what
-- a person types is only ever itself. Sorting and direction are parameters that the
-- planner folds away, so that each order walks its own index.
select id, first_name, last_name, email, phone, birth_date, created_at
from clients
where not exists (select from unnest(@terms::text[]) as term where strpos(search_text, term) = 0)
  and case when @sort::text = 'created' and @ascending::boolean then (created_at, id) > (@after_time::timestamptz, @after_id::uuid)
           when @sort = 'created' then (created_at, id) < (@after_time::timestamptz, @after_id::uuid)
           when sqlc.narg(after_last_name)::text is null then true
           when @ascending then (last_name collate "und-x-icu", first_name collate "und-x-icu", id)
                                > (sqlc.narg(after_last_name)::text, @after_first_name::text, @after_id::uuid)
           else (last_name collate "und-x-icu", first_name collate "und-x-icu", id)
                < (sqlc.narg(after_last_name)::text, @after_first_name::text, @after_id::uuid) end
order by case when @sort = 'created' and @ascending then created_at end,
         case when @sort = 'created' and not @ascending then created_at end desc,
         case when @sort = 'name' and @ascending then last_name end collate "und-x-icu",
         case when @sort = 'name' and @ascending then first_name end collate "und-x-icu",
         case when @sort = 'name' and not @ascending then last_name end collate "und-x-icu" desc,
         case when @sort = 'name' and not @ascending then first_name end collate "und-x-icu" desc,
         case when @ascending then id end, id desc
limit @page_size;

-- name: ClientGet :one
select id, first_name, last_name, email, phone, birth_date, version, created_at, updated_at
from clients where id = @id;

-- name: ClientCreate :exec
insert into clients (id, first_name, last_name, email, phone, birth_date, search_text)
values (@id, @first_name, @last_name, @email, @phone, sqlc.narg(birth_date), @search_text);

-- name: ClientUpdate :one
-- No row when the client is unknown or has another version by now.
update clients set first_name = @first_name, last_name = @last_name, email = @email, phone = @phone,
       birth_date = sqlc.narg(birth_date), search_text = @search_text, version = version + 1, updated_at = now()
where id = @id and version = @version
returning version;

-- name: ClientListAlike :many
-- Others with the same address or number as a client: perhaps the same person.
select others.id, others.first_name, others.last_name from clients
join clients others on others.id <> clients.id and
     ((others.email = clients.email and others.email <> '') or (others.phone = clients.phone and others.phone <> ''))
where clients.id = @id
order by others.last_name collate "und-x-icu", others.first_name collate "und-x-icu", others.id
limit 3;

-- name: ClientAppointmentList :many
-- What is ahead of a client, the next first, and what is behind, the latest first.
(select appointments.id, appointments.starts_at, appointments.ends_at, appointments.status,
        services.name as service_name, providers.name as provider_name, providers.color as provider_color, true::boolean as upcoming
 from appointments
 join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
 join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
 where appointments.client_id = @client_id and appointments.ends_at > @now::timestamptz
 order by appointments.starts_at limit 20)
union all
(select appointments.id, appointments.starts_at, appointments.ends_at, appointments.status,
        services.name, providers.name, providers.color, false
 from appointments
 join services on services.tenant_id = appointments.tenant_id and services.id = appointments.service_id
 join providers on providers.tenant_id = appointments.tenant_id and providers.id = appointments.provider_id
 where appointments.client_id = @client_id and appointments.ends_at <= @now::timestamptz
 order by appointments.starts_at desc limit 20);

-- name: ClientConversationList :many
-- The mail of whoever has this address.
select conversations.id, conversations.subject, conversations.last_message_at, conversations.unread
from clients
join conversations on conversations.tenant_id = clients.tenant_id and conversations.contact_address = clients.email
where clients.id = @client_id and clients.email <> ''
order by conversations.last_message_at desc, conversations.id desc
limit 10;

-- name: ClientLock :one
-- What the log keeps of a client, held until the transaction ends.
select first_name, last_name, email, phone, birth_date from clients where id = @id for update;
