-- The shared inbox: conversations, their messages, and what is attached.

-- +goose Up
create table conversations (
    tenant_id       uuid not null default current_tenant() references tenants (id),
    id              uuid not null,
    mailbox_id      uuid not null,
    subject         text not null default '' check (length(subject) <= 1000),
    -- Whom the clinic talks with. The client is whoever has this address now: a
    -- join, not a copy, so that a client added later finds their mail.
    contact_address text not null default '' check (contact_address = lower(contact_address) and length(contact_address) <= 320),
    contact_name    text not null default '' check (length(contact_name) <= 500),
    last_message_at timestamptz not null,
    unread          boolean not null default true,
    created_at      timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, mailbox_id) references mailboxes (tenant_id, id)
);
create index conversations_latest on conversations (tenant_id, last_message_at desc, id desc);
create index conversations_unread on conversations (tenant_id, last_message_at desc) where unread;
create index conversations_contact on conversations (tenant_id, contact_address, last_message_at desc);

alter table conversations enable row level security;
alter table conversations force row level security;
create policy conversations_tenant on conversations to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on conversations to frontdesk_tenant;

create table messages (
    tenant_id       uuid not null default current_tenant() references tenants (id),
    id              uuid not null,
    conversation_id uuid not null,
    mailbox_id      uuid not null,
    direction       text not null check (direction in ('in', 'out')),
    -- Where the server keeps it; null for what we wrote.
    uidvalidity     bigint,
    uid             bigint,
    -- RFC 5322 identifiers without angle brackets. Not unique: senders repeat them.
    message_id      text not null default '' check (length(message_id) <= 998),
    in_reply_to     text not null default '' check (length(in_reply_to) <= 998),
    reference_ids   text[] not null default '{}',
    from_name       text not null default '' check (length(from_name) <= 500),
    from_address    text not null default '' check (length(from_address) <= 320),
    -- Where its sender wants answers; empty when that is from_address.
    reply_to        text not null default '' check (length(reply_to) <= 320),
    to_addresses    text[] not null default '{}',
    subject         text not null default '' check (length(subject) <= 1000),
    sent_at         timestamptz,
    received_at     timestamptz not null default now(),
    body_text       text not null default '',
    -- The beginning of its text, for lists.
    preview         text not null default '' check (length(preview) <= 300),
    -- As it came. It is cleaned each time it is shown, so that a better filter
    -- serves old mail as well.
    body_html       text not null default '',
    -- The raw message in object storage; empty when the server's copy was too large.
    raw_key         text not null default '' check (length(raw_key) <= 500),
    -- SHA-256 of what the server gave: it finds a message again after the server
    -- has numbered its mailbox anew.
    content_hash    bytea check (length(content_hash) = 32),
    size            bigint not null default 0,
    -- What was wrong with it, as reason codes; empty for a sound message.
    defects         text[] not null default '{}',
    -- In: received. Out: queued; sending while an attempt runs; sent; failed;
    -- unknown: the server, or we, ended before its answer was known.
    delivery        text not null check (delivery in ('received', 'queued', 'sending', 'sent', 'failed', 'unknown')),
    delivery_error  text not null default '' check (length(delivery_error) <= 500),
    author_id       uuid,
    created_at      timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
    foreign key (tenant_id, mailbox_id) references mailboxes (tenant_id, id),
    foreign key (tenant_id, author_id) references memberships (tenant_id, user_id),
    -- None lost, none doubled.
    unique (tenant_id, mailbox_id, uidvalidity, uid)
);
create index messages_conversation on messages (tenant_id, conversation_id, received_at, id);
create index messages_message_id on messages (tenant_id, mailbox_id, message_id) where message_id <> '';
-- An answer may arrive before what it answers.
create index messages_in_reply_to on messages (tenant_id, mailbox_id, in_reply_to) where in_reply_to <> '';
create index messages_content on messages (tenant_id, mailbox_id, content_hash);

alter table messages enable row level security;
alter table messages force row level security;
create policy messages_tenant on messages to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on messages to frontdesk_tenant;

create table attachments (
    tenant_id    uuid not null default current_tenant() references tenants (id),
    id           uuid not null,
    message_id   uuid not null,
    -- As the sender named it; never part of a storage key.
    name         text not null default '' check (length(name) <= 500),
    content_type text not null default '' check (length(content_type) <= 200),
    content_id   text not null default '' check (length(content_id) <= 998),
    size         bigint not null,
    storage_key  text not null check (length(storage_key) between 1 and 500),
    created_at   timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, message_id) references messages (tenant_id, id)
);
create index attachments_message on attachments (tenant_id, message_id);

alter table attachments enable row level security;
alter table attachments force row level security;
create policy attachments_tenant on attachments to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert on attachments to frontdesk_tenant;

-- +goose Down
drop table attachments;
drop table messages;
drop table conversations;
