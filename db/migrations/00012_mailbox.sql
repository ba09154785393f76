-- The clinic's mail accounts, read over IMAP and answered over SMTP.

-- +goose Up
create table mailboxes (
    tenant_id        uuid not null default current_tenant() references tenants (id),
    id               uuid not null,
    name             text not null check (length(name) between 1 and 200),
    address          text not null check (address = lower(address) and length(address) between 3 and 254),
    imap_host        text not null check (length(imap_host) between 1 and 253),
    imap_port        integer not null check (imap_port between 1 and 65535),
    imap_security    text not null check (imap_security in ('tls', 'starttls')),
    smtp_host        text not null check (length(smtp_host) between 1 and 253),
    smtp_port        integer not null check (smtp_port between 1 and 65535),
    smtp_security    text not null check (smtp_security in ('tls', 'starttls')),
    username         text not null check (length(username) between 1 and 254),
    -- AES-256-GCM; tenant, table, row and column are authenticated with it.
    password_sealed  bytea not null,
    active           boolean not null default true,
    -- How far INBOX has been read: RFC 3501, 2.3.1.1. Null before the first sync.
    uidvalidity      bigint,
    last_uid         bigint not null default 0,
    sync_started_at  timestamptz,
    sync_finished_at timestamptz,
    -- A reason code of the last sync, empty when it went well.
    sync_error       text not null default '' check (length(sync_error) <= 100),
    -- How many syncs have failed in a row: each waits longer than the one before.
    sync_failures    integer not null default 0 check (sync_failures >= 0),
    -- When a person last asked for a sync.
    sync_requested_at timestamptz,
    -- The sync that holds the mailbox, and until when if it is never heard of
    -- again. Every step of it names itself, so that one which has lost the mailbox
    -- (to an edit, or to another after its time) writes nothing more.
    sync_run         uuid,
    sync_claimed_until timestamptz,
    version          integer not null default 1,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    primary key (tenant_id, id)
);
create unique index mailboxes_address on mailboxes (tenant_id, address) where active;

alter table mailboxes enable row level security;
alter table mailboxes force row level security;
create policy mailboxes_tenant on mailboxes to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on mailboxes to frontdesk_tenant;

-- +goose Down
drop table mailboxes;
