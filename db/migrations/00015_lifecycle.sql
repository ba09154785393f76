-- The life of tenants, users and memberships: nothing is deleted, it changes its
-- state, and can come back. internal/lifecycle holds which change is legal.

-- +goose Up
alter table tenants
    add column version       integer not null default 1,
    add column updated_at    timestamptz not null default now(),
    -- Why it is in the state that it is in, as whoever changed it wrote.
    add column status_reason text not null default '' check (length(status_reason) <= 500),
    add column deleted_at    timestamptz,
    add column deleted_by    uuid references users (id),
    add check ((status = 'deleted') = (deleted_at is not null));
create index tenants_created on tenants (created_at, id);

alter table users
    add column version            integer not null default 1,
    add column updated_at         timestamptz not null default now(),
    add column status_reason      text not null default '' check (length(status_reason) <= 500),
    add column deleted_at         timestamptz,
    add column deleted_by         uuid references users (id),
    -- The tenant whose deletion suspended this person, who had no other active one;
    -- restoring a tenant of theirs brings back those marked so, and nobody else.
    add column disabled_by_tenant uuid references tenants (id),
    add check ((status = 'deleted') = (deleted_at is not null)),
    add check (disabled_by_tenant is null or status <> 'active');
create index users_name on users (name collate "und-x-icu", id);
create index users_created on users (created_at, id);
create index users_super_admin on users (id) where super_admin;
create index users_disabled_by_tenant on users (disabled_by_tenant) where disabled_by_tenant is not null;

-- active; disabled while its tenant is deleted; revoked by an owner, or by the
-- deletion of its person, whose restoration takes back only what that revoked.
alter table memberships
    drop constraint memberships_status_check,
    add constraint memberships_status_check check (status in ('active', 'disabled', 'revoked')),
    add column version                  integer not null default 1,
    add column updated_at               timestamptz not null default now(),
    add column disabled_by_tenant       boolean not null default false,
    add column revoked_by_user_deletion boolean not null default false,
    add check (status <> 'disabled' or disabled_by_tenant),
    add check (status <> 'active' or not disabled_by_tenant and not revoked_by_user_deletion),
    add check (not revoked_by_user_deletion or status = 'revoked');
-- An owner changes roles and removes people through the tenant's door.
grant update (role, status, version, updated_at) on memberships to frontdesk_tenant;

alter table invites
    add column invited_by     uuid references users (id),
    add column revoked_reason text check (revoked_reason in ('cancelled', 'replaced', 'removed', 'expired')),
    -- What became of its mail, and, when it failed, the reason's key in the catalogs.
    add column delivery       text not null default 'pending' check (delivery in ('pending', 'sent', 'failed')),
    add column delivery_error text not null default '' check (length(delivery_error) <= 100);
grant select (invited_by, revoked_reason, delivery, delivery_error) on invites to frontdesk_tenant;
grant update (revoked_reason, delivery, delivery_error) on invites to frontdesk_tenant;
create index invites_delivery_failed on invites (tenant_id, created_at) where delivery = 'failed';

-- +goose Down
drop index invites_delivery_failed;
alter table invites
    drop column invited_by, drop column revoked_reason, drop column delivery, drop column delivery_error;
revoke update (role, status, version, updated_at) on memberships from frontdesk_tenant;
-- What the older program does not know is for it as if it were gone.
alter table memberships no force row level security;
update memberships set status = 'revoked', disabled_by_tenant = false, revoked_by_user_deletion = false where status <> 'active';
alter table memberships force row level security;
alter table memberships
    drop column version, drop column updated_at, drop column disabled_by_tenant, drop column revoked_by_user_deletion,
    drop constraint memberships_status_check,
    add constraint memberships_status_check check (status in ('active', 'revoked'));
drop index users_name, users_created, users_super_admin, users_disabled_by_tenant;
alter table users
    drop column version, drop column updated_at, drop column status_reason, drop column deleted_at, drop column deleted_by,
    drop column disabled_by_tenant;
drop index tenants_created;
alter table tenants
    drop column version, drop column updated_at, drop column status_reason, drop column deleted_at, drop column deleted_by;
