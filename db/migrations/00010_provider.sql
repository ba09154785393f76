-- Those who see clients, when they work, and which services they give.

-- +goose Up
create table providers (
    tenant_id    uuid not null default current_tenant() references tenants (id),
    id           uuid not null,
    name         text not null check (length(name) between 1 and 200),
    -- One of the palette's names.
    color        text not null check (color ~ '^[a-z]{3,20}$'),
    -- True: gives every service, later ones included. False: those in provider_services.
    all_services boolean not null default true,
    active       boolean not null default true,
    version      integer not null default 1,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (tenant_id, id)
);

alter table providers enable row level security;
alter table providers force row level security;
create policy providers_tenant on providers to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on providers to frontdesk_tenant;

-- Weekly working hours in the clinic's time zone; several spans a day are a break.
create table provider_hours (
    tenant_id   uuid not null default current_tenant() references tenants (id),
    id          uuid not null,
    provider_id uuid not null,
    -- ISO 8601: 1 is Monday, 7 is Sunday.
    weekday     smallint not null check (weekday between 1 and 7),
    -- Minutes since local midnight.
    starts      smallint not null check (starts between 0 and 1439),
    ends        smallint not null check (ends between 1 and 1440),
    check (starts < ends),
    primary key (tenant_id, id),
    foreign key (tenant_id, provider_id) references providers (tenant_id, id),
    unique (tenant_id, provider_id, weekday, starts)
);

alter table provider_hours enable row level security;
alter table provider_hours force row level security;
create policy provider_hours_tenant on provider_hours to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, delete on provider_hours to frontdesk_tenant;

create table provider_services (
    tenant_id   uuid not null default current_tenant() references tenants (id),
    provider_id uuid not null,
    service_id  uuid not null,
    primary key (tenant_id, provider_id, service_id),
    foreign key (tenant_id, provider_id) references providers (tenant_id, id),
    foreign key (tenant_id, service_id) references services (tenant_id, id)
);

alter table provider_services enable row level security;
alter table provider_services force row level security;
create policy provider_services_tenant on provider_services to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, delete on provider_services to frontdesk_tenant;

-- +goose Down
drop table provider_services;
drop table provider_hours;
drop table providers;
