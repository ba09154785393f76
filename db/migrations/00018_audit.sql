-- What was done, by whom, and that it was not changed since. Two logs: a clinic's
-- own, which the platform's login may add to and never read, and the platform's,
-- which holds no clinic data.

-- +goose Up
-- The closed list. `alter type audit_action add value` makes it longer; the program
-- takes its constants from here.
create type audit_action as enum (
    'client_read', 'client_create', 'client_update', 'client_export',
    'provider_create', 'provider_update', 'provider_activate', 'provider_deactivate',
    'service_create', 'service_update', 'service_activate', 'service_deactivate',
    'appointment_create', 'appointment_update', 'appointment_cancel',
    'mailbox_create', 'mailbox_update', 'mailbox_activate', 'mailbox_deactivate', 'mailbox_sync',
    'conversation_read', 'conversation_unread',
    'message_create', 'message_receive', 'message_resend', 'message_source',
    'attachment_download',
    'invite_create', 'invite_resend', 'invite_revoke', 'invite_accept', 'invite_delivery',
    'membership_create', 'membership_role', 'membership_remove', 'membership_disable', 'membership_restore',
    'security_update',
    'support_grant', 'support_revoke', 'support_enter', 'support_leave', 'support_view',
    'audit_export',
    'tenant_create', 'tenant_update', 'tenant_suspend', 'tenant_activate', 'tenant_delete', 'tenant_restore',
    'user_create', 'user_update', 'user_suspend', 'user_activate', 'user_delete', 'user_restore',
    'user_promote', 'user_demote', 'user_export', 'tenant_export',
    'session_create', 'session_fail', 'session_lock', 'session_end', 'session_switch',
    'password_update', 'password_rehash', 'password_reset_create', 'password_reset_use',
    'second_factor_create', 'second_factor_delete', 'second_factor_fail', 'recovery_code_create', 'recovery_code_use',
    'passkey_create', 'passkey_delete',
    'job_retry', 'job_cancel'
);

-- A clinic's own log.
create table audit_events (
    tenant_id   uuid not null default current_tenant() references tenants (id),
    id          uuid not null,
    occurred_at timestamptz not null default clock_timestamp(),
    -- person: of the clinic, or whoever changes it from the console; support: a
    -- super-admin by a grant; system: a job.
    actor_kind  text not null check (actor_kind in ('person', 'support', 'system')),
    actor_id    uuid,
    -- As it was then: names change, the log does not.
    actor_name  text not null default '' check (length(actor_name) <= 200),
    action      audit_action not null,
    target_kind text not null default '' check (length(target_kind) <= 50),
    target_id   uuid,
    target_name text not null default '' check (length(target_name) <= 500),
    -- The changed fields only, never a secret.
    before      jsonb,
    after       jsonb,
    reason      text not null default '' check (length(reason) <= 500),
    ip          inet,
    user_agent  text not null default '' check (length(user_agent) <= 500),
    request_id  text not null default '' check (length(request_id) <= 100),
    primary key (tenant_id, id)
);
create index audit_events_latest on audit_events (tenant_id, occurred_at, id);
create index audit_events_target on audit_events (tenant_id, target_id, occurred_at);

alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy audit_events_tenant on audit_events to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy audit_events_platform on audit_events for insert to frontdesk_platform with check (true);
grant select, insert on audit_events to frontdesk_tenant;
grant insert on audit_events to frontdesk_platform;

-- The platform's log: people, tenants, sign-ins, the console.
create table platform_audit_events (
    id          uuid primary key,
    -- Which tenant it is about, if any.
    tenant_id   uuid references tenants (id),
    occurred_at timestamptz not null default clock_timestamp(),
    actor_kind  text not null check (actor_kind in ('person', 'visitor', 'system')),
    actor_id    uuid,
    actor_name  text not null default '' check (length(actor_name) <= 200),
    action      audit_action not null,
    target_kind text not null default '' check (length(target_kind) <= 50),
    target_id   uuid,
    target_name text not null default '' check (length(target_name) <= 500),
    before      jsonb,
    after       jsonb,
    reason      text not null default '' check (length(reason) <= 500),
    ip          inet,
    user_agent  text not null default '' check (length(user_agent) <= 500),
    request_id  text not null default '' check (length(request_id) <= 100)
);
create index platform_audit_events_latest on platform_audit_events (occurred_at, id);
create index platform_audit_events_tenant on platform_audit_events (tenant_id, occurred_at, id);
create index platform_audit_events_actor on platform_audit_events (actor_id, occurred_at, id);
create index platform_audit_events_target on platform_audit_events (target_id, occurred_at, id);

