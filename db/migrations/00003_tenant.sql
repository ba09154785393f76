-- Clinics. A clinic's own row is the only one that its people can see.

-- +goose Up
create table tenants (
    id         uuid primary key,
    name       text not null check (length(name) between 1 and 200),
    slug       text not null unique check (slug ~ '^[a-z0-9-]{3,40}$'),
    -- An IANA time zone: all of the clinic's local times are read in it.
    timezone   text not null,
    -- ISO 3166-1 alpha-2: how telephone numbers without a prefix are read.
    country    text not null default 'RO' check (country ~ '^[A-Z]{2}$'),
    -- ISO 4217: the currency of its prices.
    currency   text not null default 'RON' check (currency ~ '^[A-Z]{3}$'),
    max_seats  integer not null check (max_seats between 0 and 10000),
    status     text not null default 'active' check (status in ('active', 'suspended', 'deleted')),
    created_at timestamptz not null default now()
);
-- The console lists them as a directory does, whatever the database's collation.
create index tenants_name on tenants (name collate "und-x-icu", id);

alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenants_tenant on tenants for select to frontdesk_tenant using (id = (select current_tenant()));
create policy tenants_platform on tenants to frontdesk_platform using (true) with check (true);
grant select on tenants to frontdesk_tenant;
grant select, insert, update on tenants to frontdesk_platform;

-- +goose Down
drop table tenants;
