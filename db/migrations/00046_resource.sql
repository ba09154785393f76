-- The rooms and devices that a clinic works with.

-- +goose Up
create table resources (
    tenant_id  uuid not null default current_tenant() references tenants (id),
    id         uuid not null,
    name       text not null check (length(name) between 1 and 200),
    -- What a service will ask for: any one of a kind does. A clinic's own word.
    kind       text not null check (length(kind) between 1 and 100),
    active     boolean not null default true,
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create unique index resources_name on resources (tenant_id, lower(name)) where active;

alter table resources enable row level security;
alter table resources force row level security;
create policy resources_tenant on resources to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on resources to frontdesk_tenant;
select revision_follow('resources', 'settings');

-- +goose Down
drop table resources;
