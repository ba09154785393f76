-- A client's time with a provider.

-- +goose Up
create table appointments (
    tenant_id      uuid not null default current_tenant() references tenants (id),
    id             uuid not null,
    client_id      uuid not null,
    provider_id    uuid not null,
    service_id     uuid not null,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null,
    -- What the provider is busy for, buffers included. Stored, because a
    -- timestamptz less an interval is not immutable and so cannot stand in a
    -- constraint.
    occupied_from  timestamptz not null,
    occupied_until timestamptz not null,
    status         text not null default 'booked'
        check (status in ('booked', 'confirmed', 'arrived', 'completed', 'no_show', 'cancelled')),
    notes          text not null default '' check (length(notes) <= 5000),
    version        integer not null default 1,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, client_id) references clients (tenant_id, id),
    foreign key (tenant_id, provider_id) references providers (tenant_id, id),
    foreign key (tenant_id, service_id) references services (tenant_id, id),
    check (starts_at < ends_at and ends_at - starts_at <= interval '24 hours'),
    check (occupied_from <= starts_at and ends_at <= occupied_until),
    -- The last word on double booking. Writers take an advisory lock on the
    -- provider first: racers on the constraint alone mostly end in deadlocks.
    constraint appointments_no_overlap exclude using gist (
        tenant_id with =, provider_id with =, tstzrange(occupied_from, occupied_until, '[)') with &&
    ) where (status <> 'cancelled')
);
-- Plain columns serve the queries: range operators are not leakproof and
-- cannot use their index beneath a policy.
create index appointments_day on appointments (tenant_id, starts_at);
create index appointments_client on appointments (tenant_id, client_id, starts_at);
create index appointments_provider on appointments (tenant_id, provider_id, occupied_from);

alter table appointments enable row level security;
alter table appointments force row level security;
create policy appointments_tenant on appointments to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert, update on appointments to frontdesk_tenant;

-- +goose Down
drop table appointments;
