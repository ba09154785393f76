-- Whom an answer goes to: every address that a sender wants answers at, and never a
-- program that wrote. And how far the reading of a mailbox has been tried.

-- +goose Up
alter table messages
    -- Where its sender wants answers besides reply_to.
    add column reply_to_others text[] not null default '{}',
    -- Who wrote it: a person; a list, or somebody in bulk; a program.
    add column origin text not null default 'person' check (origin in ('person', 'list', 'program'));
alter table messages no force row level security;
-- Of what is here already the sender tells; the header is in object storage.
update messages set origin = 'program' where direction = 'in' and split_part(lower(from_address), '@', 1) in ('mailer-daemon', 'postmaster');
alter table messages force row level security;

alter table mailboxes
    -- The message at which the reading last began, or went on within a portion, and how
    -- often it has begun there without getting past.
    add column trying_uid bigint not null default 0,
    add column tries integer not null default 0 check (tries >= 0);

-- +goose Down
alter table mailboxes drop column tries, drop column trying_uid;
alter table messages drop column origin, drop column reply_to_others;
