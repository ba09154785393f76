-- Only access that ends is announced still: a transaction that notifies holds one lock
-- of the whole database while it commits, and what is new shows in the numbers of
-- revisions.

-- +goose Up
drop trigger announce_update on conversations;
drop trigger announce on conversations;
drop function announce_conversation();

-- +goose Down
-- +goose StatementBegin
create function announce_conversation() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    perform pg_notify('frontdesk_changed', 'tenant ' || new.tenant_id || ' conversation');
    return null;
end $$;
-- +goose StatementEnd
revoke all on function announce_conversation() from public;
create trigger announce after insert on conversations for each row execute function announce_conversation();
create trigger announce_update after update of unread, last_message_at on conversations
    for each row when (old.unread is distinct from new.unread or old.last_message_at is distinct from new.last_message_at) execute function announce_conversation();
