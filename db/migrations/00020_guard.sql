-- What the guard asks of few requests. Postgres sets up every part of a statement each
-- time, also a branch that is then not taken; a function costs nothing until it is
-- called. PL/pgSQL, and not SQL, because it keeps the plans of its statements.
-- +goose Up

-- +goose StatementBegin
create function invite_waits(address text) returns boolean language plpgsql stable set search_path = public, pg_catalog as $$
begin
    return exists (select from invites join tenants on tenants.id = invites.tenant_id and tenants.status = 'active'
                   where invites.email = address and invites.accepted_at is null and invites.revoked_at is null and invites.expires_at > now());
end $$;

create function support_until(clinic uuid, support_grant uuid) returns timestamptz language plpgsql stable set search_path = public, pg_catalog as $$
begin
    return (select expires_at from support_grants
            where tenant_id = clinic and id = support_grant and revoked_at is null and expires_at > now());
end $$;

create function has_second_factor(person uuid) returns boolean language plpgsql stable set search_path = public, pg_catalog as $$
begin
    return exists (select from second_factors where user_id = person and confirmed_at is not null)
        or exists (select from passkeys where user_id = person);
end $$;
-- +goose StatementEnd
revoke all on function invite_waits(text), support_until(uuid, uuid), has_second_factor(uuid) from public;
grant execute on function invite_waits(text), support_until(uuid, uuid), has_second_factor(uuid) to frontdesk_platform;

-- The invites of an address, which the index of a clinic's open ones does not find.
create index invites_open_of_address on invites (email) where accepted_at is null and revoked_at is null;

-- +goose Down
drop index invites_open_of_address;
drop function invite_waits(text), support_until(uuid, uuid), has_second_factor(uuid);
