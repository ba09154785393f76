-- Whoever's access changes is announced to every copy of the program, so that open
-- event streams end at once. Ids only. The guard asks the database on each request
-- anyway; nothing but streams depends on this. They also hear that there is something
-- new in the inbox, so that an open page asks for it.

-- +goose Up
-- +goose StatementBegin
create function announce_access() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    changed jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
    perform pg_notify('frontdesk_access', tg_argv[0] || ' ' || (changed ->> tg_argv[1]));
    return null;
end $$;
-- +goose StatementEnd
revoke all on function announce_access() from public;
create trigger announce_access after update of status, super_admin on users
    for each row when (old.status is distinct from new.status or old.super_admin is distinct from new.super_admin) execute function announce_access('user', 'id');
create trigger announce_access after update of status on tenants
    for each row when (old.status is distinct from new.status) execute function announce_access('tenant', 'id');
create trigger announce_access after update of status, role on memberships
    for each row when (old.status is distinct from new.status or old.role is distinct from new.role) execute function announce_access('user', 'user_id');
create trigger announce_access after update of revoked_at on support_grants for each row execute function announce_access('tenant', 'tenant_id');
create trigger announce_access after delete on sessions for each row execute function announce_access('session', 'id');
-- Under a new token the session may stand in another clinic.
create trigger announce_rotation after update of token_hash on sessions for each row execute function announce_access('session', 'id');

-- +goose StatementBegin
create function announce_conversation() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    perform pg_notify('frontdesk_changed', 'tenant ' || new.tenant_id || ' conversation');
    return null;
end $$;
-- +goose StatementEnd
revoke all on function announce_conversation() from public;
-- Many in one transaction are announced once.
create trigger announce after insert on conversations for each row execute function announce_conversation();
create trigger announce_update after update of unread, last_message_at on conversations
    for each row when (old.unread is distinct from new.unread or old.last_message_at is distinct from new.last_message_at) execute function announce_conversation();

-- +goose Down
drop trigger announce_update on conversations;
drop trigger announce on conversations;
drop function announce_conversation();
drop trigger announce_access on sessions;
drop trigger announce_rotation on sessions;
drop trigger announce_access on support_grants;
drop trigger announce_access on memberships;
drop trigger announce_access on tenants;
drop trigger announce_access on users;
drop function announce_access();
