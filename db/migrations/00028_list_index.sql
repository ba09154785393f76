-- What the lists of clients and of the inbox walk.

-- +goose Up
-- The newest clients, and the oldest.
create index clients_created on clients (tenant_id, created_at, id);
-- Unread mail in the order of the inbox, whose pages end at a conversation.
drop index conversations_unread;
create index conversations_unread on conversations (tenant_id, last_message_at desc, id desc) where unread;
-- A mailbox with little mail beside one with much.
create index conversations_mailbox on conversations (tenant_id, mailbox_id, last_message_at desc, id desc);

-- +goose Down
drop index conversations_mailbox, conversations_unread;
create index conversations_unread on conversations (tenant_id, last_message_at desc) where unread;
drop index clients_created;
