-- The role that a session began in: in another one its token is worth nothing, so that
-- whoever is made owner, or is one no longer, signs in again (hazard 2). It is a column,
-- and not a statement that ends sessions, since an owner's login has no right on them.
-- +goose Up
alter table sessions add column role text;
-- When the person last proved who they are: by signing in, or by the password again.
alter table sessions add column proved_at timestamptz not null default now();

-- The owner changes no row of a forced table, and says nothing.
alter table sessions no force row level security;
alter table memberships no force row level security;
update sessions set role = memberships.role from memberships
where memberships.tenant_id = sessions.tenant_id and memberships.user_id = sessions.user_id;
alter table memberships force row level security;
alter table sessions force row level security;

-- +goose Down
alter table sessions drop column role, drop column proved_at;
