-- Invitations to join a clinic. The token itself is never stored. The platform
-- reaches it because who opens a link has no tenant yet.

-- +goose Up
create table invites (
    tenant_id   uuid not null default current_tenant() references tenants (id),
    id          uuid not null,
    email       text not null check (email = lower(email) and length(email) between 3 and 254),
    name        text not null check (length(name) <= 200),
    role        text not null check (role in ('owner', 'staff')),
    -- SHA-256 of a 256-bit random token; global, because the token is all that
    -- the one who opens the link has.
    token_hash  bytea not null unique,
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    created_at  timestamptz not null default now(),
    primary key (tenant_id, id)
);
-- One open invite for an address in a clinic.
create unique index invites_open on invites (tenant_id, email) where accepted_at is null and revoked_at is null;

alter table invites enable row level security;
alter table invites force row level security;
create policy invites_tenant on invites to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy invites_platform on invites to frontdesk_platform using (true) with check (true);
grant select (tenant_id, id, email, name, role, expires_at, accepted_at, revoked_at, created_at) on invites to frontdesk_tenant;
grant insert on invites to frontdesk_tenant;
grant update (revoked_at) on invites to frontdesk_tenant;
grant select, insert, update on invites to frontdesk_platform;

-- +goose Down
drop table invites;
