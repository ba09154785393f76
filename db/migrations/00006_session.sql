-- Sessions of people in browsers. Only the platform reaches them: the guard
-- reads them before a tenant is known, and nobody in a clinic needs to.

-- +goose Up
create table sessions (
    -- SHA-256 of the cookie's 256-bit random value.
    token_hash   bytea primary key check (length(token_hash) = 32),
    user_id      uuid not null references users (id),
    -- The clinic that the person works in now; null for a super-admin's session.
    tenant_id    uuid references tenants (id),
    ip           inet,
    user_agent   text not null default '' check (length(user_agent) <= 500),
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index sessions_user on sessions (user_id);

alter table sessions enable row level security;
alter table sessions force row level security;
create policy sessions_platform on sessions to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on sessions to frontdesk_platform;

-- +goose Down
drop table sessions;
