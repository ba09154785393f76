-- The people whom a clinic looks after.

-- +goose Up
create table clients (
    tenant_id   uuid not null default current_tenant() references tenants (id),
    id          uuid not null,
    first_name  text not null check (length(first_name) between 1 and 100),
    last_name   text not null default '' check (length(last_name) <= 100),
    -- Lower case; empty when unknown. Several clients may share one address.
    email       text not null default '' check (email = lower(email) and length(email) <= 254),
    -- E.164, or as typed when it could not be read as a number; empty when unknown.
    phone       text not null default '' check (length(phone) <= 40),
    birth_date  date,
    -- Names, address and digits in lower case without diacritics, for search.
    search_text text not null default '' check (length(search_text) <= 700),
    -- Grows with each change: an edit of an older version is refused.
    version     integer not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (tenant_id, id)
);
-- As a person reads a list of names: S and Ș together, case aside. The database's
-- own order is by code point. The list's query names the same collation.
create index clients_name on clients (tenant_id, last_name collate "und-x-icu", first_name collate "und-x-icu", id);
create index clients_email on clients (tenant_id, email) where email <> '';
create index clients_phone on clients (tenant_id, phone) where phone <> '';

alter table clients enable row level security;
alter table clients force row level security;
create policy clients_tenant on clients to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on clients to frontdesk_tenant;

-- +goose Down
drop table clients;
