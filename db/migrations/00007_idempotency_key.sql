-- What a form that creates was answered, so that the same key again is answered
-- the same and makes nothing new. A racer waits on the primary key until the
-- first transaction ends: exactly one of them creates.

-- +goose Up
create table idempotency_keys (
    tenant_id  uuid not null default current_tenant() references tenants (id),
    -- The address that the form posts to: one key means nothing at another.
    route      text not null check (length(route) <= 200),
    key        uuid not null,
    -- Where the first answer led; empty while its transaction runs.
    location   text not null default '' check (length(location) <= 500),
    created_at timestamptz not null default now(),
    primary key (tenant_id, route, key)
);

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy idempotency_keys_tenant on idempotency_keys to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert on idempotency_keys to frontdesk_tenant;
grant update (location) on idempotency_keys to frontdesk_tenant;

-- The same for the super-admins' forms, which stand in no tenant.
create table platform_idempotency_keys (
    route      text not null check (length(route) <= 200),
    key        uuid not null,
    location   text not null default '' check (length(location) <= 500),
    created_at timestamptz not null default now(),
    primary key (route, key)
);
alter table platform_idempotency_keys enable row level security;
alter table platform_idempotency_keys force row level security;
create policy platform_idempotency_keys_platform on platform_idempotency_keys to frontdesk_platform using (true) with check (true);
grant select, insert on platform_idempotency_keys to frontdesk_platform;
grant update (location) on platform_idempotency_keys to frontdesk_platform;

-- +goose Down
drop table platform_idempotency_keys;
drop table idempotency_keys;