alter table platform_audit_events enable row level security;
alter table platform_audit_events force row level security;
create policy platform_audit_events_platform on platform_audit_events to frontdesk_platform using (true) with check (true);
grant select, insert on platform_audit_events to frontdesk_platform;

-- What the sealer has still to do. Rows are only added by writers, so that they
-- never wait for each other, and removed by the sealer once they are sealed. Ids
-- only: the platform's login finds here which clinic has something to seal.
create table audit_pending (
    tenant_id uuid not null default current_tenant() references tenants (id),
    event_id  uuid not null,
    primary key (tenant_id, event_id)
);
alter table audit_pending enable row level security;
alter table audit_pending force row level security;
create policy audit_pending_tenant on audit_pending to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy audit_pending_platform on audit_pending to frontdesk_platform using (true) with check (true);
grant select, insert on audit_pending to frontdesk_tenant;
grant select, insert, delete on audit_pending to frontdesk_platform;

create table platform_audit_pending (
    event_id uuid primary key
);
alter table platform_audit_pending enable row level security;
alter table platform_audit_pending force row level security;
create policy platform_audit_pending_platform on platform_audit_pending to frontdesk_platform using (true) with check (true);
grant select, insert, delete on platform_audit_pending to frontdesk_platform;

-- The seals: a chain for each tenant. Each holds a hash of its event and of the
-- seal before it, and a keyed hash of that, which nobody can make anew who has
-- only the database.
create table audit_seals (
    tenant_id     uuid not null default current_tenant() references tenants (id),
    position      bigint not null check (position > 0),
    event_id      uuid not null,
    previous_hash bytea not null check (length(previous_hash) = 32),
    hash          bytea not null check (length(hash) = 32),
    mac           bytea not null check (length(mac) = 32),
    sealed_at     timestamptz not null default now(),
    primary key (tenant_id, position),
    unique (tenant_id, event_id),
    foreign key (tenant_id, event_id) references audit_events (tenant_id, id)
);
alter table audit_seals enable row level security;
alter table audit_seals force row level security;
create policy audit_seals_tenant on audit_seals to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert on audit_seals to frontdesk_tenant;

create table platform_audit_seals (
    -- The tenant that the chain is about; zero for the events about none.
    chain_id      uuid not null,
    position      bigint not null check (position > 0),
    -- No foreign key: its check would have to be led by a tenant, which some events
    -- have none of. Nothing can be deleted there anyway.
    event_id      uuid not null unique,
    previous_hash bytea not null check (length(previous_hash) = 32),
    hash          bytea not null check (length(hash) = 32),
    mac           bytea not null check (length(mac) = 32),
    sealed_at     timestamptz not null default now(),
    primary key (chain_id, position)
);
alter table platform_audit_seals enable row level security;
alter table platform_audit_seals force row level security;
create policy platform_audit_seals_platform on platform_audit_seals to frontdesk_platform using (true) with check (true);
grant select, insert on platform_audit_seals to frontdesk_platform;

-- The second lock, for the owner too: no login has UPDATE or DELETE anyway.
-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
-- +goose StatementEnd
revoke all on function refuse_change() from public;
create trigger append_only before update or delete or truncate on audit_events for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on platform_audit_events for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on audit_seals for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on platform_audit_seals for each statement execute function refuse_change();

-- +goose StatementBegin
create function audit_event_pending() returns trigger language plpgsql set search_path = public, pg_catalog as $$
begin
    insert into audit_pending (tenant_id, event_id) values (new.tenant_id, new.id);
    return null;
end $$;
create function platform_audit_event_pending() returns trigger language plpgsql set search_path = public, pg_catalog as $$
begin
    insert into platform_audit_pending (event_id) values (new.id);
    return null;
end $$;
-- +goose StatementEnd
revoke all on function audit_event_pending(), platform_audit_event_pending() from public;
create trigger pending after insert on audit_events for each row execute function audit_event_pending();
create trigger pending after insert on platform_audit_events for each row execute function platform_audit_event_pending();

-- +goose Down
drop table platform_audit_seals, audit_seals, platform_audit_pending, audit_pending, platform_audit_events, audit_events;
drop function refuse_change(), audit_event_pending(), platform_audit_event_pending();
drop type audit_action;
