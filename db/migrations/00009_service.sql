-- What a clinic does for its clients, how long it takes and what it costs.

-- +goose Up
create table services (
    tenant_id     uuid not null default current_tenant() references tenants (id),
    id            uuid not null,
    name          text not null check (length(name) between 1 and 200),
    -- Minutes that the client is with the provider.
    duration      integer not null check (duration between 5 and 1440),
    -- Minutes that the provider needs before and after.
    buffer_before integer not null default 0 check (buffer_before between 0 and 240),
    buffer_after  integer not null default 0 check (buffer_after between 0 and 240),
    -- In hundredths of the tenant's currency.
    price         bigint not null default 0 check (price between 0 and 100000000),
    active        boolean not null default true,
    version       integer not null default 1,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    primary key (tenant_id, id)
);
create unique index services_name on services (tenant_id, lower(name)) where active;

alter table services enable row level security;
alter table services force row level security;
create policy services_tenant on services to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on services to frontdesk_tenant;

-- +goose Down
drop table services;
