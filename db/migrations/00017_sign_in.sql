-- Failed sign-ins, and links that set a new password.

-- +goose Up
-- Who may not try again yet. Kept here rather than in Redis: the wait holds on
-- every copy of the program, and does not end because Redis was restarted.
create table sign_in_failures (
    -- SHA-256 of an e-mail address, or of a network address.
    subject_hash   bytea primary key check (length(subject_hash) = 32),
    subject_kind   text not null check (subject_kind in ('email', 'ip')),
    failures       integer not null default 1 check (failures >= 0),
    -- How often the answer was no, those during a wait among them.
    refused        bigint not null default 0,
    last_failed_at timestamptz not null default now(),
    locked_until   timestamptz
);
create index sign_in_failures_last on sign_in_failures (last_failed_at);
alter table sign_in_failures enable row level security;
alter table sign_in_failures force row level security;
create policy sign_in_failures_platform on sign_in_failures to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on sign_in_failures to frontdesk_platform;

create table password_resets (
    id         uuid primary key,
    user_id    uuid not null references users (id),
    -- SHA-256 of a 256-bit random token, as an invite's.
    token_hash bytea not null unique check (length(token_hash) = 32),
    expires_at timestamptz not null,
    used_at    timestamptz,
    -- A newer one was asked for, or the person's address or password changed.
    revoked_at timestamptz,
    -- What became of its mail.
    delivery       text not null default 'pending' check (delivery in ('pending', 'sent', 'failed')),
    delivery_error text not null default '' check (length(delivery_error) <= 100),
    created_at timestamptz not null default now()
);
create index password_resets_user on password_resets (user_id, created_at);
alter table password_resets enable row level security;
alter table password_resets force row level security;
create policy password_resets_platform on password_resets to frontdesk_platform using (true) with check (true);
grant select, insert, update on password_resets to frontdesk_platform;

-- A clinic's owner lets those who run the installation look, for a while. The
-- platform reads it because the guard must, before any tenant is known.
create table support_grants (
    tenant_id  uuid not null default current_tenant() references tenants (id),
    id         uuid not null,
    granted_by uuid not null,
    reason     text not null check (length(reason) between 5 and 500),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, granted_by) references memberships (tenant_id, user_id),
    check (expires_at > created_at and expires_at <= created_at + interval '7 days')
);
alter table support_grants enable row level security;
alter table support_grants force row level security;
create policy support_grants_tenant on support_grants to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy support_grants_platform on support_grants for select to frontdesk_platform using (true);
grant select, insert on support_grants to frontdesk_tenant;
grant update (revoked_at) on support_grants to frontdesk_tenant;
grant select on support_grants to frontdesk_platform;

-- A session has a name that is no secret, so that it can be listed and ended; one
-- of a super-admin may look into a clinic by a grant.
alter table sessions
    add column id               uuid not null default gen_random_uuid() unique,
    add column support_grant_id uuid,
    add foreign key (tenant_id, support_grant_id) references support_grants (tenant_id, id),
    add check (support_grant_id is null or tenant_id is not null);

-- Where the person's next session begins.
alter table users add column last_tenant uuid references tenants (id);

-- +goose Down
alter table users drop column last_tenant;
-- A support session would read as a member's.
alter table sessions no force row level security;
delete from sessions where support_grant_id is not null;
alter table sessions force row level security;
alter table sessions drop column support_grant_id, drop column id;
drop table support_grants;
drop table password_resets;
drop table sign_in_failures;
