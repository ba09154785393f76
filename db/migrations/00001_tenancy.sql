-- The ground that every clinic table stands on: the tenant of the running
-- transaction, and what the two run-time logins may see of the schema.

-- +goose Up
create extension if not exists btree_gist with schema public;

revoke all on schema public from public;
grant usage on schema public to frontdesk_tenant, frontdesk_platform;

-- current_tenant is the tenant that store.Tenant or store.Statement has set for this
-- transaction. It raises when none is set: closed and loud. After a commit the
-- setting is an empty string, and the cast of that raises as well.
-- STABLE, never IMMUTABLE: an immutable one is folded into a cached plan, which
-- then answers the next tenant with the rows of the one before.
-- +goose StatementBegin
create function current_tenant() returns uuid
    language sql stable parallel safe
    set search_path = pg_catalog
    return current_setting('app.tenant_id')::uuid;
-- +goose StatementEnd

revoke all on function current_tenant() from public;
grant execute on function current_tenant() to frontdesk_tenant;

-- The program reads its schema's version before it serves.
grant select on goose_db_version to frontdesk_platform;

-- +goose Down
revoke all on goose_db_version from frontdesk_platform;
drop function current_tenant();
