-- What a row grants (a session, a link of an invite or for a new password, a look into a
-- clinic) carries a MAC with a key that is not in the database: the key's id and
-- HMAC-SHA256 over what it grants, to whom and until when. Whoever has a login alone, or
-- the whole database, makes none (hazard 104). What is used up or taken back loses it, so
-- that nobody brings it back.

-- +goose Up
alter table sessions add column mac bytea check (length(mac) = 40);
alter table invites add column mac bytea check (length(mac) = 40);
alter table password_resets add column mac bytea check (length(mac) = 40);
alter table support_grants add column mac bytea check (length(mac) = 40);
-- What never ends is nothing that the program could read.
alter table sessions add constraint sessions_ends check (isfinite(expires_at) and isfinite(last_seen_at)) not valid;
alter table invites add constraint invites_ends check (isfinite(expires_at) and isfinite(created_at)) not valid;
alter table password_resets add constraint password_resets_ends check (isfinite(expires_at)) not valid;
grant update (mac) on invites to frontdesk_tenant;
grant update (mac) on support_grants to frontdesk_tenant;
-- A newer key of the ring takes the place of the older one's in every row, by the program
-- at its start, which stands in no clinic then.
grant update (mac) on support_grants to frontdesk_platform;
create policy support_grants_platform_mac on support_grants for update to frontdesk_platform using (true) with check (true);

-- Until when rows of before, and those that a copy of the program before this one still
-- writes, are good without one. An installation that holds nobody yet never has such a
-- time; in another it ends by the first start of the program that has the key, which puts
-- a MAC to all that is there. The run-time logins can only bring the end nearer.
create table mac_grace (
    one        boolean primary key default true check (one),
    open_until timestamptz not null
);
-- The owner sees no row of a forced table, and says nothing.
alter table users no force row level security;
insert into mac_grace (open_until) select case when exists (select from users) then 'infinity' else '-infinity' end::timestamptz;
alter table users force row level security;
alter table mac_grace enable row level security;
alter table mac_grace force row level security;
create policy mac_grace_platform on mac_grace to frontdesk_platform using (true) with check (true);
grant select, update (open_until) on mac_grace to frontdesk_platform;

-- +goose StatementBegin
create function mac_grace_ends() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if new.open_until > old.open_until then
        raise exception 'rows without a MAC are never accepted again' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
-- +goose StatementEnd
revoke all on function mac_grace_ends() from public;
create trigger mac_grace_ends before update on mac_grace for each row execute function mac_grace_ends();

-- Who gave the grant of a look, 16 bytes, and its MAC behind them. The guard asks it of
-- support alone, so that it is a function (migration 00020).
-- +goose StatementBegin
create function support_proof(clinic uuid, support_grant uuid) returns bytea language plpgsql stable set search_path = public, pg_catalog as $$
begin
    return (select uuid_send(granted_by) || coalesce(mac, '') from support_grants where tenant_id = clinic and id = support_grant);
end $$;
-- +goose StatementEnd
revoke all on function support_proof(uuid, uuid) from public;
grant execute on function support_proof(uuid, uuid) to frontdesk_platform;

-- +goose Down
drop function support_proof(uuid, uuid);
drop table mac_grace;
drop function mac_grace_ends();
drop policy support_grants_platform_mac on support_grants;
revoke update (mac) on support_grants from frontdesk_platform, frontdesk_tenant;
revoke update (mac) on invites from frontdesk_tenant;
alter table sessions drop constraint sessions_ends, drop column mac;
alter table invites drop constraint invites_ends, drop column mac;
alter table password_resets drop constraint password_resets_ends, drop column mac;
alter table support_grants drop column mac;
