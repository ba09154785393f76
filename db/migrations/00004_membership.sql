-- Who works in which clinic, and as what. The platform reaches it because the
-- guard must find a person's clinic before any tenant is known.

-- +goose Up
create table memberships (
    tenant_id  uuid not null default current_tenant() references tenants (id),
    id         uuid not null,
    user_id    uuid not null references users (id),
    role       text not null check (role in ('owner', 'staff')),
    status     text not null default 'active' check (status in ('active', 'revoked')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    unique (tenant_id, user_id)
);
-- Signing in asks for a person's clinics.
create index memberships_user on memberships (user_id, tenant_id);

alter table memberships enable row level security;
alter table memberships force row level security;
create policy memberships_tenant on memberships to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy memberships_platform on memberships to frontdesk_platform using (true) with check (true);
grant select on memberships to frontdesk_tenant;
grant select, insert, update on memberships to frontdesk_platform;

-- The people of a clinic are those with a membership in it; the subquery stands
-- under the policy above.
create policy users_tenant on users for select to frontdesk_tenant
    using (exists (select from memberships where memberships.user_id = users.id));
grant select (id, name, email, status) on users to frontdesk_tenant;

-- +goose Down
drop policy users_tenant on users;
drop table memberships;
